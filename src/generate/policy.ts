// Policy: pi(y | x), the one interface between networks that predict tokens and loops that choose them; and methods over it.

import type { Sequence, SequenceMedia } from '../model/sequence.js';
import type { HostTensor } from '../util/host.js';

/** What a row begins with: a sequence without a loss, or the ids of one with image rows that are encoded already. */
export interface Prompt extends Pick<Sequence, 'positions' | 'source' | 'epsilon'> {
  ids: Int32Array;
  /** Images and videos, which the policy encodes. */
  media?: readonly SequenceMedia[];
  /** Image rows [m, width] that are encoded already, and their positions in `ids`. */
  features?: HostTensor<'float32'>;
  imagePositions?: Int32Array;
}

/** Rows [m, width] of each image or video; a policy's owner may keep them by `key`. */
export type EncodeMedia = (media: readonly SequenceMedia[]) => Promise<readonly HostTensor<'float32'>[]>;

/** What an encoder reads: ids and media. */
export type Source = NonNullable<Sequence['source']>;

/** Logits of several positions; valid until the next step of the same rows. */
export interface Logits {
  /** Logits [vocab] of the i-th one. */
  at(i: number): Float32Array;
  /** log(sum(exp(logits))) of the i-th one. */
  logSum(i: number): number;
  /**
   * Of a method that leaves tokens out because others are more probable: the logits of the i-th one as if there were only the tokens that
   * `allowed` [vocab] does not have at -Infinity. Otherwise a form of the reply and the method could leave nothing together.
   */
  within?(i: number, allowed: Float32Array): Float32Array;
}

/** `within` of one of several logits, where they have it. */
export const withinOf = (logits: Logits, i: number): ((allowed: Float32Array) => Float32Array) | undefined =>
  logits.within ? (allowed) => logits.within?.(i, allowed) as Float32Array : undefined;

/** Sequences that grow together. */
export interface Rows {
  readonly count: number;
  /** After the last token of each row. */
  readonly logits: Logits;
}

/** Logits after consecutive positions of a given sequence. */
export interface Reading {
  /** Which of the sequences, and the first of its positions. */
  readonly sequence: number;
  readonly start: number;
  readonly count: number;
  readonly logits: Logits;
}

/** What predicts the next token of sequences: a model, or a method over one. It owns nothing: memory goes with its rows. */
export interface Policy {
  /** Most positions of a row. */
  readonly capacity: number;
  readonly vocabSize: number;
  /** Most tokens that a reply to a prompt has room for. */
  room(prompt: Prompt): number;
  /** Computes prompts of any lengths. */
  start(prompts: readonly Prompt[]): Promise<Rows>;
  /** Adds a token to each row, and predicts the next; a row with a negative id stays as it is, and has no logits. */
  step(rows: Rows, ids: ArrayLike<number>): Promise<Logits>;
  /**
   * Row i goes on from row `parents[i]` of before: repeated, left out, reordered (beams). The rows given are used up.
   * `reserve`: most rows there will be. The new rows have no logits before their first step.
   */
  select(rows: Rows, parents: readonly number[], reserve?: number): Rows;
  /**
   * Logits after the positions of given sequences, in order, in chunks. What a sequence has in common with the one before is not computed
   * again, and not read again but for its last position. Where a sequence has `weights`, positions before the first weighted id are left out.
   */
  read(sequences: readonly Sequence[]): AsyncIterable<Reading>;
  /** Log-probability of every given id, [ids] for each sequence: 0 for the first and for ids before the first weighted one. */
  score(sequences: readonly Sequence[]): Promise<Float32Array[]>;
}

/** A way of decoding that is itself a policy: contrastive decoding computes a second row beneath each row, with other media. */
export type Method = (policy: Policy) => Policy;

/** The policy `score` over `read`. */
export async function scoreSequences(policy: Pick<Policy, 'read'>, sequences: readonly Sequence[]): Promise<Float32Array[]> {
  const scores = sequences.map(({ ids }) => new Float32Array(ids.length));
  let last = -1;
  for await (const { sequence, start, count, logits } of policy.read(sequences)) {
    const out = scores[sequence] as Float32Array;
    const { ids } = sequences[sequence] as Sequence;
    if (sequence !== last && sequence > 0)
      copyShared(out, scores[sequence - 1] as Float32Array, { from: firstRead(sequences[sequence] as Sequence) + 1, to: start + 1 });
    last = sequence;
    for (let i = 0; i < count && start + i + 1 < ids.length; i++)
      out[start + i + 1] = (logits.at(i)[ids[start + i + 1] as number] as number) - logits.logSum(i);
  }
  return scores;
}

/** Scores of what a sequence has in common with the one before, where they are wanted. */
function copyShared(out: Float32Array, before: Float32Array, { from, to }: { from: number; to: number }): void {
  if (from < to) out.set(before.subarray(from, to), from);
}

/** Positions after which logits are wanted: from the id before the first weighted one on. */
export function firstRead({ weights }: Sequence): number {
  const first = weights ? weights.findIndex((w, i) => i > 0 && w !== 0) : 1;
  return first < 0 ? (weights as Float32Array).length : Math.max(first, 1) - 1;
}

/** How many ids two sequences have in common at their beginning, media and positions included. */
export function commonPrefix(a: Source, b: Source): number {
  const most = Math.min(a.ids.length, b.ids.length);
  let n = 0;
  while (n < most && a.ids[n] === b.ids[n] && samePositions(a, b, n)) n++;
  const [x, y] = [a.media, b.media];
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const [p, q] = [x[i], y[i]];
    if (p && q && p.key === q.key && p.at.length === q.at.length && p.at.every((at, k) => at === q.at[k])) continue;
    n = Math.min(n, p?.at[0] ?? most, q?.at[0] ?? most);
  }
  return n;
}

function samePositions(a: Source, b: Source, i: number): boolean {
  if (!a.positions || !b.positions) return a.positions === b.positions;
  const kinds = a.positions.length / a.ids.length;
  for (let k = 0; k < kinds; k++) if (a.positions[k * a.ids.length + i] !== b.positions[k * b.ids.length + i]) return false;
  return true;
}
