// Iteration-level scheduling (Orca): before every step rows may join or leave; a step is a chunk's worth of prompts and one token of all others.

import type { Logits } from '../policy.js';
import { cutAfter } from '../reach.js';
import { type Rows, turn } from './intake.js';
import type { KvMemory } from './kv-memory.js';
import { propose } from './lookup.js';
import type { PromptImage } from './model.js';
import type { PrefixCache } from './prefix-cache.js';
import type { Settled } from './request.js';
import type { DecoderReply, EngineRow } from './row.js';
import type { Stepper } from './stepper.js';

/** What an engine has computed. */
export interface StepCounts {
  /** Chunks of prompts, and the tokens in them. */
  chunks: number;
  chunkTokens: number;
  /** Steps of one token for many rows, and the tokens that they gave. */
  decodes: number;
  decodeTokens: number;
  /** Rows copied to close a gap. */
  moves: number;
  /** Prompt lookup: steps that checked a guess, tokens guessed, tokens that were right. */
  checks: number;
  guessed: number;
  confirmed: number;
}

/** Chunks of prompts are rounded up to a multiple of this: ONNX Runtime plans memory once per shape and keeps the plan. */
const PROMPT_MULTIPLE = 16;

/** Closing a gap copies a row; with fewer tokens to come it is cheaper to compute the gap. */
const WORTH_MOVING = 8;

/** The running requests of an engine, each in a row of the key-value memory. */
export class Scheduler implements Rows<DecoderReply> {
  readonly counts: StepCounts = {
    chunks: 0,
    chunkTokens: 0,
    decodes: 0,
    decodeTokens: 0,
    moves: 0,
    checks: 0,
    guessed: 0,
    confirmed: 0,
  };
  private readonly rows: (EngineRow | undefined)[];
  private readonly replies = new Set<DecoderReply>();
  /** A row of a method has got logits in this step. */
  private answered = false;
  /** Rows whose prompt is not computed yet, in turn. */
  private prefilling: EngineRow[] = [];

  constructor(
    private readonly o: {
      kv: KvMemory;
      stepper: Stepper;
      prefix: PrefixCache;
      settings: Settled;
      width: number;
      /** A reply failed: it is to be removed and its reader told. */
      onFailure(reply: DecoderReply, error: unknown): void;
    },
  ) {
    this.rows = new Array(o.settings.slots).fill(undefined);
  }

  get running(): readonly DecoderReply[] {
    return [...this.replies];
  }
  /** Those that no reply has or will need. */
  get freeRows(): number {
    let n = this.rows.length;
    for (const reply of this.replies) n -= reply.needed;
    return n;
  }

  /** Rows are alike: a request fits where as many are free as it takes. */
  fits(reply: DecoderReply): boolean {
    return this.freeRows >= reply.needed;
  }

  /** Gives each row of a reply the first free place. Only when it fits. */
  add(reply: DecoderReply): void {
    this.replies.add(reply);
    for (const row of reply.rows) {
      row.slot = this.rows.indexOf(undefined);
      row.names = this.o.prefix.names(row.prompt.ids, row.prompt.images, { salt: reply.request.cacheSalt, reach: row.prompt.reach });
      this.rows[row.slot] = row;
      this.prefilling.push(row);
    }
  }

  /** Frees the rows of a request. A step that is running does not mind: no row is given away before it is over. */
  remove(reply: DecoderReply): void {
    reply.done = true;
    this.replies.delete(reply);
    for (const row of reply.rows) {
      if (this.rows[row.slot] === row) this.rows[row.slot] = undefined;
      row.turn?.stop();
    }
    this.prefilling = this.prefilling.filter((row) => row.reply !== reply);
  }

  /** One step. Resolves with false when no row can do anything. */
  async step(): Promise<boolean> {
    const stepped = await this.stepRows();
    // What a method was given it answers before the next step, so that its rows are in it.
    if (this.answered) await turn();
    this.answered = false;
    return stepped;
  }

