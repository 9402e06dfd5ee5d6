/** Which frames of a video are seen. */
export interface FrameSampling {
    /** Frames of each second. Default 2. */
    fps?: number;
    /** Most frames of the whole video: of a longer one fewer are taken of each second. Default 16. */
    maxFrames?: number;
}
/**
 * How many of `total` frames at `rate` frames a second are seen: `Qwen2VLVideoProcessor.sample_frames` of transformers, which makes their
 * number even; where it would take none, one is taken.
 */
export declare function sampleCount({ total, rate }: {
    total: number;
    rate: number;
}, sampling?: FrameSampling): number;
/** The frames themselves: `count` of `total`, evenly from the first. */
export declare function sampleIndices(total: number, count: number): number[];
