// Keys and values in the memory of a device. Programs write where they do not read, so each plane is two tensors that change places; rows move,
// fork and are laid out anew on the device. What is asked for waits until tensors are needed: neighbouring requests become one run.

import type { AnyTensor, DeviceTensor, Runtime } from '../runtime/runtime.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import type { KvKind, KvPlane, KvView } from './kv.js';
import { residentPrograms } from './resident-programs.js';

type Planes = Record<string, DeviceTensor>;

/** Which row each row comes from, how many of its positions stay, and how many positions rows have afterwards. */
interface Arrangement {
  readonly kind: 'arrange';
  readonly row: number[];
  readonly filled: number[];
  readonly capacity: number;
}

/** Neighbouring blocks of a row, of `size` positions each, to or from host memory: plane by plane, [heads, size, dim]. */
interface Blocks {
  readonly kind: 'read' | 'write';
  readonly slot: number;
  readonly at: number;
  readonly size: number;
  readonly blocks: Float32Array[];
}

/** Something else, in its turn. */
interface Job {
  readonly kind: 'job';
  run(): Promise<void>;
}

const counting = (n: number, from = 0): Int32Array => Int32Array.from({ length: n }, (_, i) => from + i);
const int32 = (data: Int32Array | readonly number[]): HostTensor<'int32'> => hostTensor('int32', [data.length], Int32Array.from(data));
const whole = (n: number): HostTensor<'int32'> => hostTensor('int32', [], [n]);

/** Caches of rows on a device, zero at first. Calls take effect in their order. */
export class ResidentCache {
  private past: Planes = {};
  private present: Planes | undefined;
  /** Of a single row that is stepped among others. */
  private row: { past: Planes; present: Planes } | undefined;
  private waiting: (Arrangement | Blocks | Job)[];
  private flushing: Promise<void> = Promise.resolve();
  private count: number;
  private positions: number;

  constructor(
    private readonly runtime: Runtime,
    private readonly planes: readonly KvPlane[],
    size: { rows: number; capacity: number },
    private readonly kind: KvKind = 'past',
  ) {
    this.count = size.rows;
    this.positions = size.capacity;
    const none = new Array<number>(size.rows).fill(0);
    this.waiting = [{ kind: 'arrange', row: none, filled: none, capacity: size.capacity }];
  }

  get rows(): number {
    return this.count;
  }
  /** Positions of each row. */
  get capacity(): number {
    return this.positions;
  }
  /** Bytes on the device. */
  get bytes(): number {
    const held = [this.past, this.present, this.row?.past, this.row?.present].flatMap((planes) => Object.values(planes ?? {}));
    return held.reduce((n, { shape }) => n + shape.reduce((m, d) => m * d, 4), 0);
  }

  /** Copies the first `length` positions of a row to another row; the rest of that becomes zero. */
  move(from: number, to: number, length: number): void {
    const row = [...counting(this.count)];
    const filled = row.map(() => this.positions);
    row[to] = from;
    filled[to] = length;
    this.arrange({ kind: 'arrange', row, filled, capacity: this.positions });
  }

  /** Zeroes a row from a position on. */
  clear(slot: number, from = 0): void {
    this.move(slot, slot, from);
  }

  /** Makes it so many rows, the last ones new or gone. */
  resize(rows: number): void {
    if (rows === this.count) return;
    const before = this.count;
    this.count = rows;
    const row = [...counting(rows)].map((r) => (r < before ? r : 0));
    const filled = [...counting(rows)].map((r) => (r < before ? this.positions : 0));
    this.arrange({ kind: 'arrange', row, filled, capacity: this.positions });
  }

  /** Gives every row `capacity` positions, of which `filled` stay; those of other rows become zero. */
  layOut(capacity: number, filled: ArrayLike<number>): void {
    this.positions = capacity;
    const row = [...counting(this.count)];
    this.arrange({ kind: 'arrange', row, filled: row.map((r) => filled[r] ?? 0), capacity });
  }

  /** Keys and values `KIND.LAYER.key` and `.value` [1, heads, n, dim], of the host or the device, to the first positions of a row; the others become zero. */
  put(slot: number, tensors: Readonly<Record<string, AnyTensor>>): void {
    this.clear(slot);
    const part = Object.fromEntries(this.planes.map(({ name }) => [name, tensors[`${this.kind}.${name}`] as AnyTensor]));
    this.do(() => this.place(slot, 0, part));
  }

  /** Keys and values of all rows, `KIND.LAYER.key` and `.value` [rows, heads, capacity, dim], of the host or the device. */
  take(tensors: Readonly<Record<string, AnyTensor>>): void {
    const from = Object.fromEntries(this.planes.map(({ name }) => [name, tensors[`${this.kind}.${name}`] as AnyTensor]));
    const { count, positions } = this;
    this.do(async () => {
      const { arrange } = await residentPrograms(this.runtime, this.planes);
      const feeds = arrangeFeeds(from, [...counting(count)], counting(positions), new Array(count).fill(positions));
      await arrange.run(feeds, prefixed('to', this.other()));
      [this.past, this.present] = [this.other(), this.past];
    });
  }

