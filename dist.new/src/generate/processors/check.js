// Checks of option values, one line each where they are used.
import { SensoriumError } from '../../util/errors.js';
/** Throws `generate.option` unless `ok`; `expected` says what would be. */
export function checkOption(ok, place, expected, got) {
    if (!ok)
        throw new SensoriumError('generate.option', `${place} is out of range`, { place, expected, got: show(got) });
}
/** Throws `generate.option` unless all are token ids. */
export function checkIds(ids, place) {
    for (const id of ids)
        checkOption(Number.isInteger(id) && id >= 0, place, 'token ids', id);
}
const show = (value) => (typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value)));
//# sourceMappingURL=check.js.map