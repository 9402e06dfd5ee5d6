// Token ids to text, one token at a time, never emitting half a UTF-8 character.
import { TokenDecoder } from './token-decoder.js';
/**
 * Streaming detokenizer: `push` returns the text that is certain by now, `end` what is left. All returned strings joined are the text, in
 * time linear in the number of tokens. Throws as `Tokenizer.decode` does.
 */
export class DecodeStream {
    tokenizer;
    options;
    eager;
    utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
    /** For tokenizers that are not byte-level. */
    decoder;
    /** `eager`: see `TokenDecoderOptions`. */
    constructor(tokenizer, options = {}, eager = true) {
        this.tokenizer = tokenizer;
        this.options = options;
        this.eager = eager;
        const { json, cleansUp: cleanUp, byteLevel } = tokenizer;
        this.decoder = byteLevel && !cleanUp ? undefined : new TokenDecoder(json.decoder, { eager, cleanUp });
    }
    /** Adds one token; returns the text that it completes, often ''. */
    push(id) {
        const { tokenizer, decoder } = this;
        const { skipSpecial, skipUnknown } = this.options;
        const token = tokenizer.token(id);
        if (token === undefined) {
            if (skipUnknown)
                return '';
            throw tokenizer.noToken(id);
        }
        const special = tokenizer.isSpecial(id);
        if (decoder)
            return special && skipSpecial ? '' : decoder.push(token);
        // In a whole text, skipped tokens are as if they were not there.
        if (special && skipSpecial && !this.eager)
            return '';
        if (!special)
            return this.utf8.decode(tokenizer.tokenBytes(id), { stream: true });
        // A special token is not part of the bytes around it: an unfinished character before it never gets its rest.
        const rest = this.utf8.decode();
        return skipSpecial ? rest : rest + token;
    }
    /** Ends the text; an unfinished character comes out as U+FFFD. The stream can be used again afterwards. */
    end() {
        return this.decoder ? this.decoder.end() : this.utf8.decode();
    }
}
//# sourceMappingURL=decode-stream.js.map