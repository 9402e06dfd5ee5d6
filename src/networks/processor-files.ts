// What a folder says of its processor: preprocessor_config.json and processor_config.json, or the latter alone as transformers 5 writes it.

import { join } from 'node:path';
import { ifThere } from '../util/errors.js';
import { readJson } from '../util/fs.js';
import { FILES } from '../util/model-files.js';

const VIDEO = 'video_preprocessor_config.json';

type Json = Readonly<Record<string, unknown>>;

/** The configs of a folder's processor. */
export interface ProcessorConfigs {
  /** Of the image processor. */
  image: Json;
  /** Path of the file, and the key within it, that `image` was read from. */
  place: string;
  /** Of the whole processor; empty where there is no such file. */
  processor: Json;
  /** Of the video processor: its own, or the image processor's file where a folder has no other, as in transformers; else undefined. */
  frames: Json | undefined;
  /** Where `frames` were read from, or would be. */
  framesPlace: string;
}

const isJson = (x: unknown): x is Json => typeof x === 'object' && x !== null && !Array.isArray(x);

/**
 * Reads them, parts of processor_config.json (transformers 5) before files of their own (transformers 4).
 * Errors: `util.missing` naming preprocessor_config.json when neither has the image processor's, `util.json`.
 */
export async function readProcessorConfigs(dir: string): Promise<ProcessorConfigs> {
  const path = join(dir, FILES.processor);
  const processor = (await ifThere(() => readJson<Json>(path))) ?? {};
  const file = join(dir, FILES.preprocessor);
  const { image_processor: inner, video_processor: innerVideo } = processor;
  const read = isJson(inner) ? await ifThere(() => readJson<Json>(file)) : await readJson<Json>(file);
  const [image, place] = isJson(inner) ? [inner, `${path}: image_processor`] : [read as Json, file];
  if (isJson(innerVideo)) return { image, place, processor, frames: innerVideo, framesPlace: `${path}: video_processor` };
  const own = await ifThere(() => readJson<Json>(join(dir, VIDEO)));
  const [frames, framesPlace] = own ? [own, join(dir, VIDEO)] : [read, file];
  return { image, place, processor, frames, framesPlace };
}
