// What a folder says of its processor: preprocessor_config.json and processor_config.json, or the latter alone as transformers 5 writes it.

import { join } from 'node:path';
import { ifThere } from '../../util/errors.js';
import { readJson } from '../../util/fs.js';
import { FILES } from '../../weights/index.js';

const VIDEO = 'video_preprocessor_config.json';

type Json = Readonly<Record<string, unknown>>;

/** The two configs of a folder. */
export interface ProcessorConfigs {
  /** Of the image processor. */
  image: Json;
  /** Path of the file, and the key within it, that `image` was read from. */
  place: string;
  /** Of the whole processor; empty where there is no such file. */
  processor: Json;
  /** Of the video processor, where the folder has one. */
  video?: Json;
}

/** Reads both. Errors: `util.missing` naming preprocessor_config.json when neither file has the image processor's, `util.json`. */
export async function readProcessorConfigs(dir: string): Promise<ProcessorConfigs> {
  const path = join(dir, FILES.processor);
  const processor = (await ifThere(() => readJson<Json>(path))) ?? {};
  const inner = processor.image_processor;
  const inside = processor.video_processor;
  const video = typeof inside === 'object' && inside !== null ? (inside as Json) : await ifThere(() => readJson<Json>(join(dir, VIDEO)));
  const preprocessor = join(dir, FILES.preprocessor);
  if (typeof inner === 'object' && inner !== null) {
    const older = await ifThere(() => readJson<Json>(preprocessor));
    return older
      ? { image: older, place: preprocessor, processor, video }
      : { image: inner as Json, place: `${path}: image_processor`, processor, video };
  }
  return { image: await readJson<Json>(preprocessor), place: preprocessor, processor, video };
}
