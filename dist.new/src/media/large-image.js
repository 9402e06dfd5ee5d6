// Large images for worker threads: which are worth the trip, and copies that can be moved there.
import { setImmediate } from 'node:timers/promises';
/**
 * Images with fewer pixels are worked on where they are. Measured in processor time of the main thread: of an image of 512 x 512 the trip
 * takes 2 ms of it (copies and messages), the work itself 6 ms for CLIP and 20 ms for Qwen2-VL. The bound is half of that size: there the work
 * is 5 ms and 10 ms.
 */
export const SMALL_PIXELS = 2 ** 17;
/** Whether an image, or several together, are worth a trip to a thread. */
export const isLarge = (...images) => images.reduce((pixels, { width, height }) => pixels + width * height, 0) >= SMALL_PIXELS;
/** Bytes that are copied at a time: about a millisecond. */
const SLICE = 2 ** 22;
/**
 * A copy of an image, to be moved to a thread; of a large one slice by slice, so that others get their turn. (Shared memory would need no
 * copy, but V8 does not count it, so thousands of large images would pile up before it collects them.)
 */
export async function copyPixels({ width, height, data }) {
    const copy = new Uint8Array(data.length);
    for (let at = 0; at < data.length; at += SLICE) {
        if (at > 0)
            await setImmediate();
        copy.set(data.subarray(at, at + SLICE), at);
    }
    return { width, height, data: copy };
}
//# sourceMappingURL=large-image.js.map