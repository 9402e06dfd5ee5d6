// What `ask` and `chat` share: reading images and finding videos before the model is loaded, sampling options, and the part of a model they use.

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArgsDef } from 'citty';
import type { DrawOptions } from '../generate/draw.js';
import type { TokenChoice } from '../generate/processors/row.js';
import type { Piece } from '../generate/tokens.js';
import { decodeImage, type ImageLimits, type ImagePart, image, type RgbImage } from '../media/image.js';
import type { Mask, RegionPart } from '../media/region.js';
import type { FrameSampling } from '../media/sample-frames.js';
import { mediaKind, type VideoPart, video } from '../media/video.js';
import type { Box } from '../text/boxes.js';
import type { Entity } from '../text/grounding.js';
import { SensoriumError } from '../util/errors.js';
import { mapIoError } from '../util/fs.js';
import { errno } from '../util/io.js';
import { pathHint } from '../util/near-path.js';
import { fetchAdapters, fetchModel } from './fetch-model.js';
import { numberOption } from './flags.js';
import { usageError } from './report.js';

/** A sound by its file. */
export interface SoundPart {
  type: 'audio';
  source: string;
  [key: string]: unknown;
}

/** A message of a conversation, as in the OpenAI chat API with parts of ours for images, videos and sounds. */
export interface Turn {
  role: 'user' | 'assistant';
  content: string | (ImagePart | VideoPart | SoundPart | RegionPart | { type: 'text'; text: string })[];
}

/** How tokens are chosen. */
export interface SamplingOptions {
  temperature?: number;
  topP?: number;
  topK?: number;
  seed?: number;
  maxTokens?: number;
  /** Tokens of thinking, of a model that thinks. */
  maxThinking?: number;
  /** Of a model with a HallE switch: how far it is turned. */
  halle?: { epsilon: number };
}

/** A question to a model: the conversation so far, and how to answer. */
export interface Request extends SamplingOptions {
  messages: Turn[];
  /** Texts at which the answer ends. */
  stop?: readonly string[];
  signal?: AbortSignal;
}

/** What these commands need of a model. */
export interface Speaker {
  stream(request: Request): AsyncIterable<Piece>;
  /** False for a model without a mask head, of which no masks can be asked. */
  readonly drawsMasks?: boolean;
  /** The boxes that a reply writes, what it names with them, and the masks that it means. */
  placesOf?(
    messages: Turn[],
    reply: { text: string; tokens: TokenChoice[] },
  ): Promise<{ boxes: Box[]; entities?: Entity[]; masks?: Mask[] }>;
  /** The images that the tokens of a reply ask for; undefined of a model that does not draw. */
  draw?: ((messages: Turn[], tokens: readonly TokenChoice[], options: DrawOptions) => Promise<RgbImage[]>) | undefined;
  dispose(): void | Promise<void>;
}

/** Loads a model by path, shipped name or id on the hub. */
export type LoadSpeaker = (name: string, signal?: AbortSignal) => Promise<Speaker>;

/** Turns as the library takes them. */
export const chatMessages = (messages: readonly Turn[]) =>
  messages.map(({ role, content }) => ({ role, content: typeof content === 'string' ? content : content.map((part) => ({ ...part })) }));

/** The library's own loader, with adapters on the model. */
export const loadSpeaker = async (name: string, signal?: AbortSignal, adapters?: readonly string[]): Promise<Speaker> => {
  const { Mllm } = await import('../generate/mllm.js');
  const folders = adapters && (await fetchAdapters(adapters, { signal }));
  const model = await Mllm.load(await fetchModel(name, { signal }), { signal, adapters: folders });
  return {
    stream: ({ messages, ...options }) => model.stream({ messages: chatMessages(messages), ...options }),
    draw:
      model.images &&
      ((messages, tokens, { signal: own, ...how }) => model.draw(chatMessages(messages), tokens, { draw: how, signal: own })),
    drawsMasks: model.drawsMasks,
    placesOf: (messages, reply) => model.placesOf(chatMessages(messages), reply),
    dispose: () => model.dispose(),
  };
};

/** Whether a model sees, by its config.json: its weights are not read. */
export async function modelSees(name: string, signal?: AbortSignal): Promise<boolean> {
  const [{ readFamily }, { modelKind }, { FILES, modelFolders, readConfig }] = await Promise.all([
    import('../networks/index.js'),
    import('../model/index.js'),
    import('../weights/index.js'),
  ]);
  const { dir } = await modelFolders(await fetchModel(name, { signal }), { signal });
  const place = join(dir, FILES.config);
  const { family, config } = readFamily(await readConfig(dir), place);
  modelKind(family, config, place); // throws for an encoder
  return family.kind === 'multimodal';
}

/** The option of commands that put adapters on a model. */
export const adapterArgs = {
  adapter: {
    type: 'string',
    description: "adapters in peft's layout, separated by commas: folders, or owner/name on the hub",
    valueHint: 'ADAPTER',
  },
} as const satisfies ArgsDef;

/** The folders of `--adapter`. */
export function readAdapters(args: Readonly<Record<string, unknown>>): string[] | undefined {
  const text = args.adapter as string | undefined;
  if (text === undefined) return undefined;
  const names = text.split(',').map((name) => name.trim());
  if (names.includes(''))
    throw usageError('not a valid value', {
      place: '--adapter',
      expected: 'folders or hub ids, separated by commas',
      got: text || 'nothing',
    });
  return names;
}

