// A compiled grammar as a few flat arrays: it moves between threads at no cost, and its states are read as they are needed.

import type { ConstraintWarning } from './errors.js';

/** Lists of numbers behind one another: list i is `values` from `starts[i]` to `starts[i + 1]`. */
export interface Lists {
  readonly starts: Int32Array;
  readonly values: Float64Array | Int32Array;
}

/** Puts lists behind one another; `wide` for numbers beyond 32 bits. */
export function packLists(lists: readonly (readonly number[])[], wide = false): Lists {
  const starts = new Int32Array(lists.length + 1);
  for (const [i, list] of lists.entries()) starts[i + 1] = (starts[i] as number) + list.length;
  const values = new (wide ? Float64Array : Int32Array)(starts[lists.length] as number);
  for (const [i, list] of lists.entries()) values.set(list, starts[i]);
  return { starts, values };
}

/** List i. */
export const listAt = ({ starts, values }: Lists, i: number): Float64Array | Int32Array =>
  values.subarray(starts[i] as number, starts[i + 1] as number);

/** A string of a counted length: see `Counted`. */
export interface PackedCounted {
  readonly min: number;
  readonly max: number;
  /** lo, hi, target, ... of each state of the automaton. */
  readonly moves: Lists;
  readonly accepts: Uint8Array;
  /** One for the states behind a whole character. */
  readonly whole: Uint8Array;
  /** First and last count of each level. */
  readonly from: Float64Array;
  readonly to: Float64Array;
  /** For each level, for each state, one where the string can be ended. */
  readonly alive: Uint8Array;
}

/** The automata of all rules in one table. What the fields say is told at `Grammar` and `GrammarState`. */
export interface PackedGrammar {
  /** lo, hi, target, ... of each state. */
  readonly moves: Lists;
  /** start, after, flags, ... of each state: 1 last, 2 deeper, 4 an array, 8 an item. */
  readonly calls: Lists;
  /** Of each state: 1 accepts, 2 deep. */
  readonly flags: Uint8Array;
  readonly need: Float64Array;
  readonly reads: Float64Array;
  readonly counted: readonly { readonly base: number; readonly rule: PackedCounted }[];
  readonly start: number;
  readonly maxDepth: number;
  readonly warnings: readonly ConstraintWarning[];
  readonly starts: readonly number[];
  readonly distinct: boolean;
}

/** Bytes of the arrays of a packed value. */
export function packedBytes(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (typeof value !== 'object' || value === null) return 8;
  return Object.values(value).reduce<number>((sum, one) => sum + packedBytes(one), 0);
}
