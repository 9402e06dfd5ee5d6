import type { Mllm } from '../generate/mllm.js';
import { type ChatMessage } from '../text/index.js';
import { type Row } from './benchmark.js';
/** A reply that has come: to which of the conversations, and whether it was there before. */
export interface ReplyTold {
    place: number;
    reply: string;
    kept?: boolean;
}
/** How replies are asked for. */
export interface ReplyOptions {
    /** Longest reply in tokens. */
    maxTokens: number;
    signal?: AbortSignal;
    /** May be called after each reply, in any order; with the reply, it is kept at once. */
    onReply?: (told?: ReplyTold) => void;
    /** Called for a conversation, by its place, that has no reply, and why: the server refused it, its file has none. What stands for its reply is not read. */
    onFailed?: (index: number, reason: string) => void;
}
/** How replies to rows are asked for. */
export type RowReplyOptions = Pick<ReplyOptions, 'signal' | 'onFailed'> & {
    bench: string;
};
/** How choices are ranked. */
export interface RankOptions {
    signal?: AbortSignal;
    /** May be called after each item, with its place and that of its most probable choice. */
    onRank?: (place: number, best: number) => void;
}
/** A conversation whose reply is one of some choices. */
export interface RankItem {
    messages: readonly ChatMessage[];
    choices: readonly string[];
}
/** What benchmarks ask: a model, or a baseline. It is given conversations only, never the truth. */
export interface Responder {
    /** One reply to each conversation, in order. */
    replies(conversations: readonly (readonly ChatMessage[])[], options: ReplyOptions): Promise<string[]>;
    /** The place of the most probable of some choices as reply, for each conversation; absent where probabilities are not to be had. */
    rank?(items: readonly RankItem[], options: RankOptions): Promise<number[]>;
    /**
     * In place of `replies` for what knows rows by their ids, such as a file of replies: one reply to each row of a benchmark, in order. It is
     * not asked about the mean image.
     */
    repliesToRows?(rows: readonly Row[], options: RowReplyOptions): Promise<string[]>;
}
/** A responder that may lack some replies, as recorded ones do: undefined stands in their place, and the runner names their rows. */
export interface PartialResponder {
    replies(conversations: readonly (readonly ChatMessage[])[], options: ReplyOptions): Promise<(string | undefined)[]>;
    rank?(items: readonly RankItem[], options: RankOptions): Promise<(number | undefined)[]>;
    repliesToRows?: Responder['repliesToRows'];
}
/** A responder that holds memory. */
export interface ModelResponder extends Responder {
    /** Frees what is held beside the model, which stays its owner's. */
    dispose(): Promise<void>;
}
/**
 * A model as a responder: greedy replies of an engine to up to `slots` conversations at once (default 32; fewer where the whole context of
 * each takes more than 2 GiB together). A text model without a chat template is given the bare question. Errors: `evaluate.media` for images
 * in conversations with a model of text; those of the engine.
 */
export declare function responderOf(model: Mllm, { slots: most }?: {
    slots?: number;
}): Promise<ModelResponder>;
