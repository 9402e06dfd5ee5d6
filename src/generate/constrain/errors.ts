// Errors of constraints, and the bounds that keep every one of them small.

import { SensoriumError } from '../../util/errors.js';

/** What one constraint may cost. Beyond it: `constrain.size`. */
export interface ConstraintLimits {
  /** States of the automaton. Default 100,000. */
  states?: number;
  /** Recursive calls inside one another in the reply. Default 32. */
  depth?: number;
  /** Characters of a schema as JSON, or of a pattern. Default 262,144. */
  size?: number;
}

/** The defaults. */
export const LIMITS: Required<ConstraintLimits> = { states: 100_000, depth: 32, size: 262_144 };

/** Throws `constrain.size`. */
export function tooLarge(what: string, limit: number, place?: string): never {
  throw new SensoriumError('constrain.size', `the constraint is too large: ${what}`, {
    place,
    expected: `at most ${limit}`,
    hint: 'Ask for less: shorter lengths, fewer items, a simpler pattern, fewer alternatives.',
  });
}
