import { SensoriumError } from '../util/errors.js';
/** The path of ffmpeg: what SENSORIUM_FFMPEG names, or the first in PATH. */
export declare function findFfmpeg(): string | undefined;
/** One run of ffmpeg over one file. */
export interface FfmpegRun {
    /** A local file. */
    file: string;
    /** ffmpeg's name of the file's format: no other is tried, so that a playlist or a script never stands in for a video. */
    format: string;
    /** What to take out of it, written to standard output. */
    output: readonly string[];
    /** For the words of errors. */
    place: string;
    kind: 'sound' | 'video';
    /** Most bytes that may come out. */
    maxOutput: number;
    /** Longest time that it may take, in seconds. */
    maxTime: number;
    signal?: AbortSignal;
}
/**
 * What ffmpeg writes, and its complaints. The file is opened as a local one and no other address is followed, by arguments and without a
 * shell. Errors: `media.program` when there is no ffmpeg, `media.limit` for too much output or time, `media.damaged` when it fails.
 */
export declare function runFfmpeg(run: FfmpegRun): Promise<{
    output: Buffer;
    complaints: string;
}>;
/** `media.damaged` with the first thing that ffmpeg complains about. */
export declare function damagedFile({ kind, place, format }: Pick<FfmpegRun, 'kind' | 'place' | 'format'>, complaints: string): SensoriumError;
/** Runs `use` with a file that holds these bytes, in a folder that only this user can read and that is gone afterwards. */
export declare function withFile<T>(bytes: Uint8Array, use: (file: string) => Promise<T>): Promise<T>;
