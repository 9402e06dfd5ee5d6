// The error for a benchmark file of another kind, version or language, or without its truth.
import { SensoriumError } from '../util/errors.js';
/** `evaluate.row` for a file, or a row at `place`, that is not what the benchmark reads. */
export function wrongFile(place, expected, got = 'something else', hint = 'Is this the file of another benchmark, split or version?') {
    return new SensoriumError('evaluate.row', 'this is not a file of the benchmark', { place, expected, got, hint });
}
//# sourceMappingURL=wrong-file.js.map