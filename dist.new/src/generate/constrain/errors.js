// Errors of constraints, and the bounds that keep every one of them small.
import { SensoriumError } from '../../util/errors.js';
/** The defaults. */
export const LIMITS = { states: 100_000, depth: 32, size: 262_144, work: 10_000_000 };
/** Throws `constrain.size`. */
export function tooLarge(what, limit, place) {
    throw new SensoriumError('constrain.size', `the constraint is too large: ${what}`, {
        place,
        expected: `at most ${limit}`,
        hint: 'Ask for less: shorter lengths, fewer items, a simpler pattern, fewer alternatives.',
    });
}
/** The work that one compilation may do, spent before the work is done: nothing that is built can grow past it. */
export class Budget {
    limit;
    /** Where the work is done now, for the error. */
    place;
    left;
    constructor(limit = LIMITS.work) {
        this.limit = limit;
        this.left = limit;
    }
    /** Steps spent so far. */
    get spent() {
        return this.limit - this.left;
    }
    /** Takes `steps` off. Throws `constrain.size` when there are not so many left. */
    spend(steps) {
        this.left -= steps;
        if (this.left < 0)
            tooLarge('steps of compilation', this.limit, this.place);
    }
}
//# sourceMappingURL=errors.js.map