// Keys and values of replies of an encoder-decoder that decode together: of their sources, and of what they said.

import type { Program } from '../../runtime/compile.js';
import { SensoriumError } from '../../util/errors.js';
import type { KvKind, KvView } from '../kv.js';
import { bytesPerPosition, type KvMemory, kvMemory } from './kv-memory.js';
import { roundRows } from './resident-slots.js';

/** Rows are no narrower: products over few positions take as long, and the program meets fewer shapes. */
const NARROWEST = 64;

/** Positions of one row. */
export interface RowSize {
  source: number;
  reply: number;
}

/** Most positions that a memory of `slots` rows may have, and the bytes that it may take. */
export interface MemoryBudget {
  slots: number;
  kvBytes: number;
  most: RowSize;
}

/**
 * Two memories of one budget. All rows of one are as wide as the longest of them needs, doubled from 64: a step goes over the width of
 * all its rows, and short rows leave room for more of them.
 */
export class Seq2SeqMemory {
  /** Most tokens of a source and of a reply: those of the model, or fewer where the budget does not hold one row of them. */
  readonly most: RowSize;
  private readonly sources: KvMemory;
  private readonly replies: KvMemory;
  /** Positions of all rows together. */
  private readonly room: RowSize;
  /** On a device there may be more rows than are used. */
  private readonly isResident: boolean;

  /** Throws `generate.option` for a budget that does not hold one short row. */
  constructor(
    program: Program,
    readonly budget: MemoryBudget,
  ) {
    const { slots, kvBytes, most } = budget;
    const [perSource, perReply] = [bytesPerPosition(program, 'cross'), bytesPerPosition(program, 'past')];
    const row = most.source * perSource + most.reply * perReply;
    const share = Math.min(slots, kvBytes / row);
    const part = (n: number): number => Math.floor(n * share);
    this.room = { source: part(most.source), reply: part(most.reply) };
    this.most = { source: Math.min(most.source, this.room.source), reply: Math.min(most.reply, this.room.reply) };
    const least = { source: Math.min(NARROWEST, most.source), reply: Math.min(NARROWEST, most.reply) };
    if (this.most.source < least.source || this.most.reply < least.reply)
      throw new SensoriumError('generate.option', 'kvBytes holds too little', {
        place: 'kvBytes',
        expected: `at least ${Math.ceil(row * Math.max(least.source / most.source, least.reply / most.reply))}`,
        got: String(kvBytes),
        hint: 'Give more bytes',
      });
    this.isResident = program.runtime?.memory !== undefined;
    const memory = (positions: number, kind: KvKind): KvMemory => kvMemory(program, this.isResident ? slots : 1, positions, kind);
    this.sources = memory(this.room.source, 'cross');
    this.replies = memory(this.room.reply, 'past');
  }

  get bytes(): number {
    return this.sources.bytes + this.replies.bytes;
  }

  /** Positions of every row as they are laid out now. */
  get width(): RowSize {
    return { source: this.sources.capacity, reply: this.replies.capacity };
  }

  /** Whether rows of at most this many positions each have room together. */
  fits(rows: readonly RowSize[]): boolean {
    if (rows.length > this.budget.slots) return false;
    const { source, reply } = this.widthFor(rows);
    const count = this.isResident ? roundRows(rows.length, this.budget.slots) : rows.length;
    return count * source <= this.room.source && count * reply <= this.room.reply;
  }

  /** Makes the rows as wide as they must be. `filled` is what the used rows hold, `wanted` what all rows will hold. */
  layOut(filled: readonly RowSize[], wanted: readonly RowSize[]): void {
    const { source, reply } = this.widthFor(wanted);
    const { width } = this;
    const of = (what: keyof RowSize): number[] => filled.map((row) => row[what]);
    if (source !== width.source) this.sources.layOut(source, of('source'));
    if (reply !== width.reply) this.replies.layOut(reply, of('reply'));
  }

  /** A row for a source with these keys and values (`cross.LAYER.key`, `.value`), with nothing said yet. */
  begin(slot: number, cross: Parameters<KvMemory['put']>[1]): void {
    this.sources.put(slot, cross);
    this.replies.clear(slot);
  }

  /** Copies a row that holds this much to another place. */
  move(from: number, to: number, { source, reply }: RowSize): void {
    this.sources.move(from, to, source);
    this.sources.clear(to, source);
    this.replies.move(from, to, reply);
    this.replies.clear(to, reply);
  }

  /** The rows that a step over the first `count` of `used` goes over. */
  rows(count: number, used: number): number {
    this.sources.span(0, count, used);
    return this.replies.span(0, count, used).count;
  }

  /** Runs a step over the first `count` rows, as many as `rows` gave. */
  step<T>(count: number, run: (view: KvView) => Promise<T>): Promise<T> {
    const all = { start: 0, count };
    return this.sources.step(all, (sources) =>
      this.replies.step(all, ({ past, present }) => run({ past: { ...sources.past, ...past }, present })),
    );
  }

  dispose(): void {
    this.sources.dispose();
    this.replies.dispose();
  }

  private widthFor(rows: readonly RowSize[]): RowSize {
    const wide = (what: keyof RowSize): number => {
      const longest = rows.reduce((n, row) => Math.max(n, row[what]), NARROWEST);
      return Math.min(this.most[what], 2 ** Math.ceil(Math.log2(longest)));
    };
    return { source: wide('source'), reply: wide('reply') };
  }
}
