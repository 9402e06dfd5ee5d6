// The one error class of the library: what went wrong, where, what was expected, what came, what to do.
/**
 * Every error that Sensorium throws on purpose. `message` is complete and readable on its own:
 * `summary (in place): expected …, got …. hint`.
 */
export class SensoriumError extends Error {
    code;
    /** What went wrong, without the details. */
    summary;
    place;
    expected;
    got;
    hint;
    constructor(code, summary, details = {}) {
        const { place, expected, got, hint, cause } = details;
        let message = summary;
        if (place)
            message += ` (in ${place})`;
        if (expected !== undefined || got !== undefined) {
            const parts = [];
            if (expected !== undefined)
                parts.push(`expected ${expected}`);
            if (got !== undefined)
                parts.push(`got ${got}`);
            message += `: ${parts.join(', ')}`;
        }
        if (hint)
            message += `. ${hint}`;
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
export function isAbort(error) {
    return error instanceof Error && error.name === 'AbortError';
}
/** What `read` gives, or undefined when that is not there (`util.missing`). */
export async function ifThere(read) {
    try {
        return await read();
    }
    catch (error) {
        if (error instanceof SensoriumError && error.code === 'util.missing')
            return undefined;
        throw error;
    }
}
/** Throws the signal's reason (an AbortError by default) when it is already aborted. */
export function throwIfAborted(signal) {
    signal?.throwIfAborted();
}
//# sourceMappingURL=errors.js.map