// What an engine needs of a model, and how models give it: the shared decoder, prompts with their images, features of images.

import { valueBytes } from '../../graph/index.js';
import { type GenerationConfig, languageModel } from '../../model/index.js';
import type { ChatMessage, Tokenizer } from '../../text/index.js';
import { SensoriumError } from '../../util/errors.js';
import type { HostTensor } from '../../util/host.js';
import type { Decoder } from '../decoder.js';
import type { Medium } from '../media-encoder.js';
import { Mllm } from '../mllm.js';
import type { Prompt } from '../policy.js';
import { reachOf } from '../reach.js';
import type { PromptOptions } from '../tokens.js';
import { type FeatureCache, rowsKey } from './feature-cache.js';
import type { ImageSpan } from './prefix-cache.js';
import type { EngineRequest } from './request.js';

/** A model as an engine uses it. It stays its owner's: `Engine.dispose` leaves it alone. */
export interface EngineModel {
  decoder: Decoder;
  /** Without one, replies are ids alone and requests bring ids. */
  tokenizer?: Tokenizer;
  /** Tokens that end a reply. Default: those of `generation`. */
  endTokens?: readonly number[];
  /** Settings that apply where a request leaves them open. Default: the tokenizer's end alone. */
  generation?: GenerationConfig;
  /** Bytes of all weights. Default: the decoder's. */
  weightBytes?: number;
  /** A conversation opened for a reply; its media are read and not encoded. */
  encode?(messages: readonly ChatMessage[], options: PromptOptions & { signal?: AbortSignal }): Promise<Prompt>;
  /** Rows [rows, width] for the decoder. */
  encodeImages?(media: readonly Medium[]): Promise<HostTensor<'float32'>>;
}

/** An image in a prompt, with the rows that take the place of its tokens. */
export interface PromptImage extends ImageSpan {
  /** [length * width]. */
  rows: Float32Array;
}

/** A request's prompt, ready to be computed. */
export interface EnginePrompt {
  ids: Int32Array;
  images: PromptImage[];
  /** [kinds, ids], where tokens have several positions that do not just count on. */
  positions?: Int32Array;
  /** The place behind the last token that each one sees, where that may be after it; see `reachOf`. */
  reach?: Int32Array;
  /** How far the switch of the model is turned. */
  epsilon?: number;
}

/** The parts of a model that an engine works with. Decoder and weights are those that the model's own `stream` uses. */
export async function engineModel(model: Mllm | EngineModel): Promise<EngineModel> {
  if (!(model instanceof Mllm)) return model;
  const { network, values, tokenizer, generation } = model.model;
  const decoder = await model.programs.decoder();
  const language = new Set(languageModel(network).parameters());
  let weightBytes = decoder.weightBytes;
  for (const [p, value] of values) if (!language.has(p)) weightBytes += valueBytes(value);
  return {
    decoder,
    weightBytes,
    tokenizer,
    generation,
    encode: (messages, options) => model.encode(messages, options),
    encodeImages: (media) => model.encodeImages(media),
  };
}

/** The prompt of a request, its media not encoded. */
export async function readPrompt(request: EngineRequest, model: EngineModel): Promise<Prompt> {
  const { messages, variables, continueFinalMessage, signal } = request;
  const epsilon = request.halle?.epsilon;
  if (request.encode) return { ...(await request.encode()), epsilon };
  if (!messages) {
    const { ids = [], features, imagePositions, positions } = request;
    return { ids: Int32Array.from(ids), features, imagePositions, positions, epsilon };
  }
  if (!model.encode)
    throw new SensoriumError('generate.input', 'this model takes no messages', { place: 'messages', hint: 'Send token ids' });
  return { ...(await model.encode(messages, { variables, continueFinalMessage, signal })), epsilon };
}

/** Ids and image rows of a prompt, rows from the cache where that has them. */
export async function encodePrompt(
  prompt: Prompt,
  { model, features, signal }: { model: EngineModel; features: FeatureCache; signal?: AbortSignal },
): Promise<EnginePrompt> {
  const { language } = model.decoder;
  const { rowWidth: width } = language;
  const { epsilon } = prompt;
  const reach = reachOf(language, prompt.positions);
  if (prompt.features) return { ...promptOfIds(prompt, width), reach, epsilon };
  const images: PromptImage[] = [];
  for (const media of prompt.media ?? []) {
    signal?.throwIfAborted();
    const rows = await features.rows(media.key, async () => {
      if (!model.encodeImages) throw new SensoriumError('generate.input', 'this model takes no images');
      return (await model.encodeImages([media])).data;
    });
    // Ids of the family's own may stand between the rows of an image.
    for (const [start, length, at] of runsOf(media.at)) {
      const key = at === 0 ? media.key : `${media.key} ${at}`;
      images.push({ start, length, key, rows: rows.subarray(at * width, (at + length) * width) });
    }
  }
  return { ids: prompt.ids, images, positions: prompt.positions, reach, epsilon };
}

/** Runs of neighbouring positions, and the place of each among them. */
function runsOf(positions: Int32Array): [start: number, length: number, at: number][] {
  const runs: [number, number, number][] = [];
  for (const [i, position] of positions.entries()) {
    const last = runs.at(-1);
    if (last && last[0] + last[1] === position) last[1]++;
    else runs.push([position, 1, i]);
  }
  return runs;
}

/** Image positions that follow one another become one image, named by its rows. */
function promptOfIds({ ids, features, imagePositions: at, positions }: Prompt, width: number): EnginePrompt {
  if (!features || !at) return { ids, images: [], positions };
  const images = runsOf(at).map(([start, length, i]) => {
    const rows = features.data.subarray(i * width, (i + length) * width);
    return { start, length, key: rowsKey(rows), rows };
  });
  return { ids, images, positions };
}
