import type { Format, Found } from '../format.js';
/** Every format; the first that recognizes a path reads it. */
export declare const FORMATS: readonly Format[];
/** A format by its name. Throws `data.format`. */
export declare function formatNamed(name: string): Format;
/** What lies at a path; of a folder that a writer made, its file. Throws `data.read` where there is nothing. */
export declare function lookAt(path: string): Promise<Found>;
/** The format of a data set by its content. Throws `data.read` for what none of them reads. */
export declare function detectFormat(path: string): Promise<{
    format: Format;
    found: Found;
}>;
