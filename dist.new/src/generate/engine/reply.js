// What a request says in an engine, token by token, as events for its reader.
import { ReplyBuilder } from '../reply-builder.js';
/** A reply in the making, whatever row of whatever model gives its logits. */
export class Reply {
    stream;
    wake;
    /** Nothing more is to be computed for it. */
    done = false;
    /** Resolves when the next token can be chosen; undefined where it can be chosen now. Never rejects. */
    ready;
    builder;
    constructor(stream, parts, 
    /** Called when a reply that was not ready can go on. */
    wake = () => { }) {
        this.stream = stream;
        this.wake = wake;
        this.builder = new ReplyBuilder(parts);
        this.prepare();
    }
    /** Tokens so far. */
    get generated() {
        return this.builder.ids;
    }
    /** Tokens that may still come. */
    get remaining() {
        return this.builder.remaining;
    }
    /**
     * Chooses a token from the logits after the last position and gives it to the reader. Returns true when the reply ends with it. `within`: see
     * `Logits.within`.
     */
    accept(logits, logSum, within) {
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
    /** Begins what the next choice needs. Where that fails the choice fails too, and says why. */
    prepare() {
        const work = this.builder.prepare(() => this.stream.over);
        if (!work)
            return;
        const over = () => {
            this.ready = undefined;
            this.wake();
        };
        this.ready = work.then(over, over);
    }
}
//# sourceMappingURL=reply.js.map