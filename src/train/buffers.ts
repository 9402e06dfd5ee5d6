// The flat blocks of training: values, gradients and moments of all trained parameters, laid out alike.
// One block each means that the update walks memory in order, in chunks that fit the cache, whatever the model looks like.

import type { Parameter } from '../graph/index.js';
import { evenBounds } from '../runtime/communicator.js';
import type { AnyTensor } from '../runtime/runtime.js';
import { SensoriumError } from '../util/errors.js';
import { ALIGNMENT, alignedArray, type HostTensor } from '../util/host.js';
import type { ResidentBlocks } from './resident.js';

/** Elements that elementwise programs take at a time: some blocks and the temporaries together stay in the second-level cache. */
export const CHUNK = 65536;

const STEP = ALIGNMENT / Float32Array.BYTES_PER_ELEMENT;

export interface PackOptions {
  /** Whether a parameter decays. Default: two axes or more (not norms, biases, scalars). */
  decays?: (parameter: Parameter) => boolean;
  /** Factor on the learning rate. Default 1. */
  rate?: (parameter: Parameter) => number;
  /** Peak learning rate of a parameter, where it is not the stage's. */
  peak?: (parameter: Parameter) => number | undefined;
  /** One of several processes, which keeps the moments of its part of the blocks alone (ZeRO, Rajbhandari et al. 2020, stage 1). */
  shard?: { rank: number; size: number };
}

/** Where one parameter lies, in elements. */
export interface Slot {
  readonly parameter: Parameter;
  readonly offset: number;
  readonly length: number;
}

/** A run of the blocks that is updated with the same scalars. */
export interface Group {
  readonly start: number;
  readonly end: number;
  readonly decays: boolean;
  readonly rate: number;
  /** Peak learning rate, where it is not the stage's. */
  readonly peak?: number;
}

export type Block = 'values' | 'gradients' | 'm' | 'v';

/** Flat blocks for `trained`: groups in order (decayed before undecayed), every slot on a 64-byte boundary, zeros between. */
export class TrainBuffers {
  readonly slots: readonly Slot[];
  readonly groups: readonly Group[];
  /** Elements of each block, padding included. */
  readonly length: number;
  /** Elements without padding. */
  readonly count: number;
  readonly values: Float32Array;
  readonly gradients: Float32Array;
  /** The shards of the blocks: rank r updates elements `bounds[r]` to `bounds[r + 1]`. One shard where nothing is shared. */
  readonly bounds: readonly number[];
  /** The shard of this process, whose moments it has. */
  readonly owned: { readonly start: number; readonly end: number };
  /** First moment of Adam, of the shard. */
  readonly m: Float32Array;
  /** Second moment of Adam, of the shard. */
  readonly v: Float32Array;
  /** Updates that each slot has had, in the order of `slots`: the t of its bias corrections. */
  readonly updates: Int32Array;
  /** Where programs run on a device: the same blocks in its memory. Those here are then as old as the last `pull`. */
  resident: ResidentBlocks | undefined;

  constructor(trained: readonly Parameter[], options: PackOptions = {}) {
    const { decays = (p) => p.dims.length >= 2, rate = () => 1, peak = () => undefined, shard = { rank: 0, size: 1 } } = options;
    if (trained.length === 0)
      throw new SensoriumError('train.empty', 'there is nothing to train', { hint: 'Name at least one parameter in `trained`' });
    const members = new Map<string, Omit<Group, 'start' | 'end'> & { parameters: Parameter[] }>();
    for (const p of new Set(trained)) {
      const [d, r, own] = [decays(p), rate(p), peak(p)];
      const key = `${d} ${r} ${own}`;
      const group = members.get(key) ?? { decays: d, rate: r, ...(own === undefined ? {} : { peak: own }), parameters: [] };
      group.parameters.push(p);
      members.set(key, group);
    }
    const slots: Slot[] = [];
    const groups: Group[] = [];
    let at = 0;
    for (const { parameters, ...group } of [...members.values()].sort((a, b) => Number(b.decays) - Number(a.decays))) {
      const start = at;
      for (const parameter of parameters) {
        slots.push({ parameter, offset: at, length: parameter.count });
        at += Math.ceil(parameter.count / STEP) * STEP;
      }
      groups.push({ start, end: at, ...group });
    }
    this.slots = slots;
    this.groups = groups;
    this.length = at;
    this.count = slots.reduce((n, s) => n + s.length, 0);
    this.values = alignedArray('float32', at);
    this.gradients = alignedArray('float32', at);
    this.bounds = evenBounds(at, shard.size, STEP);
    this.owned = { start: this.bounds[shard.rank] as number, end: this.bounds[shard.rank + 1] as number };
    this.m = alignedArray('float32', this.owned.end - this.owned.start);
    this.v = alignedArray('float32', this.owned.end - this.owned.start);
    this.updates = new Int32Array(slots.length);
  }

  /** Whether other processes have the moments of other shards. */
  get isSharded(): boolean {
    return this.bounds.length > 2;
  }

  /** One parameter's part of a whole block, in its shape; no copy. */
  view(slot: Slot, block: Block | Float32Array): HostTensor<'float32'> {
    const data = typeof block === 'string' ? this[block] : block;
    return { dtype: 'float32', shape: [...slot.parameter.dims], data: data.subarray(slot.offset, slot.offset + slot.length) };
  }

  /** Frees what is on a device. What was computed there since the last `pull` is gone. */
  release(): void {
    this.resident?.dispose();
    this.resident = undefined;
  }

  /** Current values of slot `i`, where programs read them. */
  current(i: number): AnyTensor {
    return this.resident?.current('values', i) ?? this.view(this.slots[i] as Slot, 'values');
  }

  /** Every parameter's part of a whole block by name, for a file. */
  record(block: Block | Float32Array): Record<string, HostTensor> {
    return Object.fromEntries(this.slots.map((slot) => [slot.parameter.name, this.view(slot, block)]));
  }

  /** Copies a block in by name, of moments the shard. Throws `train.missing` or `train.shape`, naming the tensor and `place`. */
  load(block: Block, values: Readonly<Record<string, HostTensor>>, place?: string): void {
    for (const slot of this.slots) {
      const { name } = slot.parameter;
      const value = values[name];
      if (!value)
        throw new SensoriumError('train.missing', `no ${block} for a trained parameter`, { place: place ? `${place}: ${name}` : name });
      if (value.dtype !== 'float32' || value.data.length !== slot.length)
        throw new SensoriumError('train.shape', `${block} do not fit the parameter`, {
          place: place ? `${place}: ${name}` : name,
          expected: `float32[${slot.parameter.dims.join(',')}]`,
          got: `${value.dtype}[${value.shape.join(',')}]`,
        });
      // Of moments there is the shard alone.
      const from = block === 'm' || block === 'v' ? this.owned.start : 0;
      const [start, end] = [Math.max(slot.offset, from), Math.min(slot.offset + slot.length, from + this[block].length)];
      if (start < end) this[block].set((value.data as Float32Array).subarray(start - slot.offset, end - slot.offset), start - from);
    }
  }
}
