import type { Conversation } from './dataset.js';
import type { RowContext } from './media-entry.js';
/** How records without a dialogue are read. */
export interface RecordOptions {
    /** The question of rows that have none, such as captions and labels. Default: `Describe the image.`, or for labels `What is in the image?` */
    prompt?: string;
    /** Of data sets that rate replies on several axes: the one that decides which is preferred. Default: the first of `AXES` that they have. */
    axis?: string;
}
/** Reads a record by its keys. Throws `RowError` with file, row and key. Files are not looked up. */
export declare function readRecord(record: Record<string, unknown>, context: RowContext, options?: RecordOptions): Conversation;
