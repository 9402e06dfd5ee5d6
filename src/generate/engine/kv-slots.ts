// Keys and values of all rows of an engine, allocated once: views that a program works on in place, and copies between rows and blocks.

import type { Program } from '../../runtime/compile.js';
import { type HostTensor, hostTensor } from '../../util/host.js';

/** One cache of the model: keys or values of one layer, [slots, heads, capacity, dim]. */
interface Plane {
  /** Without `past.` or `present.`: `0.key`. */
  readonly name: string;
  readonly heads: number;
  readonly dim: number;
  readonly data: Float32Array;
}

/** What a program is fed, and writes to, for neighbouring rows. */
export interface KvView {
  readonly past: Readonly<Record<string, HostTensor<'float32'>>>;
  readonly present: Readonly<Record<string, HostTensor<'float32'>>>;
}

/** The key-value memory of an engine. Its size is fixed; pages that no row has reached yet cost nothing. */
export class KvSlots {
  private readonly planes: readonly Plane[];
  private readonly views = new Map<string, KvView>();

  constructor(
    program: Program,
    /** Rows. */
    readonly rows: number,
    /** Positions of each row. */
    readonly capacity: number,
  ) {
    this.planes = planesOf(program).map((p) => ({ ...p, data: hostTensor('float32', [rows, p.heads, capacity, p.dim]).data }));
  }

  /** Bytes of keys and values that one position of one row takes. */
  static bytesPerPosition(program: Program): number {
    return planesOf(program).reduce((n, p) => n + p.heads * p.dim * 4, 0);
  }

  /** Positions that every row must have, where the program leaves no choice. */
  static fixedCapacity(program: Program): number | undefined {
    const positions = program.inputs.find((i) => i.name.startsWith('past.'))?.shape[2];
    return typeof positions === 'number' ? positions : undefined;
  }

  get bytes(): number {
    return this.planes.reduce((n, p) => n + p.data.byteLength, 0);
  }

  /** Floats of `positions` positions of one row. */
  floats(positions: number): number {
    return this.planes.reduce((n, p) => n + p.heads * positions * p.dim, 0);
  }

  /** Rows [start, start + count) as tensors; the same objects every time, so that the runtime keeps its handles on them. */
  view(start: number, count: number): KvView {
    const key = `${start}:${count}`;
    let view = this.views.get(key);
    if (!view) {
      const past: Record<string, HostTensor<'float32'>> = {};
      const present: Record<string, HostTensor<'float32'>> = {};
      for (const { name, heads, dim, data } of this.planes) {
        const row = heads * this.capacity * dim;
        const shape = [count, heads, this.capacity, dim];
        const tensor = hostTensor('float32', shape, data.subarray(start * row, (start + count) * row));
        past[`past.${name}`] = tensor;
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

function planesOf(program: Program): Omit<Plane, 'data'>[] {
  return program.inputs
    .filter((i) => i.name.startsWith('past.'))
    .map((i) => ({ name: i.name.slice('past.'.length), heads: i.shape[1] as number, dim: i.shape[3] as number }));
}
