// Animated images as videos: GIF and WebP, read by sharp.
import sharp from 'sharp';
import { SensoriumError } from '../util/errors.js';
import { pageToRgb } from './image.js';
import { sampleIndices } from './sample-frames.js';
import { checkDecoded, countWithin } from './video-limits.js';
/** Frames of an animated GIF or WebP; its pictures count as equally long. Errors: `media.limit`, `media.damaged`. */
export async function animationFrames(bytes, bounds) {
    const { place } = bounds;
    const header = await sharp(bytes, { limitInputPixels: false })
        .metadata()
        .catch((cause) => {
        throw new SensoriumError('media.damaged', 'the video is cut off or damaged', {
            place,
            expected: 'a complete GIF or WebP file',
            got: cause instanceof Error ? cause.message.split('\n')[0] : String(cause),
            cause,
        });
    });
    const { pages: total = 1, delay = [], width, format } = header;
    const height = header.pageHeight ?? header.height;
    const seconds = Array.from({ length: total }, (_, i) => delay[i] || 100).reduce((sum, ms) => sum + ms, 0) / 1000;
    const count = countWithin({ total, seconds, width, height }, bounds);
    const indices = sampleIndices(total, count);
    // Each picture is made of all before it.
    const pictures = indices.reduce((sum, index) => sum + index + 1, 0);
    checkDecoded(pictures * width * height, place);
    const frames = [];
    for (const page of indices) {
        bounds.signal?.throwIfAborted();
        frames.push(await pageToRgb(bytes, { page, place, format }));
    }
    return { frames, fps: count / seconds };
}
//# sourceMappingURL=animation.js.map