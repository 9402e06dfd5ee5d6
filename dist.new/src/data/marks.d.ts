import type { ChatMessage } from '../text/index.js';
import { type Conversation } from './dataset.js';
/**
 * The text of a message with its marks. White space around marks is that of the data set it came from; where that had none, a mark in front
 * of the words gets a line of its own.
 */
export declare function markedText({ content }: Pick<ChatMessage, 'content'>): string;
/** Throws `RowError` where a text spells a mark, so that places of media could not be told from words. */
export declare function checkMarks(conversation: Conversation): void;
/** The text with marks as places of media, the same for formats that have them. */
export declare function textOnly(conversation: Conversation, format: string): void;
