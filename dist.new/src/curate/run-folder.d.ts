import { SensoriumError } from '../util/errors.js';
import { type SinkState } from './sinks/sink.js';
/** The folder of what a run needs to go on. */
export declare const STATE_FOLDER = ".curate";
/** One line for every row. */
export declare const DECISIONS = "decisions.jsonl";
/** The result. */
export declare const REPORT = "report.json";
/** Where the next block begins. */
export interface Position {
    unit: number;
    row: number;
    /** Rows of all units before it. */
    ordinal: number;
}
/** How far a run is. */
export interface RunState {
    next: Position;
    /** Bytes of the decisions that belong to it. */
    log: number;
    sink: SinkState;
    done?: boolean;
}
/** A decision about a row. */
export interface Decision {
    id: string;
    file: string;
    row: number;
    kept: boolean;
    /** Reasons in the order of the filters: the first, or all of them. */
    why?: readonly {
        filter: string;
        why: string;
    }[];
    caption?: string;
    /** Width and height. */
    size?: readonly [number, number];
    clip?: number;
    phash?: string;
}
/** How a folder is opened. */
export interface FolderOptions {
    /** What makes a run what it is; a run is resumed with the same only. */
    identity: Readonly<Record<string, unknown>>;
    resume?: boolean;
    force?: boolean;
}
/** A folder that this process writes to. */
export declare class RunFolder {
    readonly dir: string;
    private readonly lock;
    /** Missing where the run is over. */
    private readonly log;
    /** Where an earlier run stopped. */
    readonly state: RunState | undefined;
    private constructor();
    /**
     * Takes a folder, new or of a run that is resumed. Errors: `data.exists` for one that holds something, `curate.resume` where another run
     * was there, `util.locked`.
     */
    static open(dir: string, { identity, resume, force }: FolderOptions): Promise<RunFolder>;
    /** The decisions of the earlier run, in order. */
    decisions(): AsyncGenerator<Decision>;
    /** Adds decisions. */
    write(decisions: readonly Decision[]): Promise<void>;
    /** Notes how far the run is: from now on it goes on from there. */
    save(next: Position, sink: SinkState): Promise<void>;
    /** Notes that the run is over. */
    finish(report: object): Promise<void>;
    /** Closes what is open and gives the folder back. */
    close(): Promise<void>;
    private get open();
}
/** Throws `curate.resume` for a run that was begun with other options, naming the first. */
export declare function checkSame(known: Readonly<Record<string, unknown>>, now: Readonly<Record<string, unknown>>, dir: string): void;
/** `data.exists` for the folder of an output that holds something. */
export declare const exists: (place: string, got: string, hint: string) => SensoriumError;
