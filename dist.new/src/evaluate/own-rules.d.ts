import { type Answered } from './benchmark.js';
import type { FileRow } from './file-benchmark.js';
/** The rules by name. */
export declare const RULES: readonly ['exact', 'choice', 'number', 'yesno', 'json', 'boxes', 'judge'];
export type Rule = (typeof RULES)[number];
/** A row of one's own. */
export interface OwnRow extends FileRow {
    rule: Rule;
    options: readonly string[];
    /** The true value as the file has it: texts, a number, JSON, boxes. */
    value: unknown;
    /** The most that a judge can give. */
    most: number;
}
/** How good a reply is, 0 to 1; undefined where nothing could be read from it. */
export declare const ownScore: (row: Answered<OwnRow>) => number | undefined;
