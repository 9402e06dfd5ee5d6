import type { ImageProcessor } from './image-processor.js';
type Json = Readonly<Record<string, unknown>>;
/**
 * The processor of a video_preprocessor_config.json, or of the image processor's file where a folder has none of its own.
 * Errors: `media.config`, naming the key.
 */
export declare function frameProcessor(config: Json, place?: string): ImageProcessor;
export {};
