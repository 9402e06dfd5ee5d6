import { ClipImageProcessor } from './clip-processor.js';
/** The image processor of BLIP-2 and InstructBLIP: CLIP's arithmetic without a crop. Errors: `media.config`, naming the key. */
export declare function blipImageProcessor(raw: unknown, place?: string): ClipImageProcessor;
