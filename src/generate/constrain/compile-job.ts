// Compiling a form in a worker thread. What comes back is plain arrays.

import { defineJob } from '../../util/jobs.js';
import type { ConstraintLimits } from './errors.js';
import { type ConstrainedFormat, formatGrammar } from './format.js';
import type { PackedGrammar } from './packed.js';

/** A form, and what its grammar depends on. */
export interface CompileInput {
  /** As JSON, without its limits. */
  readonly format: string;
  readonly limits: ConstraintLimits | undefined;
  readonly spellable: Uint8Array;
  readonly noLeadingSpace: boolean;
}

/** Compiles a form. Throws as `formatGrammar` does. */
export function compileFormat({ format, limits, spellable, noLeadingSpace }: CompileInput): PackedGrammar {
  const form = JSON.parse(format) as ConstrainedFormat;
  return formatGrammar({ ...form, limits }, { spellable, noLeadingSpace }).packed;
}

/** `compileFormat` in a worker thread. */
export const compileJob = defineJob(import.meta.url, compileFormat);
