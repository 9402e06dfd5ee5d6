// Errors about options of the engine, in the names and units of the command line.
import { SensoriumError } from '../util/errors.js';
import { usageError } from './report.js';
const SUMMARIES = {
    kvBytes: ['--kv-budget', 'the budget of keys and values is too small'],
    context: ['--context', 'the context does not fit'],
};
/** Throws an error about an option of the engine as one about the option of `serve`, and every other error as it is. */
export function nameOptions(error) {
    if (!(error instanceof SensoriumError) || error.code !== 'generate.option')
        throw error;
    const known = SUMMARIES[error.place ?? ''];
    if (!known)
        throw error;
    const [place, summary] = known;
    const inMib = (text) => text
        ?.replace(/kvBytes of at least (\d+)/, (_, bytes) => `a --kv-budget of ${mib(bytes)} MiB`)
        .replace(place === '--kv-budget' ? /\b\d+(?= for |$)/ : /(?!)/, (bytes) => `${mib(bytes)} MiB`);
    throw usageError(summary, {
        place,
        expected: inMib(error.expected),
        got: place === '--kv-budget' ? `${(Number(error.got) / 2 ** 20).toPrecision(3)} MiB` : error.got,
        hint: 'Give a larger --kv-budget, fewer --slots or a shorter --context',
    });
}
/** MiB of bytes, rounded up to three digits, so that the number suffices when it is given back. */
const mib = (bytes) => Math.ceil((Number(bytes) / 2 ** 20) * 1000) / 1000;
//# sourceMappingURL=serve-errors.js.map