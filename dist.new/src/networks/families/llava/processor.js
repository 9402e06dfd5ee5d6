// LLaVA 1.5: pictures of the tower's size, and as many image tokens for each as the connector emits.
import { imageProcessor, processOff } from '../../../media/index.js';
import { SensoriumError } from '../../../util/errors.js';
import { hostTensor } from '../../../util/host.js';
import { feedsFrom } from '../../processor.js';
import { readProcessorConfigs } from '../../processor-files.js';
/** LlavaProcessor's images. */
export class LlavaProcessor {
    imageTokenId;
    images;
    sizes;
    joins = true;
    everyImage;
    constructor(imageTokenId, images, 
    /** Tokens of an image, and the side that the tower takes. */
    sizes) {
        this.imageTokenId = imageTokenId;
        this.images = images;
        this.sizes = sizes;
        this.everyImage = new Array(sizes.imageTokens).fill(imageTokenId);
    }
    prepare(images) {
        const { imageSize } = this.sizes;
        return images.map((image) => {
            assertTowerSize(image, this.images, imageSize);
            return { ids: this.everyImage, feeds: feedsFrom({ pixels: () => towerPixels([image], this.images, imageSize) }) };
        });
    }
}
/** Errors: `model.processor` where the processor makes of this size another than the side that the tower takes. */
export function assertTowerSize(size, processor, side) {
    const { width, height } = processor.outputSize(size);
    if (width !== side || height !== side)
        throw new SensoriumError('model.processor', 'the image processor makes pictures of another size than the model takes', {
            place: 'preprocessor_config.json: size, crop_size',
            expected: `${side}x${side} (image_size of vision_config)`,
            got: `${width}x${height}`,
        });
}
/** Pictures, or the canvas that the one picture lies on, as a tower takes them: [pictures, 3, side, side]. Errors: `model.processor`. */
export async function towerPixels(pictures, processor, side, { canvas, signal } = {}) {
    for (const picture of pictures)
        assertTowerSize(canvas ?? picture, processor, side);
    const each = [];
    for (const picture of pictures)
        each.push(await processOff(processor, 'process', [picture, canvas], { signal }));
    if (each.length === 1)
        return hostTensor('float32', [1, 3, side, side], each[0]);
    const pixels = hostTensor('float32', [pictures.length, 3, side, side]);
    for (const [i, picture] of each.entries())
        pixels.data.set(picture, i * 3 * side * side);
    return pixels;
}
/** The processor of a LLaVA folder. */
export async function llavaProcessor({ dir, config, network, }) {
    const { image, place } = await readProcessorConfigs(dir);
    const { imageTokens } = network;
    return new LlavaProcessor(config.image_token_index, imageProcessor(image, place), {
        imageTokens,
        imageSize: config.vision_config.image_size,
    });
}
//# sourceMappingURL=processor.js.map