// The cases of the fine-tuning benchmark, and the one batch that every side of a case trains on.

import { type HostTensor, hostTensor } from '../src/util/host.js';
import { writeSafetensors } from '../src/weights/index.js';
import { type Shape, TRAINED_SHAPES } from './shapes.js';

/** What is trained, on what. */
export interface FineTuneCase {
  readonly name: string;
  /** Key of `TRAINED_SHAPES`. */
  readonly shape: string;
  /** Low-rank adapters on these layers of the language model; absent: all parameters are trained. */
  readonly lora?: { readonly rank: number; readonly alpha: number; readonly targets: string };
  readonly batch: number;
  /** Of a conversation, those of its image included. */
  readonly tokens: number;
  /** Those at its end that are in the loss. */
  readonly predicted: number;
}

const QV = { rank: 16, alpha: 32, targets: 'language_model\\..*\\.(q_proj|v_proj)' };

/** The cases by name. */
export const CASES: Readonly<Record<string, FineTuneCase>> = Object.fromEntries(
  [
    { name: 'lora', shape: 'smolvlm-256m', lora: QV, batch: 4, tokens: 192, predicted: 64 },
    { name: 'full', shape: 'llama-60m', batch: 4, tokens: 256, predicted: 128 },
    { name: 'full-every-token', shape: 'llama-60m', batch: 4, tokens: 256, predicted: 255 },
    { name: 'tiny-lora', shape: 'tiny-smolvlm', lora: { ...QV, rank: 4 }, batch: 2, tokens: 32, predicted: 8 },
    { name: 'tiny-full', shape: 'tiny', batch: 2, tokens: 32, predicted: 31 },
  ].map((one) => [one.name, one]),
);

/** AdamW of both sides: no decay, gradients clipped to a norm of 1. */
export const OPTIMIZER = { lr: 1e-4, betas: [0.9, 0.999], eps: 1e-8, clip: 1 } as const;

/** The batch: what the sides read. */
export interface CaseBatch extends Record<string, HostTensor> {
  /** [batch, tokens]. */
  ids: HostTensor<'int32'>;
  /** [batch, tokens]: 1 where a token is predicted. */
  weights: HostTensor<'float32'>;
  /** [batch, 3, side, side], normalized; of no images: [0]. */
  pixels: HostTensor<'float32'>;
}

/** Rows of an image and the side of its pixels; undefined for a text model. */
export function imageOf({ config }: Shape): { tokens: number; side: number; id: number } | undefined {
  const {
    vision_config: vision,
    scale_factor: scale,
    image_token_id: id,
  } = config as {
    vision_config?: { image_size: number; patch_size: number };
    scale_factor?: number;
    image_token_id?: number;
  };
  if (!vision || !scale || id === undefined) return undefined;
  return { tokens: (vision.image_size / vision.patch_size / scale) ** 2, side: vision.image_size, id };
}

/** One image at the beginning of each conversation, and ids and pixels from a simple generator. */
export function makeBatch({ shape: name, batch, tokens, predicted }: FineTuneCase): CaseBatch {
  const shape = TRAINED_SHAPES[name] as Shape;
  const image = imageOf(shape);
  const { text_config: text = shape.config } = shape.config as { text_config?: typeof shape.config };
  const words = Math.min(text.vocab_size as number, image?.id ?? Number.POSITIVE_INFINITY);
  const random = generator(1);
  const ids = hostTensor('int32', [batch, tokens]);
  const weights = hostTensor('float32', [batch, tokens]);
  for (let row = 0; row < batch; row++)
    for (let t = 0; t < tokens; t++) {
      const inImage = image !== undefined && t >= 1 && t <= image.tokens;
      ids.data[row * tokens + t] = inImage ? image.id : Math.floor(random() * words);
      weights.data[row * tokens + t] = t >= tokens - predicted ? 1 : 0;
    }
  const pixels = hostTensor('float32', image ? [batch, 3, image.side, image.side] : [0]);
  for (let i = 0; i < pixels.data.length; i++) pixels.data[i] = Math.floor(random() * 256) / 127.5 - 1;
  return { ids, weights, pixels };
}

/** Writes the batch for the sides. */
export const writeBatch = (path: string, batch: CaseBatch): Promise<void> => writeSafetensors(path, batch);

/** Numbers from 0 to below 1 (an LCG, the high bits). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) / 2 ** 24;
  };
}
