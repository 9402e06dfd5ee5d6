import { type Dialogue, type Language, type WorldOptions } from '../../world/index.js';
import type { Conversation, Dataset } from '../dataset.js';
/** Options of `worldInstructions`. */
export interface WorldInstructionOptions extends WorldOptions {
    /** Kinds that the world teaches, one for each scene in turn: conversation, detail, reasoning, detgpt … */
    kinds: readonly string[];
    /** Default 10,000. */
    scenes?: number;
    /** `mixed` takes Chinese for half of the rows. Default `en`. */
    language?: Language | 'mixed';
    /** Pairs of a conversation. Default 3. */
    turns?: number;
}
/** A source of dialogues over scenes, as stages take them. */
export interface InstructionSource {
    readonly length: number;
    readonly description: unknown;
    get(index: number): Dialogue;
}
/**
 * Instructions about scenes, exact and without a model. Errors: `data.option` for a kind that the world does not teach, `data.index`.
 * @example stage.instruct({ data: worldInstructions({ kinds: ['conversation', 'reasoning'], scenes: 5000 }) })
 */
export declare function worldInstructions(options: WorldInstructionOptions): InstructionSource;
/** Options of `writtenScenes`. */
export interface WrittenOptions extends WorldOptions {
    scenes?: number;
    language?: Language;
}
/** A question about a scene that is told in words, and its answer: rows without an image, as half of ScienceQA's are. */
export declare function writtenScenes(options: WrittenOptions): Dataset<Conversation> & {
    question(index: number): WrittenQuestion;
};
/** A row of `writtenScenes`. */
export interface WrittenQuestion {
    question: string;
    answer: string;
    type: string;
}
