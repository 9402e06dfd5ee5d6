// Kinds of encoders: one call defines an encoder for recipes and for `config.json`, so that adding one needs no change elsewhere.

import { z } from 'zod';
import type { Tensor } from '../../graph/index.js';
import type { Frames, ImageProcessor, Points, RgbImage, Sound } from '../../media/index.js';
import type { Module } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import { isRecord, type Raw } from '../../util/records.js';
import { parseConfig } from '../parse-config.js';
import type { FeedMaker } from '../processor.js';

/** The network of an encoder: what a frozen one computes once for each medium. */
export interface EncoderNetwork extends Module {
  /** Width of a token. */
  readonly width: number;
  /** Tokens of one item: an image, a tile, a frame, a sound, a group of patches. A medium is one item or several. */
  readonly tokenCount: number;
  /** Numbers behind the width that go past the connector, with the row of their token, to adapters that read them. Default 0. */
  readonly carried?: number;
  /** Declares its inputs (`input('pixels', ['images', 3, 64, 64])`), whose first axes are the items, and returns [items, tokenCount, width + carried]. */
  encode(): Tensor;
}

/** Puts what the connector gave for the items of media into the order of the prompt, with learned rows between: row ends of LLaVA-NeXT. */
export interface Arrangement extends Module {
  /** rows: [items * rows of an item, language width] -> [rows, language width]. Declares its own inputs. */
  arrange(rows: Tensor): Tensor;
}

/** A medium as an encoder takes it. What it becomes in the prompt follows from its size alone; `feeds` are made when the program needs them. */
export interface EncodedMedium {
  /** Makers of the inputs that the encoder and its arrangement declare, by name. */
  readonly feeds: Readonly<Record<string, FeedMaker>>;
  /** Items that the feeds hold. Default 1. */
  readonly items?: number;
  /** Rows of the prompt, for an encoder with an arrangement. Default: those that the connector gives for the items. */
  readonly rows?: number;
  /** Rows of each line, where a row end of the text follows every line (Fuyu). */
  readonly lines?: readonly number[];
  /** What the rows depend on beside the medium itself: those with other variants are cached apart. */
  readonly variant?: string;
}

/** How media become the feeds of an encoder: a method for each kind that it takes. Errors of each: `media.*`, `model.processor`. */
export interface MediaReader {
  /** Feeds of several media may be joined along the first axis. Default true. */
  readonly joins?: boolean;
  /** Items of every image, where that is the same for all: then prompts are measured before images are read. */
  readonly imageItems?: number;
  image?(image: RgbImage): EncodedMedium;
  video?(video: Frames): EncodedMedium;
  sound?(sound: Sound): EncodedMedium;
  points?(points: Points): EncodedMedium;
}

/** What the connector makes of one item, for readers and arrangements. */
export interface ItemSizes {
  /** Rows of one item. */
  rows: number;
  /** Width of the language model. */
  width: number;
}

/** A kind of encoder. `C` is what its config holds: plain data. */
export interface EncoderKind<C extends object, N extends EncoderNetwork = EncoderNetwork> {
  /** Checks the options and fills in defaults; other encoders among them are `encoderConfig`. Default: options are taken as they are. */
  config?: z.ZodType<C>;
  network(config: C): N;
  reader(network: N, config: C, sizes: ItemSizes): MediaReader;
  arrangement?(network: N, config: C, sizes: ItemSizes): Arrangement | undefined;
  /** For encoders of pictures of one size, which others are made of: how pixels are made. */
  images?(config: C): ImageProcessor;
}

/** An encoder by its sizes, as recipes and `mllm` hold it. */
export interface EncoderSpec {
  readonly kind: string;
  /** `encoder` of config.json: the kind and its own options, as plain data. */
  readonly json: EncoderConfig;
  /** Encoders among its options, in their order. */
  readonly parts: readonly EncoderSpec[];
}

/** `encoder` of config.json. */
export const encoderConfig = z.looseObject({ kind: z.string() });
export type EncoderConfig = z.infer<typeof encoderConfig>;

/** An encoder that was built. */
export interface BuiltEncoder<N extends EncoderNetwork = EncoderNetwork> {
  network: N;
  reader(sizes: ItemSizes): MediaReader;
  arrangement(sizes: ItemSizes): Arrangement | undefined;
  /** Undefined for kinds that take no pictures of one size. */
  images: ImageProcessor | undefined;
}

const kinds = new Map<string, EncoderKind<never, never>>();

const isSpec = (value: unknown): value is EncoderSpec => isRecord(value) && isRecord(value.json) && Array.isArray(value.parts);

/** Options with the encoders among them as plain data, and those encoders. */
function flatten(options: unknown, parts: EncoderSpec[]): unknown {
  if (isSpec(options)) {
    parts.push(options);
    return options.json;
  }
  if (Array.isArray(options)) return options.map((one) => flatten(one, parts));
  if (!isRecord(options)) return options;
  return Object.fromEntries(Object.entries(options).map(([key, value]) => [key, flatten(value, parts)]));
}

/** Options as recipes write them: encoders among them are specs. */
type Options<C> = C extends EncoderConfig ? EncoderSpec | C : C extends readonly (infer I)[] ? readonly Options<I>[] : C;
export type EncoderOptions<I> = { [K in keyof I]: Options<I[K]> };

/**
 * Defines a kind of encoder and returns the function that recipes call: `mllm({ vision: tiles({ of: clipVision({…}) }), … })`.
 * Options must be plain data or other encoders, since they go into config.json; a folder that names the kind can be loaded wherever this has run.
 */
export function defineEncoder<C extends object, N extends EncoderNetwork, I = C>(
  kind: string,
  definition: EncoderKind<C, N>,
): (options: EncoderOptions<I>) => EncoderSpec {
  if (kinds.has(kind)) throw new SensoriumError('model.encoder', 'this kind of encoder is defined already', { got: kind });
  kinds.set(kind, definition as unknown as EncoderKind<never, never>);
  return (options) => {
    const parts: EncoderSpec[] = [];
    const given = flatten(options, parts);
    const config = definition.config ? parseConfig(definition.config, given, kind) : (given as C);
    return { kind, json: { ...config, kind }, parts };
  };
}

/** All kinds of encoders that are defined. */
export const encoderKinds = (): string[] => [...kinds.keys()];

/** The encoder that a config names. Errors: `model.encoder` for a kind that nothing has defined, `model.config`. */
export function encoderFrom({ kind, ...rest }: EncoderConfig, place = 'config.json: encoder'): BuiltEncoder {
  const definition = kinds.get(kind) as EncoderKind<Raw, EncoderNetwork> | undefined;
  if (!definition)
    throw new SensoriumError('model.encoder', 'unknown kind of encoder', {
      place: `${place}.kind`,
      expected: encoderKinds().join(', '),
      got: kind,
      hint: 'Import the module that defines it before the model is loaded',
    });
  const config = definition.config ? parseConfig(definition.config, rest, place) : rest;
  const network = definition.network(config);
  return {
    network,
    reader: (sizes) => definition.reader(network, config, sizes),
    arrangement: (sizes) => definition.arrangement?.(network, config, sizes),
    images: definition.images?.(config),
  };
}
