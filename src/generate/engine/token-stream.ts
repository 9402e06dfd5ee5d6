// The events of one request on their way to its reader: a bounded buffer that says when it is full, and what happens to a reader that stops.

import type { FinishReason, Piece } from '../tokens.js';

/** What a request took. */
export interface Usage {
  promptTokens: number;
  /** Of the prompt, positions whose keys and values came from the prefix cache. */
  cachedTokens: number;
  completionTokens: number;
  /** Of the completion, tokens that prompt lookup proposed and the model confirmed. */
  lookupTokens: number;
}

/** A part of a reply, as `Mllm.stream` gives it; the last one also says what the request took. */
export interface TokenEvent extends Piece {
  finish?: FinishReason;
  usage?: Usage;
}

/** How a stream and its engine talk. */
export interface StreamHooks {
  /** The reader took an event from a full buffer: the row may go on. */
  onRoom(): void;
  /** The reader has gone (`break`, `return()`). */
  onLeave(): void;
  /** The buffer has been full for too long. */
  onTimeout(): void;
  /** Nothing more will come, whatever the reason. */
  onEnd(): void;
}

/** The reply to one request; read it once, with `for await`. */
export class TokenStream implements AsyncIterableIterator<TokenEvent> {
  private readonly events: TokenEvent[] = [];
  private waiting: { resolve(r: IteratorResult<TokenEvent>): void; reject(e: unknown): void }[] = [];
  private ended = false;
  private failure: { error: unknown } | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    /** Number of the request within its engine. */
    readonly id: number,
    private readonly limits: { buffer: number; timeout: number },
    private readonly hooks: StreamHooks,
  ) {}

  /** True when nothing more will come. */
  get over(): boolean {
    return this.ended;
  }

  /** True when the reader must read before more is made. */
  get full(): boolean {
    return this.events.length >= this.limits.buffer;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<TokenEvent>> {
    if (this.failure) {
      const { error } = this.failure;
      this.failure = undefined; // once; then the stream is over
      return Promise.reject(error);
    }
    const wasFull = this.full;
    const event = this.events.shift();
    if (event) {
      if (wasFull && this.full) this.timer?.refresh();
      else if (wasFull) {
        clearTimeout(this.timer);
        this.hooks.onRoom();
      }
      return Promise.resolve({ value: event, done: false });
    }
    if (this.ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  /** Cancels the request: its row is free at once. */
  return(): Promise<IteratorResult<TokenEvent>> {
    if (!this.ended) this.hooks.onLeave();
    this.end();
    this.events.length = 0;
    return Promise.resolve({ value: undefined, done: true });
  }

  /** Engine's side: one more event. */
  push(event: TokenEvent): void {
    if (this.ended) return;
    const reader = this.waiting.shift();
    if (reader) {
      reader.resolve({ value: event, done: false });
      return;
    }
    this.events.push(event);
    if (!this.full || this.events.length > this.limits.buffer) return;
    this.timer = setTimeout(() => this.hooks.onTimeout(), this.limits.timeout);
    this.timer.unref();
  }

  /** Engine's side: nothing more will come. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.timer);
    this.hooks.onEnd();
    for (const { resolve } of this.waiting) resolve({ value: undefined, done: true });
    this.waiting = [];
  }

  /** Engine's side: the request failed; what was not read yet is dropped. */
  fail(error: unknown): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.timer);
    this.hooks.onEnd();
    this.events.length = 0;
    const reader = this.waiting.shift();
    if (reader) reader.reject(error);
    else this.failure = { error };
    for (const { resolve } of this.waiting) resolve({ value: undefined, done: true });
    this.waiting = [];
  }
}
