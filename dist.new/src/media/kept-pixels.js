// Pixels that a worker thread keeps for a while after decoding them: the processor that needs them next runs there, and nothing is copied.
import { hasWorkers, runJob } from '../util/jobs.js';
import { copyPixels } from './large-image.js';
/** Images that a thread keeps at most, and how long, in milliseconds. */
const MOST = 2;
const KEPT_MS = 5000;
/** Of this thread. */
const kept = new Map();
/** Keeps an image under its name until it is taken, for some seconds or until others come. */
export function keepPixels(key, image) {
    takePixels(key);
    const [oldest] = kept.keys();
    if (kept.size >= MOST)
        takePixels(oldest);
    kept.set(key, { image, timer: setTimeout(() => kept.delete(key), KEPT_MS).unref() });
}
/** Gives an image that this thread keeps, and keeps it no longer. */
export function takePixels(key) {
    const found = kept.get(key);
    clearTimeout(found?.timer);
    kept.delete(key);
    return found?.image;
}
const places = new WeakMap();
/** Notes where an image was decoded that nobody changes any more, and returns it. */
export function decodedIn(image, place) {
    places.set(image, place);
    return image;
}
/** The pixels, in the thread of the job; undefined for those that it does not keep any more. */
export const givenPixels = (given) => ('kept' in given ? takePixels(given.kept) : given);
/**
 * Runs a job on an image: in the thread that keeps its pixels since it decoded them, else on a copy. The job gives undefined where it has
 * not found the pixels; they are looked for once. Errors: those of `runJob`.
 */
export async function runOnImage(job, image, input, options = {}) {
    const place = places.get(image);
    if (place && hasWorkers()) {
        places.delete(image);
        const found = await runJob(job, { ...input, image: { kept: place.key } }, { ...options, thread: place.thread });
        if (found)
            return found.value;
    }
    const own = hasWorkers() ? await copyPixels(image) : image;
    return (await runJob(job, { ...input, image: own }, { ...options, move: true })).value;
}
//# sourceMappingURL=kept-pixels.js.map