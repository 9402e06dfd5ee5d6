// BlipImageProcessor: the whole image squeezed to one size, bicubic, and CLIP's rescaling and normalising.
import { z } from 'zod';
import { ClipImageProcessor } from './clip-processor.js';
import { parseImageConfig } from './image-config.js';
import { pixelFields } from './pixels.js';
import { RESAMPLE_CODES } from './resize.js';
const side = z.int().positive();
const schema = z.object({
    do_resize: z.boolean().default(true),
    size: z
        .union([side.transform((n) => ({ height: n, width: n })), z.object({ height: side, width: side })])
        .default({ height: 384, width: 384 }),
    resample: z
        .int()
        .min(0)
        .max(RESAMPLE_CODES.length - 1)
        .default(3),
    ...pixelFields([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]),
});
/** The image processor of BLIP-2 and InstructBLIP: CLIP's arithmetic without a crop. Errors: `media.config`, naming the key. */
export function blipImageProcessor(raw, place = 'preprocessor_config.json') {
    const config = parseImageConfig(schema, raw, { types: ['BlipImageProcessor'], place });
    return ClipImageProcessor.fromConfig({ ...config, do_center_crop: false }, place);
}
//# sourceMappingURL=blip-processor.js.map