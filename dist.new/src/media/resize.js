// Resampling of 8-bit RGB, bit for bit: Pillow's, which images are published with, and torch's, which frames of videos are resized by.
import { SensoriumError } from '../util/errors.js';
import { resample } from './resample.js';
import { imageRange, mostTaps, tapCount, tapsFor, } from './taps.js';
export { RESAMPLE_CODES } from './taps.js';
/** Most pixels that a resize computes; of larger images four times their own. */
const MAX_PIXELS = 2 ** 24;
/** Most weights that a resize computes. */
const MAX_WEIGHTS = 2 ** 20;
/** Both axes of a resize; width and height of the result before `region`. */
function axesOf(image, { width, height }, { region, canvas }) {
    const { width: w, height: h, left, top } = canvas ?? { width: image.width, height: image.height, left: 0, top: 0 };
    const part = region ?? { left: 0, top: 0, width, height };
    return {
        x: { from: w, to: width, at: part.left, size: part.width, start: left, length: image.width },
        y: { from: h, to: height, at: part.top, size: part.height, start: top, length: image.height },
    };
}
/** What a resize to `size` would compute; nothing is allocated. */
export function resizeWork(image, size, filter = 'bicubic', options = {}) {
    const { x, y } = axesOf(image, size, options);
    const [first, end] = imageRange(filter, y);
    const pixels = (isWhole(x) ? 0 : x.size * (end - first)) + (isWhole(y) ? 0 : x.size * y.size);
    return { pixels, weights: tapCount(filter, x) + tapCount(filter, y) };
}
const shape = ({ width, height }) => `${width}x${height}`;
const CROP = 'Crop it, or pad its shorter side';
/** `media.ratio` for an image whose shorter side would become 0 pixels. */
export function nothingLeft(image, size) {
    return new SensoriumError('media.ratio', 'the image is too long for its width: nothing is left of it when it is resized', {
        expected: 'positive whole pixels',
        got: `${shape(image)} resized to ${shape(size)}`,
        hint: CROP,
    });
}
/** Errors: `media.ratio` for a side of 0 and for too much work, `media.shape` for sizes that cannot be. */
function check(image, size, filter, options) {
    const sides = [size.width, size.height];
    if (!sides.every((n) => Number.isSafeInteger(n) && n >= 0))
        throw new SensoriumError('media.shape', 'cannot resize to this size', { expected: 'positive whole pixels', got: shape(size) });
    if (sides.includes(0))
        throw nothingLeft(image, size);
    const { pixels, weights } = resizeWork(image, size, filter, options);
    const most = Math.max(MAX_PIXELS, 4 * image.width * image.height);
    if (pixels > most || weights > MAX_WEIGHTS)
        throw new SensoriumError('media.ratio', 'the image is too long for its width to be resized', {
            expected: pixels > most ? `at most ${most} pixels to compute` : `at most ${MAX_WEIGHTS} weights to compute`,
            got: `${pixels > most ? pixels : weights} for ${shape(image)} resized to ${shape(size)}`,
            hint: CROP,
        });
}
/** Most bytes of the rows that one position of the result reads; of wider images it is made in strips. */
const WINDOW = 2 ** 21;
/** A strip has at least so many columns. */
const LEAST_STRIP = 16;
/** Parts of an axis one after the other, each of at most `size` positions. */
function strips(axis, size) {
    const out = [];
    for (let at = 0; at < axis.size; at += size)
        out.push({ ...axis, at: axis.at + at, size: Math.min(size, axis.size - at) });
    return out;
}
/** Whether positions of the result are positions of the image. */
const isKept = ({ from, to, start, length }) => from === to && start === 0 && length === from;
/** Whether the result along this axis is the image as it is. */
const isWhole = (axis) => isKept(axis) && axis.at === 0 && axis.size === axis.to;
/** Taps that are kept, and weights that those of one axis may have: photographs of one camera are resized alike. */
const MOST_KEPT = 16;
const MOST_KEPT_WEIGHTS = 2 ** 16;
const kept = new Map();
function keptTaps(filter, axis, arithmetic) {
    if (tapCount(filter, axis) > MOST_KEPT_WEIGHTS)
        return tapsFor(filter, axis, arithmetic);
    const { from, to, at, size, start, length } = axis;
    const key = [filter, arithmetic, from, to, at, size, start, length].join(' ');
    const taps = kept.get(key) ?? tapsFor(filter, axis, arithmetic);
    kept.delete(key); // it is the newest now
    kept.set(key, taps);
    for (const oldest of kept.keys())
        if (kept.size > MOST_KEPT)
            kept.delete(oldest);
    return taps;
}
/** Positions of the image that are read, and the taps of those of the result. */
function tapped(filter, axis, arithmetic) {
    if (isKept(axis))
        return [[axis.at, axis.at + axis.size], undefined];
    return [imageRange(filter, axis), keptTaps(filter, axis, arithmetic)];
}
/**
 * Resizes to width x height as `PIL.Image.resize` does (its whole-image box, no reducing gap): horizontal pass, rounding to
 * 8 bits, vertical pass; or with torch's arithmetic as torchvision resizes uint8 with antialias. An image that already has the size is
 * returned as it is, not copied. Errors: `media.shape`; `media.ratio` for
 * images so long and narrow that resizing them would compute more than 16.8 million pixels (or four times their own), or leave nothing.
 */
export function resize(image, width, height, filter = 'bicubic', options = {}) {
    check(image, { width, height }, filter, options);
    const { x, y } = axesOf(image, { width, height }, options);
    if (image.data.length !== image.width * image.height * 3)
        throw new SensoriumError('media.shape', 'the image has the wrong number of bytes', {
            expected: `${shape(image)}x3`,
            got: String(image.data.length),
        });
    if (isWhole(x) && isWhole(y))
        return image;
    const { arithmetic, canvas } = options;
    const data = new Uint8Array(x.size * y.size * 3);
    const [rows, down] = tapped(filter, y, arithmetic);
    const most = down ? mostTaps(down) : 1;
    for (const strip of strips(x, Math.max(LEAST_STRIP, Math.floor(WINDOW / most / 3)))) {
        const [columns, across] = tapped(filter, strip, arithmetic);
        const result = { data, at: (strip.at - x.at) * 3, row: strip.size * 3, step: x.size * 3 };
        resample({ image, rows, columns, across, down, color: canvas?.color }, result);
    }
    return { width: x.size, height: y.size, data };
}
//# sourceMappingURL=resize.js.map