// What a stranger's JSON schema may cost: compiling one is work on the thread that serves everybody.

import type { ConstraintLimits } from '../generate/index.js';
import { SensoriumError } from '../util/errors.js';

/** Bounds of the automaton, well below those of the library. */
export const SCHEMA_LIMITS: ConstraintLimits = { states: 20_000, size: 65_536 };

/** The work grows with the square of it, for any of them may follow any other. */
const MOST_OPTIONAL = 256;

/** Throws `constrain.size` for an object with more optional properties than are compiled in reasonable time. */
export function checkOptional(schema: unknown): void {
  const stack = [schema];
  while (stack.length > 0) {
    const value = stack.pop();
    if (typeof value !== 'object' || value === null) continue;
    const { properties, required } = value as { properties?: unknown; required?: unknown };
    if (typeof properties === 'object' && properties !== null) {
      const needed = new Set(Array.isArray(required) ? required : []);
      const optional = Object.keys(properties).filter((name) => !needed.has(name)).length;
      if (optional > MOST_OPTIONAL)
        throw new SensoriumError('constrain.size', 'an object has too many optional properties', {
          expected: `at most ${MOST_OPTIONAL}`,
          got: String(optional),
          hint: 'List those that are always there under required.',
        });
    }
    stack.push(...Object.values(value));
  }
}
