import type { AddedTokenJson } from './bpe-train.js';
import { Tokenizer } from './tokenizer.js';
/** A token to add. */
export interface NewToken {
    content: string;
    /** Only templates write it, and decoding can leave it out. Default false: text that spells it becomes the token. */
    special?: boolean;
}
/** A tokenizer with tokens added. */
export interface AddedTokens {
    readonly tokenizer: Tokenizer;
    /** The entries that were added to tokenizer.json, ids included. */
    readonly added: readonly AddedTokenJson[];
    /** Tokens that were there already. */
    readonly known: readonly string[];
}
/**
 * Adds tokens behind the last id. Each is one token wherever a text spells it, whatever the normalizer does (`normalized: false`). A word
 * of the model's own vocabulary keeps its id and becomes such a token; one that was added before is left as it is. Errors: `text.tokens`.
 */
export declare function addTokens(tokenizer: Tokenizer, tokens: readonly (string | NewToken)[]): AddedTokens;
/** A tokenizer with entries of `added_tokens`, ids as they are given. Throws `text.tokenizer` for ids that other tokens have. */
export declare function withAdded(tokenizer: Tokenizer, added: readonly AddedTokenJson[]): Omit<AddedTokens, 'known'>;
