// Rows of an encoder-decoder that decode together: between two steps they join and leave, and a step is one token for each of them.

import type { Program } from '../../runtime/compile.js';
import { Pace } from '../../runtime/pace.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import type { ReplyParts } from '../reply-builder.js';
import type { EncodedSource } from '../seq2seq.js';
import { type StepTensors, stepTensors } from '../step-tensors.js';
import { type Rows, turn } from './intake.js';
import type { MethodTurn } from './method-rows.js';
import { Reply } from './reply.js';
import type { RowSize, Seq2SeqMemory } from './seq2seq-memory.js';
import type { TokenStream, Usage } from './token-stream.js';

/** A reply to a source, and its rows. */
export class SourceReply extends Reply {
  readonly rows: SourceRow[] = [];

  constructor(
    /** Rows that it takes. */
    readonly needed: number,
    stream: TokenStream,
    readonly o: Omit<ReplyParts, 'promptIds'> & { startId: number },
    wake: () => void,
  ) {
    super(stream, { ...o, promptIds: [o.startId] }, wake);
  }

  protected usage(): Usage {
    const promptTokens = this.rows[0]?.sourceTokens ?? 0;
    return { promptTokens, cachedTokens: 0, completionTokens: this.generated.length, lookupTokens: 0 };
  }
}

/** A source in a row, and the tokens of the reply to it. */
export class SourceRow {
  /** Tokens whose keys and values are in the row. */
  filled = 0;
  /** Keys and values of the source until they are in the row. */
  cross: EncodedSource['cross'] | undefined;
  readonly sourceTokens: number;

  constructor(
    source: EncodedSource,
    readonly reply: SourceReply,
    /** Of a row that a method steps. */
    readonly turn?: MethodTurn,
  ) {
    this.cross = source.cross;
    this.sourceTokens = source.mask.shape[1] as number;
  }

  get done(): boolean {
    return this.reply.done;
  }
  /** Its reader is slow, its method has no token for it, or its next token cannot be chosen yet. */
  get paused(): boolean {
    return (this.turn ? !this.turn.waits : this.reply.ready !== undefined) || this.reply.stream.full;
  }
  /** The token whose key and value are still missing. */
  get next(): number {
    const { generated } = this.turn ?? this.reply;
    return generated[generated.length - 1] ?? this.reply.o.startId;
  }
  /** Positions that it holds. */
  get holds(): RowSize {
    return { source: this.sourceTokens, reply: this.filled };
  }
  /** Positions that the next step takes. */
  get needs(): RowSize {
    return { source: this.sourceTokens, reply: this.filled + 1 };
  }
  /** Positions that it may come to. */
  get wants(): RowSize {
    return { source: this.sourceTokens, reply: this.reply.o.options.limit };
  }
  /** Takes the logits [vocab] after the last token. */
  accept(logits: Float32Array, logSum: number): void {
    if (this.turn) this.turn.give(logits, logSum);
    else this.reply.accept(logits, logSum);
  }
}

/** What a batch has computed. */
export interface BatchCounts {
  /** Steps, and the tokens that they gave. */
  decodes: number;
  decodeTokens: number;
  /** Rows copied to close a gap. */
  moves: number;
}

/** Steps of one shape: what is fed, and where results go. */
interface Shape extends StepTensors {
  mask: HostTensor<'int32'>;
  logits: HostTensor<'float32'>;
  logSum: HostTensor<'float32'>;
  pace: Pace;
}

/** The running replies of an encoder-decoder, in the first rows of the memory. */
export class Seq2SeqBatch implements Rows<SourceReply> {
  readonly counts: BatchCounts = { decodes: 0, decodeTokens: 0, moves: 0 };
  /** By row; those that are done leave before the next step. */
  private rows: SourceRow[] = [];
  private readonly shapes = new Map<string, Shape>();
  private logits: Float32Array = new Float32Array();

  constructor(
    private readonly o: {
      /** `Seq2SeqDecoder.replies`. */
      program: Program;
      memory: Seq2SeqMemory;
      slots: number;
      vocab: number;
    },
  ) {}

  get running(): readonly SourceReply[] {
    return [...new Set(this.rows.map((r) => r.reply))].filter((reply) => !reply.done);
  }
  get freeRows(): number {
    return this.o.slots - this.rows.filter((r) => !r.done).length;
  }
  /** Bytes of logits kept between steps. */
  get bytes(): number {
    return this.logits.byteLength;
  }

  /** Whether a reply has room beside the running ones, however long they all become. */
  fits(reply: SourceReply): boolean {
    return this.o.memory.fits([...this.rows.filter((r) => !r.done), ...reply.rows].map((r) => r.wants));
  }

