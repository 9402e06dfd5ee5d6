// Several replies of an encoder-decoder at a time: they cannot be one batch, so they take turns, one token each.

import { SensoriumError } from '../util/errors.js';
import type { ChatOptions } from './mllm.js';
import type { Seq2SeqLm } from './seq2seq-lm.js';
import type { Piece } from './tokens.js';

/** Replies in turn over a model, which stays its owner's. What a request generates does not depend on what else runs. */
export class Seq2SeqQueue {
  private readonly closing = new AbortController();
  private last: Promise<unknown> = Promise.resolve();

  constructor(readonly model: Seq2SeqLm) {}

  /** Streams a reply, computed as it is read. Errors: those of `Seq2SeqLm.chat`, and `generate.closed` after `dispose`. */
  async *submit(request: ChatOptions): AsyncGenerator<Piece> {
    const signal = request.signal ? AbortSignal.any([request.signal, this.closing.signal]) : this.closing.signal;
    signal.throwIfAborted();
    const steps = this.model.chat({ ...request, signal });
    try {
      for (;;) {
        const { value, done } = await this.turn(() => steps.next());
        if (done) return;
        yield value;
      }
    } finally {
      await steps.return(undefined);
    }
  }

  /** Ends all replies with `generate.closed` and resolves when the model computes nothing more. The model is left alone. */
  async dispose(): Promise<void> {
    this.closing.abort(new SensoriumError('generate.closed', 'the model takes no more requests'));
    await this.last;
  }

  /** One step after those that were asked for before: first come, first served, and whoever took a step comes last again. */
  private turn<T>(step: () => Promise<T>): Promise<T> {
    const mine = this.last.then(step);
    this.last = mine.catch(() => {}); // its owner has the error; the next one is not concerned
    return mine;
  }
}
