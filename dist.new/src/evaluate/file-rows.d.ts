import type { BenchFiles } from './bench-files.js';
/** Files of a benchmark, and the folder of their images (default: that of each file). */
export interface FileSource {
    data: readonly string[];
    images?: string;
    /** Where they are read. Default: from disk. */
    files?: BenchFiles;
}
/** The path of an image that a row names. Errors: `evaluate.row` for one outside the folder. */
export declare function imagePath(folder: string, name: string, place: string): string;
/** What is wrong with those of some image files that cannot be read, by path. */
export declare function imageFaults(paths: Iterable<string>): Promise<Map<string, string>>;
/**
 * Throws `evaluate.images` with the files that are not there, each with the place of the row that names it, and `evaluate.rows` for a
 * `file` without rows.
 */
export declare function checkImages(images: readonly {
    path: string;
    place: string;
}[], file: string): Promise<void>;
/** `n` indices below `length`, drawn with a seed and in order; all of them where there are no more. `kind` names the draw. */
export declare function drawIndices(length: number, { n, seed, kind }: {
    n?: number;
    seed?: number;
    kind?: string;
}): number[];
