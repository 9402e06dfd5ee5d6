import type { RgbImage } from './image.js';
/**
 * Images with fewer pixels are worked on where they are. Measured in processor time of the main thread: of an image of 512 x 512 the trip
 * takes 2 ms of it (copies and messages), the work itself 6 ms for CLIP and 20 ms for Qwen2-VL. The bound is half of that size: there the work
 * is 5 ms and 10 ms.
 */
export declare const SMALL_PIXELS: number;
/** Whether an image, or several together, are worth a trip to a thread. */
export declare const isLarge: (...images: readonly {
    width: number;
    height: number;
}[]) => boolean;
/**
 * A copy of an image, to be moved to a thread; of a large one slice by slice, so that others get their turn. (Shared memory would need no
 * copy, but V8 does not count it, so thousands of large images would pile up before it collects them.)
 */
export declare function copyPixels({ width, height, data }: RgbImage): Promise<RgbImage>;
