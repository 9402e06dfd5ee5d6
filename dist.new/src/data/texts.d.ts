import type { Conversation } from './dataset.js';
import type { RowContext } from './media-entry.js';
/** Reads `images` and `texts: [{user, assistant}]`. Images stand where `<image>` does, or all before the first question. Throws `RowError`. */
export declare function readTexts(record: Record<string, unknown>, context: RowContext): Conversation;
