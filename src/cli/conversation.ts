// What `ask` and `chat` share: reading images before the model is loaded, sampling options, and the part of a model they use.

import { stat } from 'node:fs/promises';
import type { ArgsDef } from 'citty';
import { decodeImage, type ImagePart, image } from '../media/image.js';
import { SensoriumError } from '../util/errors.js';
import { mapIoError } from '../util/fs.js';
import { numberOption } from './flags.js';
import { locateModel } from './root.js';

/** A message of a conversation, as in the OpenAI chat API with image parts of ours. */
export interface Turn {
  role: 'user' | 'assistant';
  content: string | (ImagePart | { type: 'text'; text: string })[];
}

/** How tokens are chosen. */
export interface SamplingOptions {
  temperature?: number;
  topP?: number;
  topK?: number;
  seed?: number;
  maxTokens?: number;
}

/** What these commands need of a model. */
export interface Speaker {
  stream(request: { messages: Turn[]; signal?: AbortSignal } & SamplingOptions): AsyncIterable<{ text: string }>;
  dispose(): void | Promise<void>;
}

/** Loads a model by path, shipped name or hub id. */
export type LoadSpeaker = (name: string) => Promise<Speaker>;

/** The library's own loader. */
export const loadSpeaker: LoadSpeaker = async (name) => {
  const { Mllm } = await import('../index.js');
  return (await Mllm.load(locateModel(name))) as unknown as Speaker;
};

/** Options of commands that produce text. */
export const samplingArgs = {
  temperature: { type: 'string', description: '0 takes the likeliest token, 1 samples as the model says (default: 0)', valueHint: 'T' },
  'top-k': { type: 'string', description: 'sample among the K likeliest tokens', valueHint: 'K' },
  'top-p': { type: 'string', description: 'sample among the likeliest tokens that make up this share', valueHint: 'P' },
  seed: { type: 'string', description: 'the same seed gives the same answer', valueHint: 'N' },
  'max-tokens': { type: 'string', description: 'longest answer in tokens', valueHint: 'N' },
} as const satisfies ArgsDef;

/** Reads and bounds the sampling options. */
export function readSampling(args: Readonly<Record<string, unknown>>): SamplingOptions {
  const text = (name: string): string | undefined => args[name] as string | undefined;
  const options: SamplingOptions = {
    temperature: numberOption('temperature', text('temperature'), { min: 0, max: 10 }),
    topK: numberOption('top-k', text('top-k'), { min: 0, integer: true }),
    topP: numberOption('top-p', text('top-p'), { min: 0.001, max: 1 }),
    seed: numberOption('seed', text('seed'), { min: 0, integer: true }),
    maxTokens: numberOption('max-tokens', text('max-tokens'), { min: 1, max: 100_000, integer: true }),
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

const IMAGE_NAME = /\.(png|jpe?g|webp|gif|tiff?|avif|bmp|heic|svg)$/i;

/** True for an argument that means an image file: it is a path that exists, or it is named like an image. */
export async function looksLikeImage(argument: string): Promise<boolean> {
  if (/^(data|file):/.test(argument) || (IMAGE_NAME.test(argument) && !/\s\S*\s/.test(argument))) return true;
  try {
    await stat(argument);
    return true;
  } catch {
    return false; // no such path, or no path at all (a long question): a question then
  }
}

/** Reads and decodes an image file; errors name the file and say what was expected. */
export async function readImage(source: string): Promise<ImagePart> {
  if (!/^(data|file):/.test(source)) {
    const info = await stat(source).catch((error: unknown) => {
      throw mapIoError(error, source);
    });
    if (info.isDirectory())
      throw new SensoriumError('cli.image', 'this is a folder, not an image', {
        place: source,
        expected: 'an image file',
        hint: 'Name a file inside it',
      });
  }
  return image(await decodeImage(/^file:/.test(source) ? new URL(source) : source));
}

/** Streams one reply, telling every piece, and returns the whole text. */
export async function reply(
  model: Speaker,
  request: { messages: Turn[]; signal?: AbortSignal } & SamplingOptions,
  onText: (piece: string) => void,
): Promise<string> {
  let whole = '';
  for await (const { text } of model.stream(request)) {
    whole += text;
    onText(text);
  }
  return whole;
}
