// The filters, one row each, in the order in which they look at a row: those of a need run together, cheapest needs first.
import { SensoriumError } from '../../util/errors.js';
import { nearest } from '../../util/nearest.js';
import { NEEDS } from '../filter.js';
import { banned, frequency, grammar, language, length, repetition, spatial, words } from './caption.js';
import { aspect, clip, duplicate, format, labels, size } from './image.js';
/** Every filter. */
export const FILTERS = [
    length,
    words,
    repetition,
    banned,
    frequency,
    grammar,
    spatial,
    language,
    format,
    size,
    aspect,
    labels,
    clip,
    duplicate,
];
/** A filter by its name. Errors: `curate.option`. */
export function filterNamed(name) {
    const found = FILTERS.find((filter) => filter.name === name);
    if (found)
        return found;
    const names = FILTERS.map((filter) => filter.name);
    const near = nearest(name, names);
    throw new SensoriumError('curate.option', 'there is no such filter', {
        expected: names.join(', '),
        got: name,
        hint: near ? `Did you mean ${near}?` : undefined,
    });
}
/** Settings with the defaults of a filter. Errors: `curate.option` for a setting that it does not have, or of another type. */
export function settingsOf(row, given = {}) {
    for (const [key, value] of Object.entries(given)) {
        const known = row.settings[key];
        if (known === undefined || typeof known !== typeof value || (typeof value === 'number' && !Number.isFinite(value)))
            throw new SensoriumError('curate.option', 'the setting of a filter cannot be used', {
                place: `${row.name}.${key}`,
                expected: Object.entries(row.settings)
                    .map(([name, standard]) => `${name} (${typeof standard}, default ${standard === '' ? 'none' : standard})`)
                    .join(', '),
                got: `${value}`,
            });
    }
    return { ...row.settings, ...given };
}
/** Filters in the order in which they run, each once: a later choice of the same name adds its settings. Errors: `curate.option`. */
export function chosenFilters(choices) {
    const all = new Map();
    for (const { name, settings = {} } of choices)
        all.set(filterNamed(name).name, { ...all.get(name), ...settings });
    const places = FILTERS.map((row) => row.name);
    return [...all]
        .map(([name, settings]) => {
        const row = filterNamed(name);
        return { row, settings: settingsOf(row, settings) };
    })
        .sort((a, b) => NEEDS.indexOf(a.row.needs) - NEEDS.indexOf(b.row.needs) || places.indexOf(a.row.name) - places.indexOf(b.row.name));
}
/** Filters made ready. */
export const runningFilters = (chosen, context) => chosen.map(({ row, settings }) => ({ name: row.name, needs: row.needs, hash: row.hash ?? false, ...row.make(settings, context) }));
/**
 * Filters written in a line: `size:min=200,aspect:max=3,clip`. Errors: `curate.option`.
 */
export function parseFilters(text) {
    return text
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean)
        .map((part) => {
        const [name = '', ...pairs] = part.split(':');
        const row = filterNamed(name.trim());
        const settings = {};
        for (const pair of pairs) {
            const at = pair.indexOf('=');
            const [key, value] = at < 0 ? [pair.trim(), ''] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
            const standard = row.settings[key];
            settings[key] =
                typeof standard === 'number' && value !== ''
                    ? Number(value)
                    : typeof standard === 'boolean' && /^(?:true|false)$/.test(value)
                        ? value === 'true'
                        : value;
        }
        settingsOf(row, settings);
        return { name: row.name, settings };
    });
}
//# sourceMappingURL=index.js.map