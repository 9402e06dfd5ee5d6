import type { ChatMessage } from './index.js';
/** All texts of a conversation, one after another. */
export declare function textOf(messages: readonly ChatMessage[]): string;
/** Errors: `model.images` for a second image. */
export declare function oneImage(count: number): void;
