// The registry of methods: one line each, the base first.
import { SensoriumError } from '../../util/errors.js';
import { nearest } from '../../util/nearest.js';
import { base } from './base.js';
import { consistency } from './consistency.js';
import { halle } from './halle.js';
import { logProbability } from './log-probability.js';
import { lure } from './lure.js';
import { vcd } from './vcd.js';
import { woodpecker, woodpeckerDetector } from './woodpecker.js';
export { base } from './base.js';
export * from './method.js';
export { otherModel } from './other-model.js';
/** Every method of the bench. */
export const TRUST_METHODS = [base, vcd, halle, logProbability, consistency, woodpecker, woodpeckerDetector, lure];
/** Those that have all they need. */
export const methodsFor = (helpers) => TRUST_METHODS.filter(({ lacks }) => lacks?.(helpers) === undefined);
/** The methods of these names in the registry's order; the base always is first. Errors: `trust.method` for a name that none has. */
export function methodsNamed(names, from = TRUST_METHODS) {
    const known = from.map(({ name }) => name);
    const wrong = names.find((name) => !known.includes(name));
    if (wrong !== undefined) {
        const near = nearest(wrong, known);
        throw new SensoriumError('trust.method', 'there is no such method', {
            expected: known.join(', '),
            got: wrong || 'nothing',
            hint: near ? `Did you mean ${near}?` : undefined,
        });
    }
    return from.filter(({ name }) => name === base.name || names.includes(name));
}
//# sourceMappingURL=index.js.map