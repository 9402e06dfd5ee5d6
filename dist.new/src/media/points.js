// Point clouds as encoders take them: places in space, and what each has beside its place.
import { SensoriumError } from '../util/errors.js';
/** True for a value of that form. */
export const isPoints = (value) => typeof value === 'object' &&
    value !== null &&
    value.points instanceof Float32Array &&
    Number.isInteger(value.channels);
/** How many points a cloud has. Errors: `media.points` for one without points, or whose numbers are not whole points. */
export function pointCount({ points, channels }) {
    const count = points.length / channels;
    if (channels >= 3 && Number.isInteger(count) && count > 0)
        return count;
    throw new SensoriumError('media.points', 'this is not a cloud of points', {
        expected: 'a multiple of channels numbers, and at least 3 channels',
        got: `${points.length} numbers of ${channels} channels`,
    });
}
//# sourceMappingURL=points.js.map