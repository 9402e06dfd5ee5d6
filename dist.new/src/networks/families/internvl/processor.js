// InternVL's processor: an image as tiles and a view of the whole, a video as numbered frames of one tile each.
import { frameProcessor, GotOcr2ImageProcessor, processOff } from '../../../media/index.js';
import { SensoriumError } from '../../../util/errors.js';
import { hostTensor } from '../../../util/host.js';
import { feedsFrom, requiredToken } from '../../processor.js';
import { readProcessorConfigs } from '../../processor-files.js';
import { assertTowerSize, towerPixels } from '../llava/processor.js';
const [START, END, VIDEO] = ['<img>', '</img>', '<video>'];
/** InternVLProcessor. */
export class InternVlProcessor {
    imageTokenId;
    images;
    frames;
    parts;
    /** Tiles are many: generation takes one image at a time. */
    joins = false;
    joinable = true;
    videoTokenId;
    constructor(imageTokenId, images, frames, parts) {
        this.imageTokenId = imageTokenId;
        this.images = images;
        this.frames = frames;
        this.parts = parts;
        this.videoTokenId = parts.tokenizer.tokenId(VIDEO);
    }
    /** The ids of one image: `tiles` times those of a tile, between their edges. */
    between(tiles) {
        const { network, tokenizer } = this.parts;
        const rows = new Array(tiles * network.tileTokens).fill(this.imageTokenId);
        return [requiredToken(tokenizer, START), ...rows, requiredToken(tokenizer, END)];
    }
    placed(ids) {
        return { ids, rows: [...ids.keys()].filter((i) => ids[i] === this.imageTokenId) };
    }
    prepare(images) {
        return images.map((image) => {
            const { tiles, width, height } = this.images.layout(image);
            const pixels = async () => {
                const { side } = this.images;
                return hostTensor('float32', [tiles, 3, side, side], await processOff(this.images, 'process', [image], { output: { width, height } }));
            };
            return { ...this.placed(this.between(tiles)), feeds: feedsFrom({ pixels }) };
        });
    }
    /** `Frame1: `, a tile, a new line, `Frame2: ` and so on. */
    prepareVideo(frames) {
        const { tokenizer } = this.parts;
        const { side } = this.images;
        for (const frame of frames)
            assertTowerSize(frame, this.frames, side);
        const ids = frames.flatMap((_, i) => [...tokenizer.encode(`${i === 0 ? '' : '\n'}Frame${i + 1}: `), ...this.between(1)]);
        return { ...this.placed(ids), feeds: feedsFrom({ pixels: () => towerPixels(frames, this.frames, side) }), variant: 'video' };
    }
}
/** The processor of a folder. Errors: `model.processor` when its tiles are not what the network takes. */
export async function internVlProcessor({ dir, config, network, tokenizer }) {
    const { image, place, processor, frames, framesPlace } = await readProcessorConfigs(dir);
    const images = GotOcr2ImageProcessor.fromConfig(image, place);
    const { image_size } = config.vision_config;
    const wrong = (where, expected, got) => new SensoriumError('model.processor', 'the tiles do not fit the vision encoder', { place: where, expected, got: String(got) });
    if (images.side !== image_size)
        throw wrong(`${place}: size`, `vision_config.image_size of config.json, ${image_size}`, images.side);
    const length = processor.image_seq_length;
    if (length !== undefined && length !== network.tileTokens)
        throw wrong(`${dir}/processor_config.json: image_seq_length`, `${network.tileTokens}, from the sizes of config.json`, length);
    const size = { height: image_size, width: image_size };
    return new InternVlProcessor(config.image_token_id, images, frameProcessor({ size, ...frames }, framesPlace), { network, tokenizer });
}
//# sourceMappingURL=processor.js.map