  add(reply: SourceReply): void {
    this.closeGaps();
    for (const row of reply.rows) {
      this.layOut([...this.rows, row]);
      this.o.memory.begin(this.rows.length, row.cross as EncodedSource['cross']);
      row.cross = undefined;
      this.rows.push(row);
    }
  }

  /** A step that is running does not mind: no row is given away before it is over. */
  remove(reply: SourceReply): void {
    reply.done = true;
    for (const row of reply.rows) row.turn?.stop();
  }

  /** One token for every row that is not paused. */
  async step(): Promise<boolean> {
    this.closeGaps();
    const top = this.rows.findLastIndex((r) => !r.paused);
    if (top < 0) return false;
    this.layOut(this.rows);
    // A paused row goes along; its token is computed again when it may go on.
    const rows = this.rows.slice(0, top + 1);
    const paused = rows.map((r) => r.paused);
    try {
      const { logits, logSum } = await this.run(rows);
      const { vocab } = this.o;
      rows.forEach((r, b) => {
        if (r.done || paused[b]) return;
        r.filled++;
        this.counts.decodeTokens++;
        this.accept(r, logits.data.subarray(b * vocab, (b + 1) * vocab), logSum.data[b] as number);
      });
    } catch (error) {
      for (const r of rows) if (!r.done) this.fail(r, error);
    }
    // What a method was given it answers before the next step, so that its rows are in it.
    if (rows.some((r) => r.turn)) await turn();
    return true;
  }

  private async run(rows: readonly SourceRow[]): Promise<Pick<Shape, 'logits' | 'logSum'>> {
    const { memory, program } = this.o;
    const count = memory.rows(rows.length, this.rows.length);
    const t = this.shapeFor(count);
    const { source } = memory.width;
    t.mask.data.fill(0);
    t.ids.data.fill(0);
    // Rows beyond those that are stepped compute garbage that nobody reads, where their own next token goes.
    for (let b = rows.length; b < count; b++) t.lengths.data[b] = this.rows[b]?.filled ?? 0;
    rows.forEach((r, b) => {
      t.ids.data[b] = r.next;
      t.lengths.data[b] = r.filled;
      t.mask.data.fill(1, b * source, b * source + r.needs.source);
    });
    t.total.data[0] = this.rows.slice(0, count).reduce((n, r) => Math.max(n, r.filled), 0) + 1;
    this.counts.decodes++;
    const { ids, last, lengths, total, mask, logits, logSum } = t;
    await memory.step(count, ({ past, present }) =>
      t.pace.run(program, { ids, last, lengths, total, source_mask: mask, ...past }, { logits, log_sum: logSum, ...present }),
    );
    return t;
  }

  /** What the row's own processors throw is the row's own failure. */
  private accept(row: SourceRow, logits: Float32Array, logSum: number): void {
    try {
      row.accept(logits, logSum);
    } catch (error) {
      this.fail(row, error);
    }
  }

  private fail({ reply }: SourceRow, error: unknown): void {
    this.remove(reply);
    reply.stream.fail(error);
  }

  /** Moves the last rows into those that are done. */
  private closeGaps(): void {
    for (let i = 0; i < this.rows.length; ) {
      if (!this.rows[i]?.done) {
        i++;
        continue;
      }
      const last = this.rows.pop() as SourceRow;
      if (last.done) continue;
      this.o.memory.move(this.rows.length, i, last.holds);
      this.rows[i] = last;
      this.counts.moves++;
    }
  }

  /** Makes the rows as wide as these need, the next step included. */
  private layOut(rows: readonly SourceRow[]): void {
    this.o.memory.layOut(
      this.rows.map((r) => r.holds),
      rows.map((r) => r.needs),
    );
  }

  private shapeFor(count: number): Shape {
    const { memory, vocab } = this.o;
    const { source, reply } = memory.width;
    const key = `${count}:${source}:${reply}`;
    const known = this.shapes.get(key);
    if (known) return known;
    if (this.logits.length < count * vocab) {
      this.logits = hostTensor('float32', [count, vocab]).data;
      this.shapes.clear();
    }
    const t = stepTensors(count, 1);
    for (let b = 0; b < count; b++) t.last.data[b] = b;
    const mask = hostTensor('int32', [count, source]);
    const logits = hostTensor('float32', [count, vocab], this.logits.subarray(0, count * vocab));
    const logSum = hostTensor('float32', [count]);
    const shape: Shape = { ...t, mask, logits, logSum, pace: new Pace() };
    this.shapes.set(key, shape);
    return shape;
  }
}
