import { type Conversation } from './dataset.js';
import type { Conversations, FormatWriteOptions, Written } from './format.js';
/** Names of the files that data sets of conversations are written to. */
export declare const DATA_FILES: readonly ['data.json', 'data.jsonl', 'data.csv', 'data.tsv', 'metadata.jsonl', 'captions.json'];
/** What a row becomes: `names` are those of its media, in order. `lost`: keys that it does not hold. Throws `RowError` for what it cannot hold. */
export type ToRow = (conversation: Conversation, names: string[]) => {
    row: unknown;
    lost?: readonly string[];
};
/** How the rows of a folder are written. */
export interface JsonLayout {
    file: (typeof DATA_FILES)[number];
    /** Folder of the media inside the data set. */
    media: string;
    /** Called before media are copied. */
    check?: (conversation: Conversation) => void;
    toRow: ToRow;
    /** The text of a row, and what stands around and between rows. Default: by the ending of `file`. */
    text?: {
        start: string;
        between: string;
        end: string;
        row: (row: unknown) => string;
    };
}
/** Counts keys that a format has no place for. */
export declare class Lost {
    readonly counts: Record<string, number>;
    add(keys?: readonly string[]): void;
}
/** Hands conversations to `write` one by one; one that throws `data.row` goes to `onBad` where there is one. Gives the number written. */
export declare function eachConversation(conversations: Conversations, options: FormatWriteOptions, write: (conversation: Conversation) => Promise<void>): Promise<number>;
/** Writes a folder of rows and media. */
export declare function writeJsonFolder(dir: string, conversations: Conversations, options: FormatWriteOptions, layout: JsonLayout): Promise<Written>;
/** Names of images and of videos, each as one name or a list, under keys that LLaVA has for them. */
export declare function mediaKeys(conversation: Conversation, names: readonly string[]): Record<string, string | string[]>;
