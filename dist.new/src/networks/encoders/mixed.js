// Several towers that look at the same pictures, their tokens side by side (SPHINX, Lin et al. 2023: CLIP, ConvNeXt and DINOv2).
import { z } from 'zod';
import { concat, constant } from '../../graph/index.js';
import { ClipImageProcessor } from '../../media/index.js';
import { Module } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import { hostTensor } from '../../util/host.js';
import { encoderConfig } from './define.js';
import { resizeGrid } from './interpolate.js';
import { definePictureEncoder, pictureEncoder, pictureInput } from './pictures.js';
const schema = z.object({ encoders: z.array(encoderConfig).min(1) });
const wrong = (place, expected, got) => new SensoriumError('model.encoder', 'these encoders cannot look at the same pictures', { place, expected, got });
function pixelsOf(images, place) {
    if (images instanceof ClipImageProcessor)
        return images.config;
    throw wrong(place, "CLIP's image processor, or one of its form", images.constructor.name);
}
function towersOf({ encoders }) {
    const towers = encoders.map((one, i) => {
        const { network, images } = pictureEncoder(one, `mixed: encoders.${i}`);
        return { network, pixels: pixelsOf(images, `mixed: encoders.${i}`) };
    });
    const [first] = towers;
    towers.forEach(({ network }, i) => {
        if (`${network.pictureSize}` !== `${first.network.pictureSize}`)
            throw wrong(`mixed: encoders.${i}`, `pictures of ${first.network.pictureSize.join('x')}, as of the first`, network.pictureSize.join('x'));
        if (!network.grid)
            throw wrong(`mixed: encoders.${i}`, 'tokens in rows and columns', 'others');
    });
    return towers;
}
/** Pixels that one processor normalized as another would have done. */
function renormalized(pixels, from, to) {
    if (`${from.image_mean} ${from.image_std}` === `${to.image_mean} ${to.image_std}`)
        return pixels;
    const each = (value) => constant(hostTensor('float32', [1, 3, 1, 1], Float32Array.from([0, 1, 2], value)));
    const [mean, std] = [to.image_mean, to.image_std];
    const factor = each((c) => from.image_std[c] / std[c]);
    const offset = each((c) => (from.image_mean[c] - mean[c]) / std[c]);
    return pixels.mul(factor).add(offset);
}
/** Tokens of the others are brought to the grid of the first tower, bilinearly. */
class Mixed extends Module {
    towers;
    encoders;
    constructor(towers) {
        super();
        this.towers = towers;
        this.encoders = towers.map(({ network }) => network);
    }
    get first() {
        return this.encoders[0];
    }
    get width() {
        return this.encoders.reduce((n, one) => n + one.width, 0);
    }
    get tokenCount() {
        return this.first.tokenCount;
    }
    get pictureSize() {
        return this.first.pictureSize;
    }
    get grid() {
        return this.first.grid;
    }
    tokens(pixels) {
        const { pixels: own } = this.towers[0];
        const each = this.towers.map(({ network, pixels: theirs }) => resizeGrid(network.tokens(renormalized(pixels, own, theirs)), network.grid, this.grid, 'bilinear'));
        return concat(each, 2);
    }
    encode() {
        return this.tokens(pictureInput(this));
    }
}
/**
 * Encoders side by side, which take pictures of one size; the first one's image processor is that of all.
 * @example tiles({ of: mixed({ encoders: [clipVision({…}), convNextVision({…})] }), grids: [[2, 2]], layout: 'list' })
 */
export const mixed = definePictureEncoder('mixed', {
    config: schema,
    network: (config) => new Mixed(towersOf(config)),
    images: ({ encoders }) => pictureEncoder(encoders[0], 'mixed: encoders.0').images,
});
//# sourceMappingURL=mixed.js.map