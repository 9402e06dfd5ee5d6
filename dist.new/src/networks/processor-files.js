// What a folder says of its processor: preprocessor_config.json and processor_config.json, or the latter alone as transformers 5 writes it.
import { join } from 'node:path';
import { ifThere } from '../util/errors.js';
import { readJson } from '../util/fs.js';
import { FILES } from '../util/model-files.js';
const VIDEO = 'video_preprocessor_config.json';
const isJson = (x) => typeof x === 'object' && x !== null && !Array.isArray(x);
/**
 * Reads them, parts of processor_config.json (transformers 5) before files of their own (transformers 4).
 * Errors: `util.missing` naming preprocessor_config.json when neither has the image processor's, `util.json`.
 */
export async function readProcessorConfigs(dir) {
    const path = join(dir, FILES.processor);
    const processor = (await ifThere(() => readJson(path))) ?? {};
    const file = join(dir, FILES.preprocessor);
    const { image_processor: inner, video_processor: innerVideo } = processor;
    const read = isJson(inner) ? await ifThere(() => readJson(file)) : await readJson(file);
    const [image, place] = isJson(inner) ? [inner, `${path}: image_processor`] : [read, file];
    if (isJson(innerVideo))
        return { image, place, processor, frames: innerVideo, framesPlace: `${path}: video_processor` };
    const own = await ifThere(() => readJson(join(dir, VIDEO)));
    const [frames, framesPlace] = own ? [own, join(dir, VIDEO)] : [read, file];
    return { image, place, processor, frames, framesPlace };
}
//# sourceMappingURL=processor-files.js.map