import type { ChatMessage } from './messages.js';
import type { Tokenizer } from './tokenizer.js';
/** What may be counted of a prompt. */
export interface PromptSize {
    /** Tokens that it may have. */
    limit: number;
    /** The template may leave out white space around a text. */
    trims?: boolean;
    variables?: Readonly<Record<string, unknown>>;
}
/**
 * A number of tokens above `limit` that a prompt has at least; undefined for one that may fit. What templates may leave out, white space around a
 * text and earlier thoughts, is not counted.
 */
export declare function exceeds(tokenizer: Tokenizer, prompt: string | readonly number[] | readonly ChatMessage[], { limit, trims, variables }: PromptSize): number | undefined;
