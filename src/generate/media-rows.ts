// The rows of all images of the sequences in a cache, for adapters that attend to them at every step.

import { type HostTensor, hostTensor } from '../util/host.js';

/** Inputs of a decode graph whose adapters read media. */
export type MediaFeeds = Record<'media' | 'media_sequences' | 'media_places', HostTensor>;

/** Rows in the order in which they came, with the sequence and the place of each. */
export class MediaRows {
  private rows: Float32Array[] = [];
  private sequences: number[] = [];
  private places: number[] = [];
  private made: MediaFeeds | undefined;
  constructor(private readonly width: number) {}

  /** features: [m, width] at the flat positions `at` of a step of `n` tokens for each sequence, which had `lengths` tokens before. */
  append(features: HostTensor<'float32'>, at: Int32Array, { n, lengths }: { n: number; lengths: Int32Array }): void {
    if (at.length === 0) return;
    for (const [i, flat] of at.entries()) {
      const sequence = Math.floor(flat / n);
      this.rows.push(features.data.slice(i * this.width, (i + 1) * this.width));
      this.sequences.push(sequence);
      this.places.push((lengths[sequence] as number) + (flat % n));
    }
    this.made = undefined;
  }

  /** Forgets rows at `length` and behind it. */
  truncate(length: number): void {
    this.keep((i) => (this.places[i] as number) < length);
  }

  /** Gives the sequence `target` the rows of `source` in `from`, in place of its own. */
  copyRow(from: MediaRows, source: number, target: number): void {
    const taken = from.sequences.flatMap((sequence, i) => (sequence === source ? [[from.rows[i], from.places[i]] as const] : []));
    this.keep((i) => this.sequences[i] !== target);
    for (const [row, place] of taken) {
      this.rows.push(row as Float32Array);
      this.sequences.push(target);
      this.places.push(place as number);
    }
  }

  /** At least one row: one of nobody's where there are none. */
  feeds(): MediaFeeds {
    if (this.made) return this.made;
    const m = Math.max(1, this.rows.length);
    const media = hostTensor('float32', [m, this.width]);
    for (const [i, row] of this.rows.entries()) media.data.set(row, i * this.width);
    const of = (values: readonly number[]): HostTensor<'int32'> => hostTensor('int32', [m], values.length > 0 ? [...values] : [-1]);
    this.made = { media, media_sequences: of(this.sequences), media_places: of(this.places) };
    return this.made;
  }

  private keep(wanted: (i: number) => boolean): void {
    const kept = [...this.rows.keys()].filter(wanted);
    this.rows = kept.map((i) => this.rows[i] as Float32Array);
    this.sequences = kept.map((i) => this.sequences[i] as number);
    this.places = kept.map((i) => this.places[i] as number);
    this.made = undefined;
  }
}
