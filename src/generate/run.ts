// The token loop: prompts are computed, then one token at a time for every row until each has an end token, a stop string or its limit.

import { type Policy, type Prompt, type Rows, withinOf } from './policy.js';
import type { Piece, ReplyBuilder } from './reply-builder.js';

/** Replies of a policy to prompts, one `ReplyBuilder` each. */
export class ReplyLoop {
  private rows: Rows | undefined;
  private readonly ids: Int32Array;
  private readonly pieces: (Piece | undefined)[];
  private left: number;

  constructor(
    private readonly policy: Policy,
    private readonly prompts: readonly Prompt[],
    private readonly o: { replies: readonly ReplyBuilder[]; signal?: AbortSignal },
  ) {
    this.left = prompts.length;
    this.ids = new Int32Array(prompts.length);
    this.pieces = new Array(prompts.length).fill(undefined);
  }

  /**
   * A step: the new piece of each row, undefined for those that have ended; undefined where all have. The array is used again.
   * (An async iterator would cost a small model a tenth of its speed.)
   */
  async next(): Promise<readonly (Piece | undefined)[] | undefined> {
    const { policy, ids, pieces, o } = this;
    if (this.left === 0) return undefined;
    o.signal?.throwIfAborted();
    const ready = this.prepare();
    if (ready.length > 0) await Promise.all(ready);
    if (this.rows) await policy.step(this.rows, ids);
    else this.rows = await policy.start(this.prompts);
    o.signal?.throwIfAborted();
    const { logits } = this.rows;
    for (let b = 0; b < ids.length; b++) {
      pieces[b] = undefined;
      if ((ids[b] as number) < 0) continue;
      const reply = o.replies[b] as ReplyBuilder;
      const piece = reply.accept(logits.at(b), logits.logSum(b), withinOf(logits, b));
      pieces[b] = piece;
      if (piece.finish) this.left--;
      ids[b] = piece.finish ? -1 : (reply.choice?.id as number);
    }
    return pieces;
  }

  /** What must be worked out before the next tokens can be chosen. A failure is the choice's own, which finds it again. */
  private prepare(): Promise<void>[] {
    const { signal, replies } = this.o;
    return replies.flatMap((reply, b) => {
      const work = (this.ids[b] as number) < 0 ? undefined : reply.prepare(() => signal?.aborted === true);
      return work ? [work.catch(() => {})] : [];
    });
  }
}
