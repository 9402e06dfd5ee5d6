interface FolderOptions {
    force?: boolean;
    /** Of these names one must be in a folder before `force` may replace it. */
    marks: readonly string[];
}
/** `writeFolderAtomic` for data sets: throws `data.exists` when something is there that may not be replaced. */
export declare function writeDataFolder<T>(target: string, options: FolderOptions, write: (temporary: string) => Promise<T>): Promise<T>;
/** Throws `data.exists` when a file may not be written there: called before long work, so that it is not done for nothing. */
export declare function checkTarget(target: string, options: {
    force?: boolean;
}): Promise<void>;
/** Streams one file into a temporary sibling, flushes it and renames it into place; on failure the target stays as it was. Missing folders are made. */
export declare function writeDataFile<T>(target: string, options: {
    force?: boolean;
}, write: (temporary: string) => Promise<T>): Promise<T>;
export {};
