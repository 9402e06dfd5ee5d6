// Qwen2-VL's processor of images and of frames: any size at about its own, in patches that are grouped as the encoder merges them.
import { z } from 'zod';
import { SensoriumError } from '../util/errors.js';
import { parseImageConfig } from './image-config.js';
import { made } from './origin.js';
import { pixelsOf, pixelTable, putPatch } from './pixel-table.js';
import { pixelFields, resampleField } from './pixels.js';
import { resize } from './resize.js';
const count = z.int().positive();
const schema = z.object({
    do_resize: z.boolean().default(true),
    /** Numbers of pixels, whatever the keys say. */
    size: z.object({ shortest_edge: count.optional(), longest_edge: count.optional() }).default({}),
    min_pixels: count.nullish(),
    max_pixels: count.nullish(),
    /** Of Qwen3-VL's videos: a frame has at most an even share of the pixels, and `max_video_tokens`. */
    cap_pixels_per_frame: z.boolean().nullish(),
    max_video_tokens: count.default(768),
    resample: resampleField(3),
    patch_size: count.default(14),
    temporal_patch_size: count.default(2),
    merge_size: count.default(2),
    ...pixelFields([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]),
});
/** Longest images that the models were trained on have sides of this ratio. */
const MAX_RATIO = 200;
/** Half to even, as Python rounds. */
function roundEven(x) {
    const low = Math.floor(x);
    return x - low === 0.5 ? low + (low % 2) : Math.round(x);
}
/**
 * The size nearest to the image's whose sides are multiples of `factor` and whose pixels are within the limits, those of all `frames`
 * together, which are filled up to a multiple of `times`.
 * Errors: `media.ratio` for images that are too long.
 */
export function smartResize({ width, height }, o) {
    const ratio = Math.max(width, height) / Math.min(width, height);
    if (ratio > MAX_RATIO)
        throw new SensoriumError('media.ratio', 'the image is too long for its width', {
            expected: `sides with a ratio of at most ${MAX_RATIO}`,
            got: `${width}x${height}`,
            hint: 'Crop it, or pad its shorter side',
        });
    const { factor, minPixels, maxPixels, frames = 1, times = 1 } = o;
    const near = [width, height].map((n) => roundEven(n / factor) * factor);
    const pixels = near[0] * near[1] * Math.max(1, roundEven(frames / times)) * times;
    const scaled = (scale) => ({ width: scale(width), height: scale(height) });
    if (pixels > maxPixels) {
        const beta = Math.sqrt((frames * height * width) / maxPixels);
        return scaled((n) => Math.max(factor, Math.floor(n / beta / factor) * factor));
    }
    if (pixels < minPixels) {
        const beta = Math.sqrt(minPixels / (frames * height * width));
        return scaled((n) => Math.ceil((n * beta) / factor) * factor);
    }
    return { width: near[0], height: near[1] };
}
/** Names in files: the first files of Qwen2.5-VL have one of their own, those for frames may have the video processor's under the same key. */
const TYPES = [
    'Qwen2VLImageProcessor',
    'Qwen2_5_VLImageProcessor',
    'Qwen2VLVideoProcessor',
    'Qwen2_5_VLVideoProcessor',
    'Qwen3VLVideoProcessor',
];
/** Limits of a frame's pixels where a video processor does not say. */
const FRAME_SIZE = { shortest_edge: 128 * 28 * 28, longest_edge: 28 * 28 * 768 };
/** Qwen2VLImageProcessor (the variant on Pillow) and Qwen2VLVideoProcessor (which has torchvision alone); Qwen2.5-VL uses both too. */
export class QwenVlImageProcessor {
    config;
    arithmetic;
    table;
    constructor(config, arithmetic) {
        this.config = config;
        this.arithmetic = arithmetic;
        this.table = pixelTable(config);
    }
    /** Errors: `media.config`, naming the key. */
    static fromConfig(raw = {}, place = 'preprocessor_config.json') {
        return made(new QwenVlImageProcessor(parseImageConfig(schema, raw, { types: TYPES, place }), 'pillow'), 'qwen', raw, place);
    }
    /** The same for frames, from video_preprocessor_config.json or, in folders without one, the image processor's file. */
    static forFrames(raw = {}, place = 'video_preprocessor_config.json') {
        const sized = { ...raw, size: { ...FRAME_SIZE, ...raw.size } };
        return made(new QwenVlImageProcessor(parseImageConfig(schema, sized, { types: TYPES, place }), 'torch'), 'qwenFrames', raw, place);
    }
    /** The size that an image is resized to. */
    resizedSize(image) {
        const c = this.config;
        if (!c.do_resize)
            return image;
        return smartResize(image, {
            factor: c.patch_size * c.merge_size,
            minPixels: c.min_pixels ?? c.size.shortest_edge ?? 56 * 56,
            maxPixels: c.max_pixels ?? c.size.longest_edge ?? 28 * 28 * 1280,
        });
    }
    /** The grid of an image of this size. */
    grid(image) {
        const { width, height } = this.resizedSize(image);
        const { patch_size: p } = this.config;
        return [1, Math.floor(height / p), Math.floor(width / p)];
    }
    /** One image, which fills all the times of its frame. */
    process(image) {
        return this.processFrames([image]);
    }
    /** Images of one size in order of time; the last one is repeated until the last frame is full. `size`: what they are resized to. */
    processFrames(images, size = this.resizedSize(images[0])) {
        const { patch_size: p, temporal_patch_size: times, resample, merge_size: m } = this.config;
        const { width, height } = size;
        const { table } = this;
        const [rows, columns] = [Math.floor(height / p), Math.floor(width / p)];
        const frames = Math.ceil(images.length / times);
        const sized = images.map((image) => pixelsOf(resize(image, width, height, resample, { arithmetic: this.arithmetic })));
        const n = p * p;
        const patches = new Float32Array(frames * rows * columns * 3 * times * n);
        /** The last time's channel again. */
        const repeatAt = (at) => patches.copyWithin(at, at - n, at);
        let o = 0;
        for (let f = 0; f < frames; f++)
            for (let r = 0; r < rows; r += m)
                for (let c = 0; c < columns; c += m)
                    for (let square = 0; square < m * m; square++) {
                        const [top, left] = [(r + Math.floor(square / m)) * p, (c + (square % m)) * p];
                        const place = { left, top, side: p, step: times * n };
                        const source = (t) => sized[Math.min(f * times + t, sized.length - 1)];
                        for (let t = 0; t < times; t++)
                            if (t === 0 || source(t) !== source(t - 1))
                                putPatch(source(t), place, table, patches, o + t * n);
                            else
                                for (let channel = 0; channel < 3; channel++)
                                    repeatAt(o + (channel * times + t) * n);
                        o += 3 * times * n;
                    }
        return { grid: [frames, rows, columns], patches };
    }
}
//# sourceMappingURL=qwen-vl-processor.js.map