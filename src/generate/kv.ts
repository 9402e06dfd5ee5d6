// What caches of keys and values look like, wherever they lie: planes of one shape, views that a program is fed, tensors that it writes to.

import type { AnyTensor, ValueInfo } from '../runtime/runtime.js';

/** Of what a memory holds keys and values: of the tokens that a row has computed, or of the source that a decoder attends to. */
export type KvKind = 'past' | 'cross';

/** Keys or values of one layer: [rows, heads, capacity, dim]. */
export interface KvPlane {
  /** Without `past.`, `present.` or `cross.`: `0.key`. */
  readonly name: string;
  readonly heads: number;
  readonly dim: number;
}

/** What a program is fed, and writes to, for neighbouring rows. */
export interface KvView {
  readonly past: Readonly<Record<string, AnyTensor>>;
  readonly present: Readonly<Record<string, AnyTensor>>;
}

/** The planes that a program is fed. */
export function planesOf({ inputs }: { inputs: readonly ValueInfo[] }, kind: KvKind): KvPlane[] {
  return inputs
    .filter((i) => i.name.startsWith(`${kind}.`))
    .map((i) => ({ name: i.name.slice(kind.length + 1), heads: i.shape[1] as number, dim: i.shape[3] as number }));
}
