// Spaces before punctuation and contractions, taken away as transformers does it (clean_up_tokenization_spaces), in a text or in a stream.
const PAIRS = [
    [' .', '.'],
    [' ?', '?'],
    [' !', '!'],
    [' ,', ','],
    [" ' ", "'"],
    [" n't", "n't"],
    [" 'm", "'m"],
    [" 's", "'s"],
    [" 've", "'ve"],
    [" 're", "'re"],
];
const replaced = (text, pairs) => pairs.reduce((out, [from, to]) => (out.includes(from) ? out.replaceAll(from, to) : out), text);
/** The clean-up of a whole text. */
export const cleanUpSpaces = (text) => (text.includes(' ') ? replaced(text, PAIRS) : text);
const WORD_PIECE_PAIRS = PAIRS.toSpliced(7, 0, [' do not', " don't"]);
/** The clean-up of one token by tokenizers' WordPiece and CTC decoders. */
export const wordPieceCleanUp = (token) => replaced(token, WORD_PIECE_PAIRS);
/** Characters that a pattern can have before its last one. */
const INNER = new Set(" 'nvr");
/** Patterns reach no further back than this: each is four characters at most, and " ' " can bring one of them together. */
const REACH = 8;
/** The clean-up of a text that comes in pieces. */
export class SpaceCleanUp {
    held = '';
    /** Adds text; returns what is certain. */
    push(text) {
        this.held += text;
        const cut = this.certain();
        const out = cleanUpSpaces(this.held.slice(0, cut));
        this.held = this.held.slice(cut);
        return out;
    }
    /** The rest. */
    end() {
        const rest = cleanUpSpaces(this.held);
        this.held = '';
        return rest;
    }
    /** Where a pattern could begin that further text completes: the first space among the last characters that a pattern can have. */
    certain() {
        const { held } = this;
        let cut = held.length;
        for (let i = held.length - 1; i >= Math.max(0, held.length - REACH) && INNER.has(held[i]); i--)
            if (held[i] === ' ')
                cut = i;
        return cut;
    }
}
//# sourceMappingURL=clean-up.js.map