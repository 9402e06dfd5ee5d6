// Sequence: the only encoded form of a conversation, in training and in generation.

import type { HostTensor } from '../util/host.js';

/** Inputs of a program by name. */
export type Feeds = Readonly<Record<string, HostTensor>>;

/** An image or a video of a sequence. */
export interface SequenceMedia {
  /** Positions in `ids` whose embeddings its rows replace, in order. */
  readonly at: Int32Array;
  /** Names the rows: equal keys have equal rows, whatever the sequence. */
  readonly key: string;
  /** Pixels of an image as it was given. */
  readonly size?: { readonly width: number; readonly height: number };
  /** Inputs of the vision program, those of `names` or all. Pixels are processed here, so that nothing is where a cache has the rows. */
  feeds(names?: readonly string[]): Feeds | Promise<Feeds>;
}

/** A conversation or a text in the ids of one model. */
export interface Sequence {
  readonly ids: Int32Array;
  /** Weight in the loss of predicting each id from those before it, [ids]; absent in prompts. The first is never predicted. */
  readonly weights?: Float32Array;
  /** After the id at `at` the end token `id` is to be predicted as well, although the sequence goes on otherwise. */
  readonly ends?: readonly (readonly [at: number, id: number])[];
  /** [kinds, ids], where a family has several positions for each token (M-RoPE). */
  readonly positions?: Int32Array;
  readonly media: readonly SequenceMedia[];
  /** How far the switch of the model (HallE-Switch) is turned, -1 to 1; without it 0, the plain model. */
  readonly epsilon?: number;
  /** Of encoder-decoders: what the encoder reads; `ids` are then the decoder's, its start token first. */
  readonly source?: Omit<Sequence, 'source' | 'weights' | 'ends' | 'epsilon'>;
}

/** Ids with a weight in the loss, ends included. */
export function lossTokens({ weights, ends = [] }: Sequence): number {
  let count = ends.length;
  if (weights) for (let i = 1; i < weights.length; i++) if ((weights[i] as number) !== 0) count++;
  return count;
}
