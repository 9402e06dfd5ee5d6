// The token loop: prompts are computed, then one token at a time for every row until each has an end token, a stop string or its limit.
import { withinOf } from './policy.js';
/** Replies of a policy to prompts, one `ReplyBuilder` each. */
export class ReplyLoop {
    policy;
    prompts;
    o;
    rows;
    ids;
    pieces;
    left;
    constructor(policy, prompts, o) {
        this.policy = policy;
        this.prompts = prompts;
        this.o = o;
        this.left = prompts.length;
        this.ids = new Int32Array(prompts.length);
        this.pieces = new Array(prompts.length).fill(undefined);
    }
    /**
     * A step: the new piece of each row, undefined for those that have ended; undefined where all have. The array is used again.
     * (An async iterator would cost a small model a tenth of its speed.)
     */
    async next() {
        const { policy, ids, pieces, o } = this;
        if (this.left === 0)
            return undefined;
        o.signal?.throwIfAborted();
        const ready = this.prepare();
        if (ready.length > 0)
            await Promise.all(ready);
        if (this.rows)
            await policy.step(this.rows, ids);
        else
            this.rows = await policy.start(this.prompts);
        o.signal?.throwIfAborted();
        const { logits } = this.rows;
        for (let b = 0; b < ids.length; b++) {
            pieces[b] = undefined;
            if (ids[b] < 0)
                continue;
            const reply = o.replies[b];
            const piece = reply.accept(logits.at(b), logits.logSum(b), withinOf(logits, b));
            pieces[b] = piece;
            if (piece.finish)
                this.left--;
            ids[b] = piece.finish ? -1 : reply.choice?.id;
        }
        return pieces;
    }
    /** What must be worked out before the next tokens can be chosen. A failure is the choice's own, which finds it again. */
    prepare() {
        const { signal, replies } = this.o;
        return replies.flatMap((reply, b) => {
            const work = this.ids[b] < 0 ? undefined : reply.prepare(() => signal?.aborted === true);
            return work ? [work.catch(() => { })] : [];
        });
    }
}
//# sourceMappingURL=run.js.map