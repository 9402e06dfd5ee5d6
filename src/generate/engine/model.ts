// What an engine needs of a model, and how models give it: the shared decoder, prompts with their images, features of images.

import { valueBytes } from '../../graph/index.js';
import { mediaKey, type RgbImage } from '../../media/index.js';
import type { GenerationConfig } from '../../model/generation-config.js';
import type { ChatMessage, Tokenizer } from '../../text/index.js';
import { SensoriumError } from '../../util/errors.js';
import type { HostTensor } from '../../util/host.js';
import { CausalLm } from '../causal-lm.js';
import type { Decoder } from '../decoder.js';
import { type PreparedImage, rowRuns } from '../families.js';
import { Mllm, type PreparedChat } from '../mllm.js';
import type { PromptOptions } from '../prompt-options.js';
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
  /** Encodes a conversation opened for a reply and reads its images. */
  prepare?(messages: readonly ChatMessage[], variables?: Readonly<Record<string, unknown>>, options?: PromptOptions): Promise<PreparedChat>;
  /** Rows [rows, width] for the decoder. */
  encodeImages?(images: readonly (RgbImage | PreparedImage)[]): Promise<HostTensor<'float32'>>;
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
}

/** The parts of a model that an engine works with. Decoder and weights are those that the model's own `stream` uses. */
export async function engineModel(model: Mllm | CausalLm | EngineModel): Promise<EngineModel> {
  if (model instanceof CausalLm) {
    const { tokenizer, generation } = model.folder;
    return {
      decoder: await model.decoder(),
      tokenizer,
      generation,
      prepare: async (messages, variables, options) => ({ ids: model.chatIds(messages, variables, options), images: [] }),
    };
  }
  if (!(model instanceof Mllm)) return model;
  const decoder = await model.decoding();
  const { network, values } = model.parts;
  const language = new Set(network.language_model.parameters());
  let weightBytes = decoder.weightBytes;
  for (const [p, value] of values) if (!language.has(p)) weightBytes += valueBytes(value);
  return {
    decoder,
    weightBytes,
    tokenizer: model.parts.tokenizer,
    generation: model.generation,
    prepare: (messages, variables, options) => model.prepare(messages, variables, undefined, options),
    encodeImages: (images) => model.encodeImages(images),
  };
}

/** Ids and image rows of a request. */
export async function preparePrompt(request: EngineRequest, model: EngineModel, features: FeatureCache): Promise<EnginePrompt> {
  const { messages, variables, continueFinalMessage } = request;
  if (!messages) return promptOfIds(request, model.decoder.language.rowWidth);
  if (!model.prepare)
    throw new SensoriumError('generate.input', 'this model takes no messages', { place: 'messages', hint: 'Send token ids' });
  const { ids, images, positions } = await model.prepare(messages, variables, { continueFinalMessage });
  const ready: PromptImage[] = [];
  const { rowWidth: width } = model.decoder.language;
  for (const { image, run, prepared } of images) {
    request.signal?.throwIfAborted();
    const key = mediaKey(image) + (prepared.variant ?? '');
    const rows = await features.get(image, key, prepared);
    // Ids of the family's own may stand between the rows of an image.
    let at = 0;
    for (const [start, length] of rowRuns(prepared, run[0])) {
      ready.push({ start, length, key: at === 0 ? key : `${key} ${at}`, rows: rows.subarray(at * width, (at + length) * width) });
      at += length;
    }
  }
  return { ids, images: ready, positions };
}

/** Image positions that follow one another become one image, named by its rows. */
function promptOfIds(request: EngineRequest, width: number): EnginePrompt {
  const ids = Int32Array.from(request.ids ?? []);
  const images: PromptImage[] = [];
  const { features, imagePositions: at, positions } = request;
  if (!features || !at) return { ids, images, positions };
  for (let i = 0; i < at.length; ) {
    let n = 1;
    while (at[i + n] === (at[i] as number) + n) n++;
    const rows = features.data.subarray(i * width, (i + n) * width);
    images.push({ start: at[i] as number, length: n, key: rowsKey(rows), rows });
    i += n;
  }
  return { ids, images, positions };
}
