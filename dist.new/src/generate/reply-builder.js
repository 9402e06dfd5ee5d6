// A reply in the making: the choice of each token, end tokens, stop strings, the limit, and the text so far. Every loop and engine uses it.
import { RowChooser } from './processors/row.js';
import { StoppingText } from './stops.js';
/** The state of one reply, whatever gives its logits. */
export class ReplyBuilder {
    parts;
    /** The token chosen last, an end token included. */
    choice;
    chooser;
    decoded;
    text;
    /** Throws `generate.option` and `constrain.*`. */
    constructor(parts) {
        this.parts = parts;
        const { tokenizer, promptIds, options, text = true } = parts;
        this.chooser = RowChooser.create(tokenizer, promptIds, options.choose, options.endIds);
        this.text = new StoppingText(text ? options.stops : []);
        this.decoded = text ? tokenizer?.stream({ skipSpecial: true, skipUnknown: true }) : undefined;
    }
    /** Tokens so far, without an end token. */
    get ids() {
        return this.chooser.ids;
    }
    /** Tokens that may still come. */
    get remaining() {
        return this.parts.options.limit - this.ids.length;
    }
    /** Prepares the next choice where that takes long; undefined where it can be made now. `over`: nobody waits for it any more. */
    prepare(over) {
        return this.chooser.prepare(over);
    }
    /**
     * Chooses a token from the logits [vocab] after the last position. Text that could begin a stop string is held back until it is known
     * not to. The piece with `finish` is the last. `within`: see `Logits.within`.
     */
    accept(logits, logSum, within) {
        const { chooser, parts } = this;
        const token = chooser.choose(logits, logSum, within);
        this.choice = token;
        if (chooser.isEnd(token.id))
            return { text: this.rest().text, end: token, finish: 'stop' };
        chooser.accept(token.id);
        const fresh = this.text.push(this.decoded?.push(token.id) ?? '', this.ids.length >= parts.options.minTokens);
        if (fresh.stopped)
            return { text: fresh.text, token, finish: 'stop' };
        const { ended } = chooser;
        if (!ended && this.remaining > 0)
            return { text: fresh.text, token };
        const { text, stopped } = this.rest();
        return { text: fresh.text + text, token, finish: stopped || ended ? 'stop' : 'length' };
    }
    rest() {
        return this.text.end(this.decoded?.end() ?? '');
    }
}
//# sourceMappingURL=reply-builder.js.map