// The memory of keys and values of an engine's rows: in host memory, or in that of the device that the program runs on.

import type { Program } from '../../runtime/compile.js';
import type { AnyTensor } from '../../runtime/runtime.js';
import { type KvKind, type KvView, planesOf } from '../kv.js';
import { KvSlots } from './kv-slots.js';
import { ResidentSlots } from './resident-slots.js';

/** Rows [start, start + count). */
export interface RowSpan {
  readonly start: number;
  readonly count: number;
}

/** Keys and values of rows. Calls take effect in their order. */
export interface KvMemory {
  /** Positions of each row. */
  readonly capacity: number;
  readonly bytes: number;
  /** Floats of `positions` positions of one row. */
  floats(positions: number): number;
  /** The rows that a step over these goes over: at least them. `used`: how many of the first rows hold something. */
  span(start: number, count: number, used: number): RowSpan;
  /** Runs a step over rows that `span` gave, or over a single row. */
  step<T>(rows: RowSpan, run: (view: KvView) => Promise<T>): Promise<T>;
  /** Copies the first `length` positions of a row to another row. */
  move(from: number, to: number, length: number): void;
  /** Zeroes a row from a position on. */
  clear(slot: number, from?: number): void;
  /** Gives every row `capacity` positions. Of the used rows, which are the first ones, `filled` positions stay and the others are zeroed. */
  layOut(capacity: number, filled: ArrayLike<number>): void;
  /** Keys and values `KIND.LAYER.key` and `.value` [1, heads, n, dim] to the first positions of a row; the others are zeroed. */
  put(slot: number, tensors: Readonly<Record<string, AnyTensor>>): void;
  /** Copies positions [at, at + n) of a row into `block`, which holds `floats(n)` numbers, before the next step. */
  read(slot: number, at: number, n: number, block: Float32Array): void;
  /** The way back, before the next step; until then `block` stays as it is, but for earlier calls. */
  write(slot: number, at: number, n: number, block: Float32Array): void;
  dispose(): void;
}

/** Memory for `rows` rows of `capacity` positions, where the program runs. */
export function kvMemory(program: Program, rows: number, capacity: number, kind: KvKind = 'past'): KvMemory {
  return program.runtime.memory ? new ResidentSlots(program, rows, capacity, kind) : new KvSlots(program, rows, capacity, kind);
}

/** Bytes of keys and values that one position of one row takes, as often as the memory has it. */
export function bytesPerPosition(program: Program, kind: KvKind = 'past'): number {
  // On a device caches are in two places, for programs do not write where they read; sources are only read.
  const places = program.runtime?.memory && kind === 'past' ? 2 : 1;
  return places * planesOf(program, kind).reduce((n, p) => n + p.heads * p.dim * 4, 0);
}

/** Positions that every row must have, where the program leaves no choice. */
export function fixedCapacity(program: Program): number | undefined {
  const positions = program.inputs.find((i) => i.name.startsWith('past.'))?.shape[2];
  return typeof positions === 'number' ? positions : undefined;
}