  /** Takes the first `length` positions of a row of another cache, as that is now; the rest of the row becomes zero. */
  copyFrom(other: ResidentCache, source: number, target: number, length: number): void {
    if (other === this) {
      this.move(source, target, length);
      return;
    }
    let taken: Planes | undefined;
    other.do(async () => {
      taken = await other.arranged([source], counting(Math.max(length, 1)), [length]);
    });
    this.clear(target);
    this.do(async () => {
      await other.flush();
      const part = taken as Planes;
      await this.place(target, 0, part);
      for (const tensor of Object.values(part)) tensor.dispose();
    });
  }

  /** Copies positions [at, at + n) of a row into `block`: plane by plane, [heads, n, dim]. It has them when the cache is used next. */
  read(slot: number, at: number, n: number, block: Float32Array): void {
    this.blocks({ kind: 'read', slot, at, size: n, blocks: [block] });
  }

  /** The way back. `block` is read when the cache is used next. */
  write(slot: number, at: number, n: number, block: Float32Array): void {
    this.blocks({ kind: 'write', slot, at, size: n, blocks: [block] });
  }

  /** A step over all rows: what it is fed and where it writes, which is the past of the next one. */
  async step<T>(run: (view: KvView) => Promise<T>): Promise<T> {
    await this.flush();
    const out = await run(this.view(this.past, this.kind === 'past' ? this.other() : {}));
    this.turn();
    return out;
  }

  /** A step over one row among others. */
  async stepRow<T>(slot: number, run: (view: KvView) => Promise<T>): Promise<T> {
    if (this.count === 1) return this.step(run);
    await this.flush();
    const { positions } = this;
    if (this.row && Object.values(this.row.past)[0]?.shape[2] !== positions) this.dropRow();
    this.row ??= { past: this.allocate(1, positions), present: this.allocate(1, positions) };
    const { past, present } = this.row;
    await this.arranged([slot], counting(positions), [positions], past);
    const out = await run(this.view(past, this.kind === 'past' ? present : {}));
    if (this.kind === 'past') await this.place(slot, 0, present);
    return out;
  }

  /** Does what waits. */
  flush(): Promise<void> {
    const work = this.flushing.then(async () => {
      for (let one = this.waiting.shift(); one; one = this.waiting.shift()) {
        if (one.kind === 'arrange') await this.lay(one);
        else if (one.kind === 'job') await one.run();
        else await this.cross(one);
      }
      // Nothing is written to sources in a step.
      if (this.kind === 'cross') this.dropPresent();
    });
    this.flushing = work.catch(() => undefined); // whoever waits for it has the error
    return work;
  }

  /** Frees the memory. */
  dispose(): void {
    this.waiting = [];
    this.dropRow();
    this.dropPresent();
    for (const tensor of Object.values(this.past)) tensor.dispose();
    this.past = {};
  }

  private dropPresent(): void {
    for (const tensor of Object.values(this.present ?? {})) tensor.dispose();
    this.present = undefined;
  }

  private dropRow(): void {
    for (const planes of Object.values(this.row ?? {})) for (const tensor of Object.values(planes)) tensor.dispose();
    this.row = undefined;
  }

  private view(past: Planes, present: Planes): KvView {
    const named = (kind: string, planes: Planes) => Object.fromEntries(Object.entries(planes).map(([name, t]) => [`${kind}.${name}`, t]));
    return { past: named(this.kind, past), present: named('present', present) };
  }

  private arrange(next: Arrangement): void {
    const last = this.waiting.at(-1);
    if (last?.kind !== 'arrange') {
      this.waiting.push(next);
      return;
    }
    const row = next.row.map((r) => last.row[r] as number);
    const filled = next.row.map((r, i) => Math.min(last.filled[r] as number, last.capacity, next.filled[i] as number));
    this.waiting[this.waiting.length - 1] = { kind: 'arrange', row, filled, capacity: next.capacity };
  }

  private blocks(next: Blocks): void {
    const last = this.waiting.at(-1);
    const follows =
      last?.kind === next.kind &&
      last.slot === next.slot &&
      last.size === next.size &&
      last.at + last.size * last.blocks.length === next.at;
    if (follows) last.blocks.push(...next.blocks);
    else this.waiting.push(next);
  }

  private do(run: () => Promise<void>): void {
    this.waiting.push({ kind: 'job', run });
  }

  private allocate(rows: number, positions: number): Planes {
    const memory = this.runtime.memory as NonNullable<Runtime['memory']>;
    return Object.fromEntries(this.planes.map(({ name, heads, dim }) => [name, memory.allocate('float32', [rows, heads, positions, dim])]));
  }

