// The one error class of the library: what went wrong, where, what was expected, what came, what to do.

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
export class SensoriumError extends Error {
  readonly code: ErrorCode;
  /** What went wrong, without the details. */
  readonly summary: string;
  readonly place: string | undefined;
  readonly expected: string | undefined;
  readonly got: string | undefined;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, summary: string, details: ErrorDetails = {}) {
    const { place, expected, got, hint, cause } = details;
    let message = summary;
    if (place) message += ` (in ${place})`;
    if (expected !== undefined || got !== undefined) {
      const parts: string[] = [];
      if (expected !== undefined) parts.push(`expected ${expected}`);
      if (got !== undefined) parts.push(`got ${got}`);
      message += `: ${parts.join(', ')}`;
    }
    if (hint) message += `. ${hint}`;
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'SensoriumError';
    this.code = code;
    this.summary = summary;
    this.place = place;
    this.expected = expected;
    this.got = got;
    this.hint = hint;
  }
}

/** True for an abort raised through an `AbortSignal`, whatever its class. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** What `read` gives, or undefined when that is not there (`util.missing`). */
export async function ifThere<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof SensoriumError && error.code === 'util.missing') return undefined;
    throw error;
  }
}

/** Throws the signal's reason (an AbortError by default) when it is already aborted. */
export function throwIfAborted(signal?: AbortSignal): void {
  signal?.throwIfAborted();
}
