import { type RgbImage } from '../media/index.js';
import { type MediaPart } from '../text/index.js';
import type { Row } from './benchmark.js';
/** The pixels, path or bytes of an image part. Errors: `evaluate.image` for a part without any. */
export declare function sourceOf(part: MediaPart): string | Uint8Array | URL | RgbImage;
/** An image part as pixels. Errors: `media.*`, which name the file. */
export declare function pixelsOf(part: MediaPart): Promise<RgbImage>;
/**
 * The pixel-wise mean, rounded, of the images in some rows, each counted once; undefined where there are none. Pixels of one size keep it;
 * images of files are brought to 224x224, and of more than 256 these are taken evenly.
 */
export declare function meanImage(rows: readonly Pick<Row, 'messages'>[], signal?: AbortSignal): Promise<RgbImage | undefined>;
