// The layers of a stack, made after their number is known to be one that can be built.
import { SensoriumError } from '../util/errors.js';
import { formatBytes } from '../util/progress.js';
/** The deepest models that have been published have fewer than 200. */
const MOST = 4096;
/** `count` layers, made by index. Throws `model.size`, with the estimated bytes, before building what no machine can hold. */
export function stack(count, make) {
    if (count > MOST) {
        const each = make(0)
            .parameters()
            .reduce((n, p) => n + 4 * p.count, 0);
        throw new SensoriumError('model.size', 'a model of so many layers cannot be built', {
            expected: `at most ${MOST} layers`,
            got: `${count} layers, whose weights would take ${formatBytes(count * each)}`,
            hint: 'Correct the number of layers',
        });
    }
    return Array.from({ length: count }, (_, i) => make(i));
}
//# sourceMappingURL=stack.js.map