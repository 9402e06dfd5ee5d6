// What a request says in an engine, token by token, as events for its reader.

import type { Within } from '../processors/row.js';
import { ReplyBuilder, type ReplyParts } from '../reply-builder.js';
import type { TokenStream, Usage } from './token-stream.js';

/** A reply in the making, whatever row of whatever model gives its logits. */
export abstract class Reply {
  /** Nothing more is to be computed for it. */
  done = false;
  /** Resolves when the next token can be chosen; undefined where it can be chosen now. Never rejects. */
  ready: Promise<void> | undefined;
  private readonly builder: ReplyBuilder;

  constructor(
    readonly stream: TokenStream,
    parts: ReplyParts,
    /** Called when a reply that was not ready can go on. */
    private readonly wake: () => void = () => {},
  ) {
    this.builder = new ReplyBuilder(parts);
    this.prepare();
  }

  /** Tokens so far. */
  get generated(): readonly number[] {
    return this.builder.ids;
  }
  /** Tokens that may still come. */
  get remaining(): number {
    return this.builder.remaining;
  }

  /**
   * Chooses a token from the logits after the last position and gives it to the reader. Returns true when the reply ends with it. `within`: see
   * `Logits.within`.
   */
  accept(logits: Float32Array, logSum: number, within?: Within): boolean {
    const piece = this.builder.accept(logits, logSum, within);
    if (!piece.finish) {
      this.stream.push(piece);
      this.prepare();
      return false;
    }
    this.stream.push({ ...piece, usage: this.usage() });
    this.stream.end();
    this.done = true;
    return true;
  }

  /** What the request took. */
  protected abstract usage(): Usage;

  /** Begins what the next choice needs. Where that fails the choice fails too, and says why. */
  private prepare(): void {
    const work = this.builder.prepare(() => this.stream.over);
    if (!work) return;
    const over = (): void => {
      this.ready = undefined;
      this.wake();
    };
    this.ready = work.then(over, over);
  }
}
