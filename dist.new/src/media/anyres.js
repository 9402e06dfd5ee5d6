// Images of any resolution as tiles of one size (LLaVA-NeXT, LLaVA-OneVision): which grid, and what each tile shows.
import { defineJob } from '../util/jobs.js';
import { paste } from './image-processor.js';
import { givenPixels, runOnImage } from './kept-pixels.js';
import { isLarge } from './large-image.js';
import { crop } from './pixels.js';
import { resize } from './resize.js';
/** The resolution, of at least one, that keeps most of an image and wastes least. */
export function bestResolution([height, width], candidates) {
    let best = candidates[0];
    let [most, least] = [0, Number.POSITIVE_INFINITY];
    for (const [h, w] of candidates) {
        const scale = Math.min(w / width, h / height);
        const kept = Math.min(Math.trunc(width * scale) * Math.trunc(height * scale), width * height);
        const wasted = h * w - kept;
        if (kept > most || (kept === most && wasted < least))
            [most, least, best] = [kept, wasted, [h, w]];
    }
    return best;
}
/** An image in the middle of a canvas of this resolution, as large as fits, on black. */
export function letterbox(image, [height, width], filter) {
    const [across, down] = [width / image.width, height / image.height];
    const fitted = across < down
        ? { width, height: Math.min(Math.ceil(image.height * across), height) }
        : { width: Math.min(Math.ceil(image.width * down), width), height };
    const small = resize(image, fitted.width, fitted.height, filter);
    return paste(small, { width, height, left: Math.floor((width - fitted.width) / 2), top: Math.floor((height - fitted.height) / 2) });
}
/** What the tower of LLaVA-NeXT is shown of an image: all of it, then tiles of it on a canvas of this resolution. */
export function tilePictures({ image, side, resolution, filter }) {
    return [resize(image, side, side, filter), ...cutTiles(letterbox(image, resolution, filter), side)];
}
/** The same of pixels as a thread is given them; undefined where it does not have them. */
export function tilesInThread({ image, ...how }) {
    const pixels = givenPixels(image);
    return pixels && { value: tilePictures({ image: pixels, ...how }) };
}
const tilesJob = defineJob(import.meta.url, tilesInThread);
/** The same, of large images in a worker thread. */
export async function tilesOff(input) {
    const [height, width] = input.resolution;
    if (!isLarge(input.image, { width, height }))
        return tilePictures(input);
    const { image, ...how } = input;
    return runOnImage(tilesJob, image, how);
}
/** Squares of `side` pixels, row by row; those at the right and bottom may be smaller. */
export function cutTiles(image, side) {
    const tiles = [];
    for (let top = 0; top < image.height; top += side)
        for (let left = 0; left < image.width; left += side)
            tiles.push(crop(image, { left, top, width: Math.min(side, image.width - left), height: Math.min(side, image.height - top) }));
    return tiles;
}
//# sourceMappingURL=anyres.js.map