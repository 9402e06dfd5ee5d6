// Reading options: unknown ones are errors (a misspelt one would silently give the default), numbers are checked and bounded.
import { didYouMean } from './nearest.js';
import { usageError } from './report.js';
const camel = (name) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
/** Options that every command takes. */
export const GLOBAL_FLAGS = ['debug', 'help', 'h'];
/** Throws a usage error for an option that the command does not have or a string option without its value. */
export function checkFlags(rawArgs, known, command) {
    const takes = new Map();
    for (const name of GLOBAL_FLAGS)
        takes.set(name, 'none');
    for (const [name, def] of Object.entries(known)) {
        if (def.type === 'positional')
            continue;
        const kind = def.type === 'boolean' || def.type === undefined ? 'none' : 'value';
        for (const form of [name, camel(name), ...[('alias' in def && def.alias) || []].flat()])
            takes.set(form, kind);
        if (kind === 'none')
            takes.set(`no-${name}`, 'none');
    }
    for (let i = 0; i < rawArgs.length; i++) {
        const arg = rawArgs[i];
        if (arg === '--')
            return;
        if (!arg.startsWith('-') || arg === '-' || /^-\.?\d/.test(arg))
            continue;
        const [flag, value] = splitOnce(arg.replace(/^--?/, ''), '=');
        const kind = takes.get(flag);
        if (kind === undefined) {
            const names = Object.entries(known).flatMap(([name, def]) => (def.type === 'positional' ? [] : [name]));
            throw usageError(`${command} has no option ${arg.split('=')[0]}`, {
                hint: `${didYouMean(flag, names, '--') ?? `It has: ${names.map((name) => `--${name}`).join(', ')}.`} See ${command} --help`,
            });
        }
        if (kind === 'value' && value === undefined) {
            const next = rawArgs[i + 1];
            if (next === undefined || (next.startsWith('--') && next.length > 2))
                throw usageError(`${arg} needs a value`, { hint: `See ${command} --help` });
            i++;
        }
    }
}
function splitOnce(text, separator) {
    const at = text.indexOf(separator);
    return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
/** A numeric option; `undefined` when it was not given. Throws a usage error when it is not a number within the bounds. */
export function numberOption(name, text, bounds = {}) {
    if (text === undefined)
        return undefined;
    const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, integer = false } = bounds;
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isFinite(value) && value >= min && value <= max && (!integer || Number.isSafeInteger(value)))
        return value;
    const kind = integer ? 'a whole number' : 'a number';
    const range = [min > Number.NEGATIVE_INFINITY ? `at least ${min}` : '', max < Number.POSITIVE_INFINITY ? `at most ${max}` : '']
        .filter(Boolean)
        .join(' and ');
    throw usageError('not a valid value', {
        place: `--${name}`,
        expected: range ? `${kind}, ${range}` : kind,
        got: text === '' ? 'nothing' : text,
    });
}
/** An option with a fixed set of values; `undefined` when it was not given. */
export function choiceOption(name, text, allowed) {
    if (text === undefined)
        return undefined;
    if (allowed.includes(text))
        return text;
    throw usageError('not a valid value', {
        place: `--${name}`,
        expected: allowed.join(', '),
        got: text || 'nothing',
        hint: didYouMean(text, allowed),
    });
}
/**
 * Learning rates as `1e-4`, `vision=2e-6,connector=1e-3` or both, `1e-4,vision=2e-6`; empty when the option was not given.
 * Throws a usage error for what is not a number of at least 0, and for what is given twice.
 */
export function ratesOption(text) {
    if (text === undefined)
        return {};
    const rates = new Map();
    for (const item of text.split(',').map((part) => part.trim())) {
        const at = item.lastIndexOf('=');
        const part = at < 0 ? 'lr' : item.slice(0, at).trim();
        const name = at < 0 ? 'lr' : `lr ${part}`;
        if (at === 0 || rates.has(at < 0 ? '' : part))
            throw usageError('not a valid value', { place: '--lr', expected: 'a rate, and one for each part: 1e-4,vision=2e-6', got: text });
        rates.set(at < 0 ? '' : part, numberOption(name, item.slice(at + 1), { min: 0 }));
    }
    const lr = rates.get('');
    rates.delete('');
    return { ...(lr === undefined ? {} : { lr }), ...(rates.size > 0 ? { learningRates: Object.fromEntries(rates) } : {}) };
}
//# sourceMappingURL=flags.js.map