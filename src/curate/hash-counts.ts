// Counts of 64-bit keys in typed arrays: 12 bytes and a half-empty slot for each, where a Map would take a hundred.

import type { Bits64 } from './image-hash.js';

/** How often each key was added. Open addressing, doubled when it is more than half full. */
export class HashCounts {
  private keys = new Uint32Array(2 * 1024);
  private counts = new Uint32Array(1024);
  private used = 0;

  /** Different keys. */
  get size(): number {
    return this.used;
  }

  /** The count of a key; 0 for one that was not added. */
  get(key: Bits64): number {
    return this.counts[this.slot(key)] as number;
  }

  /** Adds a key and gives its count. */
  add(key: Bits64): number {
    if (this.used * 2 >= this.counts.length) this.grow();
    const at = this.slot(key);
    if (this.counts[at] === 0) {
      this.used++;
      this.keys[2 * at] = key.high;
      this.keys[2 * at + 1] = key.low;
    }
    this.counts[at] = (this.counts[at] as number) + 1;
    return this.counts[at] as number;
  }

  /** Keys with a count above `most`. */
  *above(most: number): Generator<Bits64> {
    for (let at = 0; at < this.counts.length; at++)
      if ((this.counts[at] as number) > most) yield { high: this.keys[2 * at] as number, low: this.keys[2 * at + 1] as number };
  }

  private slot({ high, low }: Bits64): number {
    const mask = this.counts.length - 1;
    for (let at = (high ^ Math.imul(low, 0x9e3779b1)) & mask; ; at = (at + 1) & mask)
      if (this.counts[at] === 0 || (this.keys[2 * at] === high >>> 0 && this.keys[2 * at + 1] === low >>> 0)) return at;
  }

  private grow(): void {
    const { keys, counts } = this;
    this.keys = new Uint32Array(keys.length * 2);
    this.counts = new Uint32Array(counts.length * 2);
    for (let i = 0; i < counts.length; i++) {
      if (counts[i] === 0) continue;
      const at = this.slot({ high: keys[2 * i] as number, low: keys[2 * i + 1] as number });
      this.keys[2 * at] = keys[2 * i] as number;
      this.keys[2 * at + 1] = keys[2 * i + 1] as number;
      this.counts[at] = counts[i] as number;
    }
  }
}
