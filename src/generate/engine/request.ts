// What an engine is asked: options of the engine, one request, and the checks that both pass before anything runs.

import type { ChatMessage } from '../../text/index.js';
import { SensoriumError } from '../../util/errors.js';
import type { NamedMethod } from '../methods/index.js';
import type { GenerateOptions, Prompt, PromptOptions } from '../tokens.js';
import type { LookupOptions } from './lookup.js';

export interface EngineOptions {
  /** Requests that run at the same time. Default 8. */
  slots?: number;
  /** Bytes for keys and values of running requests. Default: the whole context for every slot, at most 2 GiB. Less shortens the context. */
  kvBytes?: number;
  /** Tokens of a prompt that are computed between two decoding steps. Default 64. */
  prefillChunk?: number;
  /** Requests that may wait for a slot. Default 64. */
  maxQueue?: number;
  /** Bytes for keys and values of prompts seen before; 0 keeps none. Default 256 MiB. */
  prefixBytes?: number;
  /** Positions that are kept and found together. Default 16; in exact quantized engines always `prefillChunk`. */
  prefixBlock?: number;
  /** Bytes for features of images seen before; 0 keeps none. Default 64 MiB. */
  featureBytes?: number;
  /** Prompt lookup: guess tokens from what the prompt says, check them in one step. Default on; `false` switches it off. */
  lookup?: LookupOptions | false;
  /**
   * A reply never depends on what else runs or ran. Of float32 models that is so in any case, to the last bits of log-probabilities.
   * Quantized models round activations to int8, where the last bit may decide a token: for them `true` (the default) means that prefixes
   * are kept in whole chunks, nothing is guessed, and steps take the int8 weights, where there are such, or compute rows in pairs; `false`
   * is faster, above all for a lone stream, and lets replies vary as much as the quantization itself does.
   */
  exact?: boolean;
  /** Events that a request may be ahead of its reader; then it pauses, and the others go on. Default 1024. */
  buffer?: number;
  /** Milliseconds after which a paused request whose reader takes nothing is ended with `generate.reader`. Default 30,000. */
  readerTimeout?: number;
}

/** A request: a conversation, or token ids. */
export interface EngineRequest extends Omit<GenerateOptions, 'method'>, PromptOptions {
  /** A method by name; a row of it takes several rows of the engine. Log-probabilities are then the method's. */
  method?: NamedMethod;
  /** As in the OpenAI chat API, with images in them. */
  messages?: readonly ChatMessage[];
  /** A prompt that is encoded already, instead of `messages`. */
  ids?: Int32Array | readonly number[];
  /** Gives a prompt that is encoded already, its media read, instead of `messages`; called once, when there is room for it. */
  encode?(): Prompt | Promise<Prompt>;
  /** With `ids`: image rows and their positions. */
  features?: Prompt['features'];
  imagePositions?: Prompt['imagePositions'];
  /** With `ids`: positions of tokens that have several. */
  positions?: Prompt['positions'];
  /** Prefixes are shared only among requests with the same salt. */
  cacheSalt?: string;
}

/** Options with defaults in place. */
export type Settled = Required<Omit<EngineOptions, 'lookup' | 'exact'>> & {
  lookup: Required<LookupOptions> | undefined;
  /** Rows of a step are rounded up to a multiple of this: kernels compute them in tiles, and full tiles do not depend on one another. */
  tile: number;
  /** Most rows of a step of one token for each. */
  together: number;
  /**
   * From so many rows on, a step of one token for each multiplies int8 by int8, in models that have such weights beside their blocks:
   * of one row blocks are faster, of many int8.
   */
  manyRows: number;
  /** Keys and values of replies are kept as well as those of prompts. */
  keepReplies: boolean;
};

const MIB = 2 ** 20;

/** Measured: `npm run bench -- serve` and the table in docs/generate.md. */
const MANY_ROWS = 4;

