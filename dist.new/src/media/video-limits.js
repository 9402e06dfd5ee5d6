// Bounds of videos, checked against what a file states about itself before anything is decoded.
import { SensoriumError } from '../util/errors.js';
import { sampleCount } from './sample-frames.js';
/** How many frames of a video are taken. Errors: `media.limit` for one that is too long, or frames that are too large. */
export function countWithin({ total, seconds, width, height }, bounds) {
    const fail = (summary, expected, got) => new SensoriumError('media.limit', summary, {
        place: bounds.place,
        expected,
        got,
        hint: 'Cut it or scale it down, or raise the limit if the file is trusted',
    });
    if (seconds > bounds.maxSeconds)
        throw fail('the video is too long', `at most ${bounds.maxSeconds} seconds`, seconds.toFixed(1));
    const count = sampleCount({ total, rate: total / seconds }, bounds.sampling);
    const pixels = count * width * height;
    if (pixels > bounds.maxPixels)
        throw fail('the frames of the video are too large', `at most ${bounds.maxPixels} pixels in all frames that are taken`, `${count} x ${width}x${height} = ${pixels}`);
    return count;
}
/** Pixels of all pictures that are decoded on the way to those that are taken: about a minute of one core. */
const MOST_DECODED = 10e9;
/** Errors: `media.limit` for a file of which more pictures must be decoded than are worth it. */
export function checkDecoded(pixels, place) {
    if (pixels > MOST_DECODED)
        throw new SensoriumError('media.limit', 'too many pictures must be decoded to reach those that are taken', {
            place,
            expected: `at most ${MOST_DECODED} pixels`,
            got: String(pixels),
            hint: 'Cut it, scale it down, or take fewer frames',
        });
}
//# sourceMappingURL=video-limits.js.map