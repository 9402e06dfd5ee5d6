// Errors as a person at a terminal reads them: one block (what, where, expected, got, hint), and the exit code that goes with it.
import { isAbort, SensoriumError } from '../util/errors.js';
/** Exit codes of the command: failed, called wrongly, interrupted. */
export const EXIT = { ok: 0, error: 1, usage: 2, interrupted: 130, terminated: 143 };
/** An error in how the command was called: it ends with exit code 2. */
export function usageError(summary, details = {}) {
    return new SensoriumError('cli.usage', summary, details);
}
/** The exit code for an error. */
export function exitCodeOf(error) {
    if (isAbort(error))
        return EXIT.interrupted;
    if (error instanceof SensoriumError && error.code === 'cli.usage')
        return EXIT.usage;
    return isCittyError(error) ? EXIT.usage : EXIT.error;
}
/** The command parser's own errors (a missing argument, an unknown subcommand). */
export function isCittyError(error) {
    return error instanceof Error && error.name === 'CLIError';
}
const label = (name) => `  ${name.padEnd(10)}`;
/** An error as a block of lines without a trailing newline; with `debug`, followed by its stack and causes. */
export function renderError(error, options = {}) {
    const lines = [];
    if (error instanceof SensoriumError) {
        lines.push(`error: ${error.summary}`);
        const rows = [
            ['where', error.place],
            ['expected', error.expected],
            ['got', error.got],
            ['hint', error.hint],
        ];
        for (const [name, value] of rows)
            if (value !== undefined && value !== '')
                lines.push(label(name) + value.replaceAll('\n', `\n${label('')}`));
    }
    else if (isAbort(error))
        lines.push('interrupted');
    else if (error instanceof Error) {
        lines.push(`error: ${error.message || error.name}`);
        if (!options.debug && !isCittyError(error))
            lines.push(`${label('hint')}This is unexpected; run again with --debug to see where it comes from`);
    }
    else
        lines.push(`error: ${String(error)}`);
    if (options.debug && error instanceof Error) {
        for (let e = error; e instanceof Error; e = e.cause)
            lines.push('', `${e === error ? '' : 'caused by: '}${e.stack ?? e.message}`);
    }
    return lines.join('\n');
}
//# sourceMappingURL=report.js.map