/**
 * How a model's products treat rows: in float32; rounded to int8 by kernels for which it matters how many rows there are; or rounded to
 * int8 so that a row comes out the same to the bit whatever is beside it, if it takes the program for many rows (`Decoder.rowwise`).
 * `mixture`: as in blocks, but the rows that a product gets depend on where a router sends them, so no tiles can be filled.
 */
export type Products = 'float' | 'blocks' | 'mixture' | 'rowwise';

/** Options with their defaults. Throws `generate.option` for numbers out of range. */
export function settle(o: EngineOptions, products: Products): Settled {
  const strict = products !== 'float' && (o.exact ?? true);
  const lookup = strict ? false : o.lookup;
  const prefillChunk = whole('prefillChunk', o.prefillChunk ?? 64, 1);
  const prefixBlock = whole('prefixBlock', o.prefixBlock ?? 16, 1);
  return {
    slots: whole('slots', o.slots ?? 8, 1),
    kvBytes: whole('kvBytes', o.kvBytes ?? 2048 * MIB, 1),
    prefillChunk,
    maxQueue: whole('maxQueue', o.maxQueue ?? 64, 0),
    prefixBytes: whole('prefixBytes', o.prefixBytes ?? 256 * MIB, 0),
    prefixBlock: strict ? prefillChunk : prefixBlock,
    featureBytes: whole('featureBytes', o.featureBytes ?? 64 * MIB, 0),
    tile: strict && products === 'blocks' ? 2 : 1,
    together: strict && products === 'mixture' ? 1 : Number.POSITIVE_INFINITY,
    manyRows: !strict ? MANY_ROWS : products === 'rowwise' ? 1 : Number.POSITIVE_INFINITY,
    keepReplies: !strict,
    buffer: whole('buffer', o.buffer ?? 1024, 1),
    readerTimeout: whole('readerTimeout', o.readerTimeout ?? 30_000, 1),
    lookup:
      lookup === false
        ? undefined
        : {
            ngram: whole('lookup.ngram', lookup?.ngram ?? 3, 1),
            least: whole('lookup.least', lookup?.least ?? 2, 1),
            tokens: whole('lookup.tokens', lookup?.tokens ?? 12, 1),
            rows: whole('lookup.rows', lookup?.rows ?? 2, 0),
          },
  };
}

function whole(place: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new SensoriumError('generate.option', `${place} is out of range`, {
    place,
    expected: `a whole number from ${least}`,
    got: String(value),
  });
}

/** Throws `generate.option` or `generate.input` for what no engine could do, whatever its state. */
export function checkRequest(r: EngineRequest, vocab: number): void {
  const given = [r.messages, r.ids, r.encode].filter((one) => one !== undefined).length;
  if (given !== 1)
    throw new SensoriumError('generate.input', 'a request has either messages or ids', { got: given > 1 ? 'both' : 'neither' });
  if (r.maxTokens !== undefined) whole('maxTokens', r.maxTokens, 1);
  const stops = typeof r.stop === 'string' ? [r.stop] : (r.stop ?? []);
  if (stops.some((s) => s === '')) throw new SensoriumError('generate.option', 'a stop string is empty', { place: 'stop' });
  if (!r.ids) return;
  if (r.ids.length === 0)
    throw new SensoriumError('generate.input', 'the prompt is empty', { place: 'ids', expected: 'at least one token' });
  for (const id of r.ids)
    if (!(Number.isInteger(id) && id >= 0 && id < vocab))
      throw new SensoriumError('generate.input', 'not a token', { place: 'ids', expected: `0 to ${vocab - 1}`, got: String(id) });
  const rows = r.features?.shape[0] ?? 0;
  if (rows !== (r.imagePositions?.length ?? 0))
    throw new SensoriumError('generate.input', 'image rows and their positions differ in number', {
      expected: `${rows} positions`,
      got: String(r.imagePositions?.length ?? 0),
    });
  for (const at of r.imagePositions ?? [])
    if (at < 0 || at >= r.ids.length)
      throw new SensoriumError('generate.input', 'an image position lies outside the prompt', {
        place: 'imagePositions',
        expected: `0 to ${r.ids.length - 1}`,
        got: String(at),
      });
}