/** Options of commands that produce text. */
export const samplingArgs = {
  temperature: { type: 'string', description: '0 takes the likeliest token, 1 samples as the model says (default: 0)', valueHint: 'T' },
  'top-k': { type: 'string', description: 'sample among the K likeliest tokens (temperature 1 unless given)', valueHint: 'K' },
  'top-p': { type: 'string', description: 'sample among the likeliest tokens that make up this share (same)', valueHint: 'P' },
  seed: { type: 'string', description: 'the same seed gives the same answer', valueHint: 'N' },
  'max-tokens': { type: 'string', description: 'longest answer in tokens', valueHint: 'N' },
  'max-thinking': {
    type: 'string',
    description: 'tokens of thinking, of a model that thinks: then it must answer (0: at once)',
    valueHint: 'N',
  },
  halle: {
    type: 'string',
    description: 'HallE switch of the model: -1 names what the image shows, 0 is the plain model, 1 also what is likely',
    valueHint: 'E',
  },
} as const satisfies ArgsDef;

/** Reads and bounds the sampling options. */
export function readSampling(args: Readonly<Record<string, unknown>>): SamplingOptions {
  const text = (name: string): string | undefined => args[name] as string | undefined;
  const options: SamplingOptions = {
    temperature: numberOption('temperature', text('temperature'), { min: 0, max: 10 }),
    topK: numberOption('top-k', text('top-k'), { min: 1, integer: true }),
    topP: numberOption('top-p', text('top-p'), { min: 0.001, max: 1 }),
    seed: numberOption('seed', text('seed'), { min: 0, integer: true }),
    maxTokens: numberOption('max-tokens', text('max-tokens'), { min: 1, max: 100_000, integer: true }),
    maxThinking: numberOption('max-thinking', text('max-thinking'), { min: 0, max: 100_000, integer: true }),
  };
  const epsilon = numberOption('halle', text('halle'), { min: -1, max: 1 });
  if (epsilon !== undefined) options.halle = { epsilon };
  // Who narrows the choice wants one: greedy decoding would ignore both.
  if (options.temperature === undefined && (options.topK !== undefined || options.topP !== undefined)) options.temperature = 1;
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** Options of commands that may be shown images and videos. */
export const mediaArgs = {
  'max-pixels': { type: 'string', description: 'pixels of the largest image that is read (default: 50000000)', valueHint: 'N' },
  fps: { type: 'string', description: 'frames of each second of a video that are seen (default: 2)', valueHint: 'N' },
  'max-frames': { type: 'string', description: 'most frames of a whole video (default: 16)', valueHint: 'N' },
} as const satisfies ArgsDef;

/** Which images are read, and which frames of videos. */
export type MediaOptions = FrameSampling & Pick<ImageLimits, 'maxPixels'>;

/** Reads and bounds the options of images and videos. */
export function readMediaArgs(args: Readonly<Record<string, unknown>>): MediaOptions {
  return {
    maxPixels: numberOption('max-pixels', args['max-pixels'] as string | undefined, { min: 1, max: 1e9, integer: true }),
    fps: numberOption('fps', args.fps as string | undefined, { min: 0.001, max: 1000 }),
    maxFrames: numberOption('max-frames', args['max-frames'] as string | undefined, { min: 1, max: 768, integer: true }),
  };
}

const MEDIA_NAME =
  /\.(png|jpe?g|jfif|webp|gif|tiff?|avif|bmp|hei[cf]|svg|ico|jxl|jp2|psd|dng|nef|cr[23]|arw|mp4|m4v|mov|3gp|webm|mkv|avi|mpe?g|ogv|flv|wmv|wav|mp3|flac|og[ga]|opus|m4a|aac)$/i;
/** A data: or file: URL, or an address of the network, which is refused as one. A question may begin with such a word. */
const MEDIA_URL = /^(data:[^,\s]*,|data:\S+$|file:\/|https?:\/\/\S+$)/i;

/** True for an argument that means a file of an image, a video or a sound: it is a path that exists, or it is named like one. */
export async function looksLikeMedia(argument: string): Promise<boolean> {
  if (MEDIA_URL.test(argument) || (MEDIA_NAME.test(argument) && !/\s\S*\s/.test(argument))) return true;
  try {
    await stat(argument);
    return true;
  } catch {
    return false; // no such path, or no path at all (a long question): a question then
  }
}

/** An image, read and decoded; or a video or a sound, which is read if the model takes such. The content tells which it is. */
export async function readMedia(source: string, { maxPixels, ...sampling }: MediaOptions = {}): Promise<ImagePart | VideoPart | SoundPart> {
  const kind = await mediaKind(source);
  if (kind === 'video') return video(source, sampling);
  return kind === 'sound' ? { type: 'audio', source } : readImage(source, maxPixels);
}

/** Largest image file that is read, in bytes: it is one of the user's own. */
const MAX_BYTES = 2 ** 29;

/** Reads and decodes an image file. Errors: `cli.image` for a folder, `util.missing` and the like, `media.*`; they name the file. */
export async function readImage(source: string, maxPixels?: number): Promise<ImagePart> {
  if (!MEDIA_URL.test(source)) {
    const info = await stat(source).catch((error: unknown) => {
      if (errno(error) !== 'ENOENT') throw mapIoError(error, source);
      throw new SensoriumError('util.missing', 'no such file', { place: source, hint: pathHint(source), cause: error });
    });
    if (info.isDirectory())
      throw new SensoriumError('cli.image', 'this is a folder, not an image', {
        place: source,
        expected: 'an image file',
        hint: 'Name a file inside it',
      });
  }
  return image(await decodeImage(source, { maxPixels, maxBytes: MAX_BYTES }));
}
