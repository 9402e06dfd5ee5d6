/** True when the process runs, as far as this machine can tell. */
export declare function alive(pid: number): boolean;
/** A folder held by this process. */
export interface FolderLock {
    /** Gives the folder back; calling it twice does no harm. */
    release(): Promise<void>;
}
/**
 * Takes a folder for this process (`.lock` inside it; the folder is made). Locks of processes that have ended are taken over.
 * Throws `util.locked`, naming the pid that holds it.
 */
export declare function acquireLock(dir: string): Promise<FolderLock>;
