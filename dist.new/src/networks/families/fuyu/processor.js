// Fuyu: rows of image tokens that end with a newline token, the beginning of the text, the text, and the mark that an answer begins.
import { FuyuImageProcessor, processOff } from '../../../media/index.js';
import { oneImage, textOf } from '../../../text/plain-text.js';
import { SensoriumError } from '../../../util/errors.js';
import { hostTensor } from '../../../util/host.js';
import { feedsFrom, requiredToken } from '../../processor.js';
import { readProcessorConfigs } from '../../processor-files.js';
const NAMES = { newline: '|NEWLINE|', begin: '<s>', answer: '<0x04>' };
/** FuyuProcessor, without boxes in prompts. */
export class FuyuProcessor {
    imageTokenId;
    images;
    tokenizer;
    ids;
    joins = true;
    marked = false;
    template = "{% for message in messages %}{{ message['content'] }}{% endfor %}";
    constructor(imageTokenId, images, tokenizer, ids) {
        this.imageTokenId = imageTokenId;
        this.images = images;
        this.tokenizer = tokenizer;
        this.ids = ids;
    }
    prepare(images) {
        return images.map((image) => {
            const [rows, columns] = this.images.grid(image);
            const row = [...new Array(columns).fill(this.imageTokenId), this.ids.newline];
            const ids = Array.from({ length: rows }, () => row).flat();
            return {
                ids,
                rows: [...ids.keys()].filter((i) => ids[i] === this.imageTokenId),
                feeds: feedsFrom({
                    patches: async () => {
                        const { patches } = await processOff(this.images, 'process', [image]);
                        return hostTensor('float32', [rows * columns, patches.length / rows / columns], patches);
                    },
                }),
            };
        });
    }
    prompt(messages, images) {
        oneImage(images.length);
        const seen = images[0] ?? [];
        const { begin, answer } = this.ids;
        return {
            ids: Int32Array.from([...seen, begin, ...this.tokenizer.encode(textOf(messages)), answer]),
            imageRuns: images.map(() => [0, seen.length]),
        };
    }
}
/** The processor of a folder. Errors: `text.fit` for a tokenizer without Fuyu's tokens, `media.config`, `model.processor`. */
export async function fuyuProcessor({ dir, config, tokenizer }) {
    const { image, place } = await readProcessorConfigs(dir);
    const images = FuyuImageProcessor.fromConfig(image, place);
    const { width, height } = images.config.patch_size;
    if (width !== config.patch_size || height !== config.patch_size)
        throw new SensoriumError('model.processor', 'the patches do not fit the network', {
            place: `${place}: patch_size`,
            expected: `${config.patch_size}x${config.patch_size}, as patch_size of config.json`,
            got: `${width}x${height}`,
        });
    const id = (name) => requiredToken(tokenizer, name);
    const ids = { newline: id(NAMES.newline), begin: id(NAMES.begin), answer: id(NAMES.answer) };
    return new FuyuProcessor(config.image_token_id, images, tokenizer, ids);
}
//# sourceMappingURL=processor.js.map