// Keys and values of all rows of an engine, allocated once: views that a program works on in place, and copies between rows and blocks.

import type { Program } from '../../runtime/compile.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import { type KvKind, type KvPlane, planesOf } from '../kv.js';
import type { KvMemory } from './kv-memory.js';

interface Plane extends KvPlane {
  readonly data: Float32Array;
}

/** Neighbouring rows, where they lie. */
interface HostView {
  readonly past: Readonly<Record<string, HostTensor<'float32'>>>;
  readonly present: Readonly<Record<string, HostTensor<'float32'>>>;
}

/** The key-value memory of an engine in host memory. Its size is fixed; pages that no row has reached yet cost nothing. */
export class KvSlots implements KvMemory {
  private readonly planes: readonly Plane[];
  private readonly views = new Map<string, HostView>();
  private each: number;

  constructor(
    program: Program,
    rows: number,
    capacity: number,
    private readonly kind: KvKind = 'past',
  ) {
    this.each = capacity;
    this.planes = planesOf(program, kind).map((p) => ({ ...p, data: hostTensor('float32', [rows, p.heads, capacity, p.dim]).data }));
  }

  /** Positions of each row. */
  get capacity(): number {
    return this.each;
  }

  get bytes(): number {
    return this.planes.reduce((n, p) => n + p.data.byteLength, 0);
  }

  /** Floats of `positions` positions of one row. */
  floats(positions: number): number {
    return this.planes.reduce((n, p) => n + p.heads * positions * p.dim, 0);
  }

  span(start: number, count: number): { start: number; count: number } {
    return { start, count };
  }

  step<T>({ start, count }: { start: number; count: number }, run: (view: HostView) => Promise<T>): Promise<T> {
    return run(this.view(start, count));
  }

  /** Rows [start, start + count) as tensors; the same objects every time, so that the runtime keeps its handles on them. */
  view(start: number, count: number): HostView {
    const key = `${start}:${count}:${this.each}`;
    let view = this.views.get(key);
    if (!view) {
      const past: Record<string, HostTensor<'float32'>> = {};
      const present: Record<string, HostTensor<'float32'>> = {};
      for (const { name, heads, dim, data } of this.planes) {
        const row = heads * this.capacity * dim;
        const shape = [count, heads, this.capacity, dim];
        const tensor = hostTensor('float32', shape, data.subarray(start * row, (start + count) * row));
        past[`${this.kind}.${name}`] = tensor;
        present[`present.${name}`] = tensor;
      }
      view = { past, present };
      this.views.set(key, view);
    }
    return view;
  }

  /** Copies the first `length` positions of a row to another row. */
  move(from: number, to: number, length: number): void {
    for (const { heads, dim, data } of this.planes)
      for (let h = 0; h < heads; h++) {
        const source = (from * heads + h) * this.capacity * dim;
        data.copyWithin((to * heads + h) * this.capacity * dim, source, source + length * dim);
      }
  }

  /**
   * Gives every row `capacity` positions: fewer long rows or more short ones in the same memory. Of the used rows, which are the first
   * ones, `filled` positions stay and the others are zeroed.
   */
  layOut(capacity: number, filled: ArrayLike<number>): void {
    const before = this.each;
    this.each = capacity;
    for (const { heads, dim, data } of this.planes) {
      const pieces = filled.length * heads;
      for (let k = 0; k < pieces; k++) {
        const i = capacity > before ? pieces - 1 - k : k; // no piece is written over one that is still to be moved
        const n = (filled[Math.floor(i / heads)] as number) * dim;
        data.copyWithin(i * capacity * dim, i * before * dim, i * before * dim + n);
        data.fill(0, i * capacity * dim + n, (i + 1) * capacity * dim);
      }
    }
  }

  dispose(): void {}

  /** Zeroes a row from a position on: where attention is masked its weights are zeros, which no number but infinity survives. */
  clear(slot: number, from = 0): void {
    for (const { heads, dim, data } of this.planes)
      for (let i = slot * heads; i < (slot + 1) * heads; i++) data.fill(0, (i * this.each + from) * dim, (i + 1) * this.each * dim);
  }

  /** Keys and values `KIND.LAYER.key` and `.value` [1, heads, n, dim] to the first positions of a row; the others are zeroed. */
  put(slot: number, tensors: Readonly<Record<string, HostTensor>>): void {
    for (const { name, heads, dim, data } of this.planes) {
      const source = (tensors[`${this.kind}.${name}`] as HostTensor<'float32'>).data;
      const n = source.length / heads;
      for (let h = 0; h < heads; h++) data.set(source.subarray(h * n, (h + 1) * n), (slot * heads + h) * this.each * dim);
    }
    const [plane] = this.planes;
    if (plane) this.clear(slot, (tensors[`${this.kind}.${plane.name}`] as HostTensor).shape[2]);
  }

  /** Copies positions [at, at + n) of a row into `block`, which holds `floats(n)` numbers. */
  read(slot: number, at: number, n: number, block: Float32Array): void {
    let to = 0;
    for (const { heads, dim, data } of this.planes)
      for (let h = 0; h < heads; h++) {
        const from = ((slot * heads + h) * this.capacity + at) * dim;
        block.set(data.subarray(from, from + n * dim), to);
        to += n * dim;
      }
  }

  /** The way back: `block`, as `read` left it, to positions [at, at + n) of a row. */
  write(slot: number, at: number, n: number, block: Float32Array): void {
    let from = 0;
    for (const { heads, dim, data } of this.planes)
      for (let h = 0; h < heads; h++) {
        data.set(block.subarray(from, from + n * dim), ((slot * heads + h) * this.capacity + at) * dim);
        from += n * dim;
      }
  }
}
