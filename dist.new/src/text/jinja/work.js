// What one rendering may cost, so that no template keeps a program busy without end.
import { TemplateError } from './errors.js';
/** Most steps of one rendering: far more than any conversation takes. A step is a part of the template, of a value that is walked, or 256 characters. */
export const MAX_STEPS = 5_000_000;
let steps = 0;
/** Begins a rendering. Renderings do not overlap: they run to their end at once. */
export function beginWork() {
    steps = 0;
}
/** Counts steps; throws beyond the most. */
export function spend(n = 1) {
    steps += n;
    if (steps > MAX_STEPS)
        throw new TemplateError(`the template does not end within ${MAX_STEPS} steps`);
}
/** Counts the characters that an operation reads. */
export const spendText = (length) => spend(length >> 8);
/** Counts a value within others. */
export function visit(depth) {
    if (depth > 200)
        throw new TemplateError('a value is nested too deeply');
    spend(4);
}
//# sourceMappingURL=work.js.map