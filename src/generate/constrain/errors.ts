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
  /** Steps of compilation: schemas merged, states, transitions and members of state sets built. Default 10 million, about a second. */
  work?: number;
}

/** A keyword that was read over, because it says nothing about the text or nobody knows it: the reply is made without it. */
export interface ConstraintWarning {
  /** The JSON pointer, as in errors. */
  readonly place: string;
  readonly message: string;
}

/** The defaults. */
export const LIMITS: Required<ConstraintLimits> = { states: 100_000, depth: 32, size: 262_144, work: 10_000_000 };

/** Throws `constrain.size`. */
export function tooLarge(what: string, limit: number, place?: string): never {
  throw new SensoriumError('constrain.size', `the constraint is too large: ${what}`, {
    place,
    expected: `at most ${limit}`,
    hint: 'Ask for less: shorter lengths, fewer items, a simpler pattern, fewer alternatives.',
  });
}

/** The work that one compilation may do, spent before the work is done: nothing that is built can grow past it. */
export class Budget {
  /** Where the work is done now, for the error. */
  place: string | undefined;
  private left: number;

  constructor(private readonly limit: number = LIMITS.work) {
    this.left = limit;
  }

  /** Steps spent so far. */
  get spent(): number {
    return this.limit - this.left;
  }

  /** Takes `steps` off. Throws `constrain.size` when there are not so many left. */
  spend(steps: number): void {
    this.left -= steps;
    if (this.left < 0) tooLarge('steps of compilation', this.limit, this.place);
  }
}
