/** The existing path that is spelled most like one that does not exist; undefined where nothing is close. Never throws. */
export declare function nearestPath(path: string): string | undefined;
/** What to do about a path that does not exist, in one sentence. Never throws. */
export declare function pathHint(path: string): string;
