import type { ChatMessage } from '../text/index.js';
import type { Language } from '../world/index.js';
import type { PartialResponder, ReplyTold } from './responder.js';
/** What judges the replies of a model. */
export interface Judge {
    /** Named in reports. */
    readonly name: string;
    /** One reply to each prompt, in order; the empty text where none came in time. `round` counts how often the prompts were asked before. */
    replies(prompts: readonly string[], options?: {
        signal?: AbortSignal;
        onReply?: (told?: ReplyTold) => void;
        round?: number;
    }): Promise<string[]>;
    /** The probability of yes against no as the reply to each prompt; undefined where the judge gives none. Absent where it never does. */
    yes?(prompts: readonly string[], options: {
        language: Language;
        signal?: AbortSignal;
    }): Promise<(number | undefined)[]>;
    /** What it can be asked for, where it was trained for some of it only. */
    readonly tasks?: readonly ('statements' | 'ratings' | 'pairs')[];
}
/**
 * A model, or anything else that replies to conversations, as a judge; `messages`: the conversation that a prompt becomes. A prompt without a
 * reply has the empty one, which counts as unreadable.
 */
export declare const judgeOf: (name: string, responder: PartialResponder, messages?: (prompt: string) => ChatMessage[]) => Judge;
/** The numbers of a judge's reply by name (`rating: 4`), within a range; undefined where the name is missing or the number out of range. */
export declare function namedNumber(reply: string, name: string, [low, high]: readonly [number, number]): number | undefined;
/** Two numbers behind a name (`accuracy: 4 9`, `4/10, 9/10`), within a range; undefined where they are not there. `name` is the source of a pattern. */
export declare function namedPair(reply: string, name: string, [low, high]: readonly [number, number]): [number, number] | undefined;
/** Two numbers that begin a reply, as judges of pairs give them (`8 6`, `8, 6`, `8/10 6/10`); undefined where they are not there. */
export declare function leadingPair(reply: string, [low, high]: readonly [number, number]): [number, number] | undefined;
/** The mean of what several replies of a judge give; undefined where none can be read. */
export declare function meanVerdict(replies: readonly string[], read: (reply: string) => number | undefined): number | undefined;
