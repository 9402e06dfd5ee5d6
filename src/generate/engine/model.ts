// What an engine needs of a model, and how models give it: the shared decoder, prompts with their images, features of images.

import { valueBytes } from '../../graph/index.js';
import type { RgbImage } from '../../media/index.js';
import type { GenerationConfig } from '../../model/generation-config.js';
import type { ChatMessage, Tokenizer } from '../../text/index.js';
import { SensoriumError } from '../../util/errors.js';
import type { HostTensor } from '../../util/host.js';
import { CausalLm } from '../causal-lm.js';
import type { Decoder } from '../decoder.js';
import type { PreparedImage } from '../families.js';
import { Mllm, type PreparedChat, sequenceMedia } from '../mllm.js';
import type { Prompt } from '../policy.js';
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

/** The prompt of a request, its media not encoded. */
export async function readPrompt(request: EngineRequest, model: EngineModel): Promise<Prompt> {
  const { messages, variables, continueFinalMessage } = request;
  if (!messages) {
    const { ids = [], features, imagePositions, positions } = request;
    return { ids: Int32Array.from(ids), features, imagePositions, positions };
  }
  if (!model.prepare)
    throw new SensoriumError('generate.input', 'this model takes no messages', { place: 'messages', hint: 'Send token ids' });
  const { ids, images, positions } = await model.prepare(messages, variables, { continueFinalMessage });
  return { ids, positions, media: sequenceMedia(images) };
}

/** Ids and image rows of a prompt, rows from the cache where that has them. */
export async function encodePrompt(
  prompt: Prompt,
  { model, features, signal }: { model: EngineModel; features: FeatureCache; signal?: AbortSignal },
): Promise<EnginePrompt> {
  const { rowWidth: width } = model.decoder.language;
  if (prompt.features) return promptOfIds(prompt, width);
  const images: PromptImage[] = [];
  for (const media of prompt.media ?? []) {
    signal?.throwIfAborted();
    const rows = await features.rows(media.key, async () => {
      if (!model.encodeImages) throw new SensoriumError('generate.input', 'this model takes no images');
      const feeds = await media.feeds();
      return (await model.encodeImages([{ ids: [], feeds: async () => feeds }])).data;
    });
    // Ids of the family's own may stand between the rows of an image.
    for (const [start, length, at] of runsOf(media.at)) {
      const key = at === 0 ? media.key : `${media.key} ${at}`;
      images.push({ start, length, key, rows: rows.subarray(at * width, (at + length) * width) });
    }
  }
  return { ids: prompt.ids, images, positions: prompt.positions };
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
