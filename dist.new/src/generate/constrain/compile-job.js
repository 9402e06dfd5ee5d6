// Compiling a form in a worker thread. What comes back is plain arrays.
import { defineJob } from '../../util/jobs.js';
import { formatGrammar } from './format.js';
/** Compiles a form. Throws as `formatGrammar` does. */
export function compileFormat({ format, limits, spellable, noLeadingSpace }) {
    const form = JSON.parse(format);
    return formatGrammar({ ...form, limits }, { spellable, noLeadingSpace }).packed;
}
/** `compileFormat` in a worker thread. */
export const compileJob = defineJob(import.meta.url, compileFormat);
//# sourceMappingURL=compile-job.js.map