import type { Format } from '../format.js';
/** JSON rows of plain columns. */
export declare const json: Format;
