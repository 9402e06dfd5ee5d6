// Options that the text benchmarks share: which models, in which precision, with how many bits of the head.
import { namesOf } from './report.js';
import { LANGUAGE_SHAPES } from './shapes.js';
/** Their help. */
export const LANGUAGE_OPTIONS = {
    model: `LIST    of ${Object.keys(LANGUAGE_SHAPES).join(', ')} (default smollm2-135m)`,
    precision: 'LIST  int4, fp32 (default int4)',
    head: 'BITS    of head and embedding with int4: 8 (default, as llama.cpp has it here) or 4 (as transformers.js has the head)',
};
/** Those options, read. */
export function languageOptions({ more }) {
    return {
        shapes: namesOf('model', more.model ?? 'smollm2-135m', Object.keys(LANGUAGE_SHAPES)).map((name) => LANGUAGE_SHAPES[name]),
        precisions: namesOf('precision', more.precision ?? 'int4', ['int4', 'fp32']),
        head: Number(namesOf('head', more.head ?? '8', ['4', '8'])[0]),
    };
}
/** What a row of the text benchmarks is about. */
export const caseOf = ({ name }, precision, head) => `${name} ${precision}${precision === 'int4' && head === 4 ? ' head 4' : ''}`;
//# sourceMappingURL=language-options.js.map