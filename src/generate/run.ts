// The token loop: prompts are computed, then one token at a time for every row until each has an end token, a stop string or its limit.

import type { Policy, Prompt } from './policy.js';
import type { Piece, ReplyBuilder } from './reply-builder.js';

/**
 * Replies of a policy to prompts, one `ReplyBuilder` each. Yields after every step the new piece of each row, undefined for those that
 * have ended; the array is used again.
 */
export async function* runReplies(
  policy: Policy,
  prompts: readonly Prompt[],
  { replies, signal }: { replies: readonly ReplyBuilder[]; signal?: AbortSignal },
): AsyncGenerator<readonly (Piece | undefined)[]> {
  signal?.throwIfAborted();
  const rows = await policy.start(prompts);
  const ids = new Int32Array(prompts.length);
  const pieces: (Piece | undefined)[] = new Array(prompts.length).fill(undefined);
  let { logits } = rows;
  for (let left = prompts.length; ; ) {
    signal?.throwIfAborted();
    for (let b = 0; b < ids.length; b++) {
      pieces[b] = undefined;
      if ((ids[b] as number) < 0) continue;
      const reply = replies[b] as ReplyBuilder;
      const piece = reply.accept(logits.at(b), logits.logSum(b));
      pieces[b] = piece;
      if (piece.finish) left--;
      ids[b] = piece.finish ? -1 : (reply.choice?.id as number);
    }
    yield pieces;
    if (left === 0) return;
    logits = await policy.step(rows, ids);
  }
}
