import { type Str } from './jinja/index.js';
import type { ChatMessage } from './messages.js';
/** Text of one message and one source, from `start` to `end`. */
export interface Run {
    start: number;
    end: number;
    words: string;
}
/** A reply without what follows it. */
export interface LoneReply {
    /** What opens the reply in a prompt. */
    opening(): string;
    /** What stands between the prompt and the first run, and behind the last one. */
    before: string;
    after: string;
    runs: readonly Run[];
}
/** Renders other messages with the options of the conversation. */
export type RenderOthers = (messages: readonly ChatMessage[], addGenerationPrompt: boolean) => Str;
/** The runs of one message, in order. */
export declare function runsOf(rendered: Str, index: number): Run[];
/** Undefined where the template refuses the shorter conversation, or writes it in another way than the prompt. */
export declare function loneReply(messages: readonly ChatMessage[], index: number, render: RenderOthers): LoneReply | undefined;
/**
 * Where the reply ends among the runs of its message: templates write names of its calls again as labels of the results. The runs of the whole
 * text are followed through those of the reply alone, of which some may have been cut; what comes after the last of them is another message's.
 */
export declare function endOfRuns(whole: readonly Run[], alone: readonly Run[]): number | undefined;
