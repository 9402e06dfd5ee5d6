import type { Frames } from './video.js';
import { type VideoBounds } from './video-limits.js';
/** Frames of an animated GIF or WebP; its pictures count as equally long. Errors: `media.limit`, `media.damaged`. */
export declare function animationFrames(bytes: Uint8Array, bounds: VideoBounds & {
    place: string;
}): Promise<Required<Frames>>;
