import type { ErrorCode } from './error-codes.js';
export interface ErrorDetails {
    /** Where: a file, a key, a module path, a node. */
    place?: string;
    expected?: string;
    got?: string;
    /** What the reader should do now. */
    hint?: string;
    cause?: unknown;
}
export type { ErrorCode };
/**
 * Every error that Sensorium throws on purpose. `message` is complete and readable on its own:
 * `summary (in place): expected …, got …. hint`.
 */
export declare class SensoriumError extends Error {
    readonly code: ErrorCode;
    /** What went wrong, without the details. */
    readonly summary: string;
    readonly place: string | undefined;
    readonly expected: string | undefined;
    readonly got: string | undefined;
    readonly hint: string | undefined;
    constructor(code: ErrorCode, summary: string, details?: ErrorDetails);
}
/** True for an abort raised through an `AbortSignal`, whatever its class. */
export declare function isAbort(error: unknown): boolean;
/** What `read` gives, or undefined when that is not there (`util.missing`). */
export declare function ifThere<T>(read: () => Promise<T>): Promise<T | undefined>;
/** Throws the signal's reason (an AbortError by default) when it is already aborted. */
export declare function throwIfAborted(signal?: AbortSignal): void;
