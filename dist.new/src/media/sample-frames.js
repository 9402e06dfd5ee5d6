// Which frames of a video a model sees: as many as its length asks for, evenly from its beginning.
const DEFAULT_FPS = 2;
const DEFAULT_MAX_FRAMES = 16;
/** Frames that are seen of the shortest video (Qwen2VLVideoProcessor's `min_frames`), if it has so many. */
const LEAST_FRAMES = 4;
/**
 * How many of `total` frames at `rate` frames a second are seen: `Qwen2VLVideoProcessor.sample_frames` of transformers, which makes their
 * number even; where it would take none, one is taken.
 */
export function sampleCount({ total, rate }, sampling = {}) {
    const { fps = DEFAULT_FPS, maxFrames = DEFAULT_MAX_FRAMES } = sampling;
    const even = (n) => Math.floor(n / 2) * 2;
    const wanted = Math.max((total / rate) * fps, LEAST_FRAMES);
    return Math.max(1, even(Math.min(wanted, even(Math.min(maxFrames, total)))));
}
/** The frames themselves: `count` of `total`, evenly from the first. */
export function sampleIndices(total, count) {
    return Array.from({ length: count }, (_, i) => Math.floor((i * total) / count));
}
//# sourceMappingURL=sample-frames.js.map