  /** The tensors that are not the past. */
  private other(): Planes {
    const [{ shape }] = Object.values(this.past) as [DeviceTensor];
    this.present ??= this.allocate(shape[0] as number, shape[2] as number);
    return this.present;
  }

  /** Makes what was written the past of what comes. */
  private turn(): void {
    if (this.kind === 'past' && this.present) [this.past, this.present] = [this.present, this.past];
  }

  private async lay({ row, filled, capacity }: Arrangement): Promise<void> {
    const [first] = Object.values(this.past);
    if (!first) this.past = await this.nothing();
    else if (first.shape[0] === row.length && first.shape[2] === capacity) {
      // Nothing to do where every row stays and keeps all that it has.
      if (row.every((r, i) => r === i && (filled[i] as number) >= capacity)) return;
      await this.arranged(row, counting(capacity), filled, this.other());
      [this.past, this.present] = [this.other(), this.past];
      return;
    }
    const old = this.past;
    this.dropPresent();
    this.past = await this.arranged(row, counting(capacity), filled);
    for (const tensor of Object.values(old)) tensor.dispose();
  }

  /** One row of one position, for rows that hold nothing to come from. */
  private async nothing(): Promise<Planes> {
    const memory = this.runtime.memory as NonNullable<Runtime['memory']>;
    const planes: Planes = {};
    for (const { name, heads, dim } of this.planes) planes[name] = await memory.upload(hostTensor('float32', [1, heads, 1, dim]));
    return planes;
  }

  /** Positions `place` of rows of the past, zero from `filled` on: in `into`, or new tensors. */
  private async arranged(row: readonly number[], place: Int32Array, filled: readonly number[], into?: Planes): Promise<Planes> {
    const target = into ?? this.allocate(row.length, place.length);
    const { arrange } = await residentPrograms(this.runtime, this.planes);
    await arrange.run(arrangeFeeds(this.past, row, place, filled), prefixed('to', target));
    return target;
  }

  /** Puts `part` [1, heads, n, dim] of each plane at positions [at, at + n) of a row. */
  private async place(slot: number, at: number, part: Readonly<Record<string, AnyTensor>>): Promise<void> {
    const [{ shape }] = Object.values(part) as [AnyTensor];
    const n = shape[2] as number;
    // As it is now: what waits may make it another size.
    const [first] = Object.values(this.past) as [DeviceTensor];
    const [rows, , capacity] = first.shape as [number, number, number];
    const { place } = await residentPrograms(this.runtime, this.planes);
    const places = counting(capacity, -at);
    const feeds = {
      ...prefixed('whole', this.past),
      ...prefixed('part', part),
      row: int32(counting(rows).map((r) => (r === slot ? 1 : 0))),
      taken: int32(places.map((p) => (p >= 0 && p < n ? 1 : 0))),
      place: int32(places.map((p) => Math.max(0, Math.min(p, n - 1)))),
      n: whole(n),
    };
    await place.run(feeds, prefixed('to', this.other()));
    [this.past, this.present] = [this.other(), this.past];
  }

  /** Blocks to or from the host. */
  private async cross({ kind, slot, at, size, blocks }: Blocks): Promise<void> {
    const n = size * blocks.length;
    let parts: Record<string, HostTensor<'float32'>>;
    if (kind === 'read') {
      const { arrange } = await residentPrograms(this.runtime, this.planes);
      const read = await arrange.run(arrangeFeeds(this.past, [slot], counting(n, at), [at + n]));
      parts = Object.fromEntries(this.planes.map(({ name }) => [name, read[`to.${name}`] as HostTensor<'float32'>]));
    } else parts = Object.fromEntries(this.planes.map(({ name, heads, dim }) => [name, hostTensor('float32', [1, heads, n, dim])]));
    let plane = 0;
    for (const { name, heads, dim } of this.planes) {
      const { data } = parts[name] as HostTensor<'float32'>;
      for (const [b, block] of blocks.entries())
        for (let h = 0; h < heads; h++) {
          const [far, near] = [(h * n + b * size) * dim, plane + h * size * dim];
          if (kind === 'read') block.set(data.subarray(far, far + size * dim), near);
          else data.set(block.subarray(near, near + size * dim), far);
        }
      plane += heads * size * dim;
    }
    if (kind === 'write') await this.place(slot, at, parts);
  }
}

function arrangeFeeds(
  from: Readonly<Record<string, AnyTensor>>,
  row: readonly number[],
  place: Int32Array,
  filled: readonly number[],
): Record<string, AnyTensor> {
  const [{ shape }] = Object.values(from) as [AnyTensor];
  return { ...prefixed('from', from), row: int32(row), place: int32(place), filled: int32(filled), capacity: whole(shape[2] as number) };
}

const prefixed = <T>(prefix: string, planes: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(planes).map(([name, tensor]) => [`${prefix}.${name}`, tensor]));
