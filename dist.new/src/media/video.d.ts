import type { ImageSource, RgbImage } from './image.js';
import type { FrameSampling } from './sample-frames.js';
import { type MediaSource } from './source.js';
import type { VideoLimits } from './video-limits.js';
/** Frames of a video, decoded. */
export interface Frames {
    readonly frames: readonly RgbImage[];
    /** How many of them are of one second. Default 2. */
    readonly fps?: number;
}
/** The video part of a message: its frames in order, as many as are to be seen, or a file to take them from. */
export interface VideoPart extends FrameSampling {
    readonly type: 'video';
    readonly frames?: readonly (ImageSource | RgbImage)[];
    readonly source?: MediaSource;
}
/**
 * A video for a message: a file, or its frames and how many of them are of one second (2 unless `fps` says otherwise). Nothing is read yet.
 * @example model.generate([video('clip.mp4', { fps: 1, maxFrames: 8 }), 'What happens?'])
 */
export declare function video(given: MediaSource | readonly (ImageSource | RgbImage)[], sampling?: FrameSampling): VideoPart;
/**
 * Takes frames out of a video file: MP4, QuickTime, WebM, Matroska and AVI with the program ffmpeg, animated GIF and WebP without it. The
 * content tells the format. Which frames: `sampleCount` and `sampleIndices`. Everything that the file states about itself is checked before a
 * frame is decoded. Errors: `media.file`, `media.limit`, `media.format`, `media.damaged`, `media.program` without ffmpeg.
 */
export declare function decodeVideo(source: MediaSource, options?: FrameSampling & VideoLimits): Promise<Required<Frames>>;
/** Whether a source is a video by its content; false for one that cannot be read. Of a `data:` URL that says it is a video its word is taken. */
export declare function isVideo(source: MediaSource): Promise<boolean>;
