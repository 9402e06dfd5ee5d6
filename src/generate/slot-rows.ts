// Rows of a policy in the rows of a memory of keys and values: a step with idle rows among them, and rows that fork.

import type { HostTensor } from '../util/host.js';
import type { Logits, Rows } from './policy.js';

/** Keys and values of `batch` rows. */
export interface RowMemory {
  readonly batch: number;
  /** Positions of each row that are filled. */
  readonly lengths: Int32Array;
  /** log(sum(exp(logits))) of the last step. */
  readonly logSums: Float32Array;
}

/** How a kind of memory steps and grows. */
export interface RowMemoryOps<M extends RowMemory> {
  readonly capacity: number;
  /** Appends a token to each row of the memory: logits [batch, vocab]. */
  step(memory: M, ids: readonly Int32Array[]): Promise<HostTensor<'float32'>>;
  /** A memory of more rows, as wide as this one. */
  larger(memory: M, batch: number): M;
  /** Copies the filled positions of a row. */
  copy(from: M, source: number, to: M, target: number): void;
}

/** Rows of a memory. */
export class SlotRows<M extends RowMemory> implements Rows {
  readonly logits: Logits;
  /** Fed again and again. */
  private readonly next: Int32Array[];
  private data: Float32Array = new Float32Array();

  constructor(
    readonly memory: M,
    private readonly o: RowMemoryOps<M> & { vocabSize: number },
    /** The row of the memory for each row. */
    private readonly slots: readonly number[] = Array.from({ length: memory.batch }, (_, i) => i),
  ) {
    const { vocabSize } = o;
    this.next = Array.from({ length: memory.batch }, () => new Int32Array(1));
    this.logits = {
      at: (i) => this.data.subarray((slots[i] as number) * vocabSize, ((slots[i] as number) + 1) * vocabSize),
      logSum: (i) => memory.logSums[slots[i] as number] as number,
    };
  }

  get count(): number {
    return this.slots.length;
  }

  /** Takes [batch, vocab]. */
  take({ data }: HostTensor<'float32'>): Logits {
    this.data = data;
    return this.logits;
  }

  /** `Policy.step`. */
  async step(ids: ArrayLike<number>): Promise<Logits> {
    const { memory, slots, next, o } = this;
    let active = 0;
    for (let i = 0; i < slots.length; i++) {
      const id = ids[i] as number;
      (next[slots[i] as number] as Int32Array)[0] = Math.max(id, 0);
      if (id >= 0) active++;
    }
    if (active === memory.batch) return this.take(await o.step(memory, next));
    // An idle row computes garbage at a position that nobody reads and that its own next token overwrites.
    const lengths = memory.lengths.slice();
    const isActive = new Set(slots.filter((_, i) => (ids[i] as number) >= 0));
    const idle = [...lengths.keys()].filter((slot) => !isActive.has(slot));
    for (const slot of idle) memory.lengths[slot] = Math.min(lengths[slot] as number, o.capacity - 1);
    const logits = await o.step(memory, next);
    for (const slot of idle) memory.lengths[slot] = lengths[slot] as number;
    return this.take(logits);
  }

  /** `Policy.select`. */
  select(parents: readonly number[], reserve = parents.length): SlotRows<M> {
    const { memory, slots, o } = this;
    const sources = parents.map((parent) => slots[parent] as number);
    const most = Math.max(parents.length, reserve);
    if (most > memory.batch) {
      const larger = o.larger(memory, most);
      for (const [slot, source] of sources.entries()) o.copy(memory, source, larger, slot);
      return new SlotRows(larger, o, [...parents.keys()]);
    }
    // The first that goes on from a row stays where that is, the others get copies in rows that nothing goes on from.
    const free = [...memory.lengths.keys()].filter((slot) => !sources.includes(slot));
    const stayed = new Set<number>();
    const placed = sources.map((source) => {
      if (!stayed.has(source)) {
        stayed.add(source);
        return source;
      }
      const slot = free.shift() as number;
      o.copy(memory, source, memory, slot);
      return slot;
    });
    return new SlotRows(memory, o, placed);
  }
}
