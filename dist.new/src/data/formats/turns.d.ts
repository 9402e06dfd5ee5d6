import type { ChatMessage } from '../../text/index.js';
import { type Conversation } from '../dataset.js';
/** Turns under the names of a family of formats: `keys` of a turn, `call` the role of calls of tools. */
export declare function turnsOf({ messages }: Conversation, { keys, names, call, text, }: {
    keys: readonly [string, string];
    names: Readonly<Record<string, string>>;
    call: string;
    text?: (message: ChatMessage) => string;
}): Record<string, unknown>[];
/** LLaVA's and ShareGPT's turns. */
export declare const fromValueTurns: (conversation: Conversation) => Record<string, unknown>[];
/** One question and its answer with all media before the question: what plain columns can hold. Undefined for anything else. */
export declare function plainPair(conversation: Conversation): {
    question: string;
    answer: string;
} | undefined;
