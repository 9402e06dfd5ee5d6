// The rows of an engine in the memory of a device. A step goes over all rows that are there, so their number follows those in use, by powers of two.

import type { Program } from '../../runtime/compile.js';
import type { AnyTensor } from '../../runtime/runtime.js';
import { type KvKind, type KvPlane, type KvView, planesOf } from '../kv.js';
import { ResidentCache } from '../resident-cache.js';
import type { KvMemory, RowSpan } from './kv-memory.js';

/** `KvSlots` of a device. */
export class ResidentSlots implements KvMemory {
  private readonly cache: ResidentCache;
  private readonly planes: readonly KvPlane[];

  constructor(
    program: Program,
    /** Most rows. */
    private readonly most: number,
    capacity: number,
    kind: KvKind,
  ) {
    this.planes = planesOf(program, kind);
    this.cache = new ResidentCache(program.runtime, this.planes, { rows: 1, capacity }, kind);
  }

  get capacity(): number {
    return this.cache.capacity;
  }
  get bytes(): number {
    return this.cache.bytes;
  }
  floats(positions: number): number {
    return this.planes.reduce((n, p) => n + p.heads * positions * p.dim, 0);
  }

  /** All rows: tensors of a device have no parts. */
  span(start: number, count: number, used: number): RowSpan {
    this.cache.resize(roundRows(Math.max(start + count, used), this.most));
    return { start: 0, count: this.cache.rows };
  }

  step<T>({ start, count }: RowSpan, run: (view: KvView) => Promise<T>): Promise<T> {
    if (start === 0 && count === this.cache.rows) return this.cache.step(run);
    this.holding(start);
    return this.cache.stepRow(start, run);
  }

  move(from: number, to: number, length: number): void {
    this.holding(Math.max(from, to));
    this.cache.move(from, to, length);
  }
  clear(slot: number, from = 0): void {
    this.holding(slot);
    this.cache.clear(slot, from);
  }
  layOut(capacity: number, filled: ArrayLike<number>): void {
    if (filled.length > 0) this.holding(filled.length - 1);
    this.cache.layOut(capacity, filled);
  }
  put(slot: number, tensors: Readonly<Record<string, AnyTensor>>): void {
    this.holding(slot);
    this.cache.put(slot, tensors);
  }
  read(slot: number, at: number, n: number, block: Float32Array): void {
    this.holding(slot);
    this.cache.read(slot, at, n, block);
  }
  write(slot: number, at: number, n: number, block: Float32Array): void {
    this.holding(slot);
    this.cache.write(slot, at, n, block);
  }
  dispose(): void {
    this.cache.dispose();
  }

  /** Sees to it that a row is there. */
  private holding(slot: number): void {
    if (slot >= this.cache.rows) this.cache.resize(roundRows(slot + 1, this.most));
  }
}

/** The next power of two, but not more than there may be. */
export const roundRows = (rows: number, most: number): number =>
  Math.max(rows, Math.min(most, 2 ** Math.ceil(Math.log2(Math.max(rows, 1)))));
