// Idefics 3 and SmolVLM: every tile of an image has its row and column written before it, and the whole image comes last.
import { Idefics3ImageProcessor, processOff } from '../../../media/index.js';
import { SensoriumError } from '../../../util/errors.js';
import { hostTensor } from '../../../util/host.js';
import { feedsFrom } from '../../processor.js';
import { readProcessorConfigs } from '../../processor-files.js';
const IMAGE = '<image>';
const FAKE = '<fake_token_around_image>';
/** What stands for an image of so many rows and columns of tiles (0 and 0: not cut), with `n` tokens for each. */
function placeholder(rows, columns, n) {
    const tokens = IMAGE.repeat(n);
    const whole = `${FAKE}<global-img>${tokens}${FAKE}`;
    if (rows === 0 && columns === 0)
        return whole;
    let text = '';
    for (let r = 1; r <= rows; r++) {
        for (let c = 1; c <= columns; c++)
            text += `${FAKE}<row_${r}_col_${c}>${tokens}`;
        text += '\n';
    }
    return `${text}\n${whole}`;
}
/** Idefics3Processor: images alone. */
export class Idefics3Processor {
    imageTokenId;
    images;
    parts;
    /** Tiles are many: generation takes one image at a time. */
    joins = false;
    joinable = true;
    constructor(imageTokenId, images, parts) {
        this.imageTokenId = imageTokenId;
        this.images = images;
        this.parts = parts;
    }
    /** Ids that stand for an image of this size. */
    idsOf(size) {
        const { rows, columns } = this.images.layout(size);
        const { network, tokenizer } = this.parts;
        return tokenizer.encode(placeholder(rows, columns, network.tileTokens), { special: true });
    }
    prepare(images) {
        const { network } = this.parts;
        const patch = network.config.vision_config.patch_size;
        const patchesOf = async (image) => {
            const output = this.images.layout(image);
            const { tiles, patches } = await processOff(this.images, 'patches', [image, patch], { output });
            return hostTensor('float32', [tiles, network.side ** 2, 3 * patch ** 2], patches);
        };
        return images.map((image) => {
            const ids = this.idsOf(image);
            const rows = [...ids.keys()].filter((i) => ids[i] === this.imageTokenId);
            return { ids, rows, feeds: feedsFrom({ patches: () => patchesOf(image) }) };
        });
    }
}
/** The processor of a folder. Errors: `model.processor` when its tiles are not what the network takes. */
export async function idefics3Processor({ dir, config, network, tokenizer }) {
    const { image, place, processor } = await readProcessorConfigs(dir);
    const images = Idefics3ImageProcessor.fromConfig(image, place);
    const { patch_size } = config.vision_config;
    if (Math.floor(images.tile / patch_size) !== network.side)
        throw new SensoriumError('model.processor', 'the tiles do not fit the vision encoder', {
            place: `${place}: max_image_size.longest_edge`,
            expected: `vision_config.image_size of config.json, ${config.vision_config.image_size}`,
            got: String(images.tile),
        });
    const length = processor.image_seq_len;
    if (length !== undefined && length !== network.tileTokens)
        throw new SensoriumError('model.processor', 'the tokens of a tile do not fit the network', {
            place: `${dir}/processor_config.json: image_seq_len`,
            expected: `${network.tileTokens}, from image_size, patch_size and scale_factor`,
            got: String(length),
        });
    return new Idefics3Processor(config.image_token_id, images, { network, tokenizer });
}
//# sourceMappingURL=processor.js.map