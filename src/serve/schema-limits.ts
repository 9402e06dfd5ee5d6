// What a client's JSON schema may cost: compiling one is work on the thread that serves everybody.

import type { ConstraintLimits } from '../generate/index.js';

/** Well below those of the library: about a quarter of a second and 100 MB at most. */
export const SCHEMA_LIMITS: ConstraintLimits = { states: 25_000, size: 65_536, work: 1_200_000 };