  private async stepRows(): Promise<boolean> {
    this.closeGaps();
    const prompts = await this.prefillSome();
    const rows = this.decodable();
    if (rows.length === 0) return prompts;
    const { lookup } = this.o.settings;
    const batch: EngineRow[] = [];
    for (const s of rows) {
      const guess = lookup && rows.length <= lookup.rows ? this.guess(s) : [];
      if (guess.length === 0) batch.push(s);
      else await this.guarded([s], () => this.check(s, guess));
    }
    const { together } = this.o.settings;
    while (batch.length > 0) {
      const left = batch.splice(0, together).filter((s) => !s.done);
      if (left.length > 0) await this.guarded(left, () => this.decode(left));
    }
    return true;
  }

  /** Rows that wait for their next token, and whose reader keeps up. */
  private decodable(): EngineRow[] {
    return this.rows.filter((s): s is EngineRow => s !== undefined && !s.done && s.ready && !s.paused);
  }

  private async guarded(rows: readonly EngineRow[], run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      for (const s of rows) if (!s.done) this.o.onFailure(s.reply, error);
    }
  }

  /** Chunks of prompts in turn: one, or several that are no longer together than one may be. False when no prompt waits. */
  private async prefillSome(): Promise<boolean> {
    let left = this.o.settings.prefillChunk;
    let any = false;
    // The queue itself: while one is computed, others may leave or join.
    while (this.prefilling.length > 0) {
      const [s] = this.prefilling as [EngineRow];
      const n = this.chunkOf(s);
      if (any && n > left) break;
      this.prefilling.shift();
      left -= n;
      any = true;
      await this.guarded([s], () => this.prefill(s));
    }
    return any;
  }

  /** Tokens of a row's next chunk. */
  private chunkOf({ prompt: { ids, reach }, filled }: EngineRow): number {
    const { prefillChunk } = this.o.settings;
    return cutAfter(reach, filled, Math.min(filled + prefillChunk - (filled % prefillChunk), ids.length)) - filled;
  }

  /** The next chunk of a prompt, after whatever of it is known by now: other rows may have computed the same prefix meanwhile. */
  private async prefill(s: EngineRow): Promise<void> {
    const { prefix, stepper } = this.o;
    const { ids, images } = s.prompt;
    const start = prefix.restore(s.names, s.slot, s.filled, ids.length - 1);
    s.cached += start - s.filled;
    s.filled = start;
    // Chunks end at the same positions whatever was found of the prompt: then what is kept of them is what would be computed again.
    const n = this.chunkOf(s);
    const last = start + n === ids.length;
    const logits = await stepper.chunk({
      slot: s.slot,
      start,
      ids: ids.subarray(start, start + n),
      wanted: last ? 1 : 0,
      images: imagesWithin(images, { start, n, width: this.o.width }),
      positions: s.prompt.positions,
      epsilon: s.epsilon,
      multiple: PROMPT_MULTIPLE,
    });
    this.counts.chunks++;
    this.counts.chunkTokens += n;
    if (s.done) return;
    s.filled = start + n;
    prefix.missed(n);
    prefix.save(s.names, s.slot, start, s.filled);
    if (last) this.accept(s, logits, 0);
    else this.prefilling.push(s);
  }

  /** One token for every row. Rows between them that have no part in it compute garbage at a position that is not filled. */
  private async decode(rows: readonly EngineRow[]): Promise<void> {
    const { tile } = this.o.settings;
    const top = rows.reduce((m, s) => Math.max(m, s.slot), 0);
    const first = rows.length === 1 ? Math.floor(top / tile) * tile : 0;
    const used = this.rows.findLastIndex((s) => s !== undefined) + 1;
    const span = this.o.kv.span(first, Math.ceil((top + 1 - first) / tile) * tile, used);
    const { start: from } = span;
    const ids = new Int32Array(span.count);
    const filled = Int32Array.from(ids, (_, i) => this.rows[from + i]?.filled ?? 0);
    for (const s of rows) ids[s.slot - from] = s.next;
    const offsets = Int32Array.from(ids, (_, i) => this.rows[from + i]?.positionOffset ?? 0);
    const epsilons = Float32Array.from(ids, (_, i) => this.rows[from + i]?.epsilon ?? 0);
    const logits = await this.o.stepper.decode(from, ids, { filled, offsets, epsilons });
    this.counts.decodes++;
    for (const s of rows) {
      if (s.done) continue;
      s.filled++;
      this.counts.decodeTokens++;
      this.accept(s, logits, s.slot - from);
    }
  }

  /** The next token of a row. False when it was the last one; what the row's own processors throw is the row's own failure. */
  private accept(s: EngineRow, logits: Logits, i: number): boolean {
    try {
      if (s.turn) this.answered = true;
      if (!s.accept(logits.at(i), logits.logSum(i))) return true;
      this.leave(s);
    } catch (error) {
      this.o.onFailure(s.reply, error);
    }
    return false;
  }

  private guess(s: EngineRow): number[] {
    const { lookup } = this.o.settings;
    if (!lookup || s.turn) return [];
    const most = Math.min(s.guess, lookup.tokens, s.remaining - 1, this.o.kv.capacity - s.filled - 1);
    return most > 0 ? propose(s.history, { ngram: lookup.ngram, least: lookup.least, tokens: most }) : [];
  }

  /** One step over the last token and a guess of what follows; as many tokens as the guess was right, and one more. */
  private async check(s: EngineRow, guess: readonly number[]): Promise<void> {
    const ids = [s.next, ...guess];
    const { slot, filled: start, positionOffset: offset, epsilon } = s;
    const logits = await this.o.stepper.chunk({ slot, start, ids, wanted: ids.length, offset, epsilon });
    this.counts.checks++;
    this.counts.guessed += guess.length;
    if (s.done) return;
    let right = 0;
    for (let i = 0; i < ids.length; i++) {
      s.filled++;
      if (!this.accept(s, logits, i) || s.next !== guess[i]) break;
      right++;
      s.guessed++;
      if (s.reply.ready) break; // the next token cannot be chosen yet
    }
    this.counts.confirmed += right;
    s.guess = right === guess.length ? s.guess * 2 : Math.max(1, right + 1);
  }

  /** A finished request: its prefix is kept, reply included, for the next turn of the conversation. */
  private leave(s: EngineRow): void {
    const { prefix, settings } = this.o;
    const reply = s.reply;
    this.remove(reply);
    if (!settings.keepReplies) return;
    const { images, reach } = s.prompt;
    const names = prefix.names(s.filledIds(), images, { known: s.names, salt: reply.request.cacheSalt, reach });
    prefix.save(names, s.slot, s.prompt.ids.length, s.filled);
  }

  /** Moves the last decoding rows into free rows before them, so that a step computes few rows for nothing. */
  private closeGaps(): void {
    for (;;) {
      const free = this.rows.indexOf(undefined);
      const top = this.rows.findLastIndex((s) => s?.ready);
      const s = this.rows[top];
      if (!s || free < 0 || free > top || s.remaining < WORTH_MOVING) return;
      this.o.kv.move(top, free, s.filled);
      this.rows[free] = s;
      this.rows[top] = undefined;
      s.slot = free;
      this.counts.moves++;
    }
  }
}

/** Rows of the images that lie in positions [start, start + n), and their places in the chunk. */
function imagesWithin(
  images: readonly PromptImage[],
  { start, n, width }: { start: number; n: number; width: number },
): { rows: Float32Array; at: Int32Array } | undefined {
  const parts = images
    .map((image) => ({ image, from: Math.max(image.start, start), to: Math.min(image.start + image.length, start + n) }))
    .filter(({ from, to }) => from < to);
  const count = parts.reduce((m, { from, to }) => m + to - from, 0);
  if (count === 0) return undefined;
  const rows = new Float32Array(count * width);
  const at = new Int32Array(count);
  let row = 0;
  for (const { image, from, to } of parts) {
    rows.set(image.rows.subarray((from - image.start) * width, (to - image.start) * width), row * width);
    for (let p = from; p < to; p++) at[row++] = p - start;
  }
  return { rows, at };
}
