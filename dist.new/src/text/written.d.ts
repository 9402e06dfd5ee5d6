import type { ChatTemplate, RenderedChat, RenderOptions } from './chat.js';
import { type ChatLayout, type PromptIds, type TextFrame } from './layout.js';
import { type ChatMessage } from './messages.js';
import type { Tokenizer } from './tokenizer.js';
/** A prompt without its images. */
export interface WrittenPrompt {
    /** Each image or video is one id. */
    readonly ids: Int32Array;
    /** Of each image or video, in the order of the messages, the index of its id. */
    readonly places: Int32Array;
    /** One for those that begin with the last id of the image before (`ChatLayout.sharesImageEdges`). */
    readonly shares: Uint8Array;
}
/** How a prompt is written. */
export interface WriteOptions extends RenderOptions {
    tokenizer: Tokenizer;
    template: ChatTemplate;
    /** Ids around the whole. Default: those of the template's layout. */
    frame?: TextFrame;
}
/**
 * Writes a conversation that is to be answered (`addGenerationPrompt`) or continued (`continueFinalMessage`). Throws what the template and the
 * tokenizer throw, and `text.images` for a template that does not write one placeholder for each image.
 */
export declare function writePrompt(messages: readonly ChatMessage[], options: WriteOptions): WrittenPrompt;
/** Puts the ids of each image or video in its place. */
export declare function placeMedia({ ids, places, shares }: WrittenPrompt, runs: readonly (readonly number[])[]): PromptIds;
/** Which image or video an id stands for, asked for each id in order. Templates may write images before videos. */
export declare function mediaOrder(messages: readonly ChatMessage[], o: Pick<WriteOptions, 'tokenizer' | 'template'>): (id: number) => number | undefined;
/** The placeholder of each image or video. */
export declare function mediaIds(messages: readonly ChatMessage[], { tokenizer, template }: Pick<WriteOptions, 'tokenizer' | 'template'>): number[];
/** True for ids that get the frame: as in transformers, a template that writes the beginning itself is not given another one. */
export declare const isFramed: (ids: readonly number[], before: readonly number[]) => boolean;
/** Ids around a prompt where its options have none. */
export declare function frameOf(tokenizer: Tokenizer, layout: ChatLayout): TextFrame;
/** Throws `text.images` for a template that does not write one placeholder for each image and video. */
export declare function checkPlaceholders(messages: readonly ChatMessage[], rendered: RenderedChat, template: ChatTemplate): void;
