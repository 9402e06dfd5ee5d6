// Windows of a large image through one tower, each with a low-rank term of its own, beside the whole image (Monkey, Li et al. 2023).
import { z } from 'zod';
import { input, stack } from '../../graph/index.js';
import { cutTiles, resize } from '../../media/index.js';
import { Linear, Lora, Module } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import { hostTensor } from '../../util/host.js';
import { defineEncoder, encoderConfig } from './define.js';
import { pictureEncoder, picturePixels } from './pictures.js';
const count = z.number().int().positive();
const schema = z.object({
    of: encoderConfig,
    /** Rows and columns of windows. */
    grid: z.tuple([count, count]).default([2, 2]),
    /** Ranks of the terms of attention and of the feed-forward; those published by default. Alpha is twice the rank. */
    attention: count.default(16),
    mlp: count.default(32),
});
/** The terms of one window, in the order of the tower's linear layers. */
class WindowLora extends Module {
    terms;
    constructor(layers) {
        super();
        this.terms = layers.map(([linear, rank]) => new Lora(linear.inputs, linear.outputs, { rank, alpha: 2 * rank }));
    }
}
/** A term of a window on a layer that may have an adapter already. */
class WindowTerm extends Module {
    term;
    before;
    constructor(term, before) {
        super();
        this.term = term;
        this.before = before;
    }
    around(linear, x) {
        if (!this.before)
            return this.term.around(linear, x);
        const { lora_A, lora_B, scale } = this.term;
        return this.before.around(linear, x).add(lora_B.forward(lora_A.forward(x)).mul(scale));
    }
    /** Its parameters have the names of the window. */
    nameParameters() {
        return this;
    }
}
/** `pixels` [images, 1 + windows, 3, height, width]: the whole image, which goes through the tower as it is, and its windows, row by row. */
class Windows extends Module {
    of;
    windows;
    layers;
    constructor(of, { grid, attention, mlp }) {
        super();
        this.of = of;
        const linear = [...of.namedModules()].filter((entry) => entry[1] instanceof Linear);
        this.layers = linear.map(([path, layer]) => [layer, /(^|\.)(mlp|fc\d|ffn)\b/.test(path) ? mlp : attention]);
        if (this.layers.length === 0)
            throw new SensoriumError('model.encoder', 'a tower without linear layers has no place for low-rank terms', { place: 'windows: of' });
        this.windows = Array.from({ length: grid[0] * grid[1] }, () => new WindowLora(this.layers));
    }
    get width() {
        return this.of.width;
    }
    get tokenCount() {
        return this.of.tokenCount;
    }
    encode() {
        return this.trace(() => {
            const groups = input('pixels', ['images', this.windows.length + 1, 3, ...this.of.pictureSize]);
            const of = (i) => this.of.tokens(groups.slice({ axis: 1, start: i, end: i + 1 }).squeeze(1));
            const each = [of(0), ...this.windows.map((window, i) => this.within(window, () => of(i + 1)))];
            return stack(each, 1).reshape([-1, this.tokenCount, this.width]);
        });
    }
    /** Traces with the terms of a window on the tower's layers. */
    within(window, trace) {
        const before = this.layers.map(([layer]) => layer.adapter);
        this.layers.forEach(([layer], i) => {
            layer.adapter = new WindowTerm(window.terms[i], before[i]);
        });
        try {
            return trace();
        }
        finally {
            this.layers.forEach(([layer], i) => {
                layer.adapter = before[i];
            });
        }
    }
}
/** The image bent to the tower's size, then its windows. */
function windowPictures(image, [height, width], [rows, columns]) {
    return [resize(image, width, height, 'bicubic'), ...cutTiles(resize(image, columns * width, rows * height, 'bicubic'), height)];
}
/**
 * Windows of an image through `of`, each with its own low-rank terms; with a resampler as connector its queries are shared by all.
 * @example mllm({ vision: windows({ of: clipVision({…}), grid: [2, 2], attention: 4, mlp: 8 }), connector: resampler({ … }), … })
 */
export const windows = defineEncoder('windows', {
    config: schema,
    network: (config) => new Windows(pictureEncoder(config.of, 'windows: of').network, config),
    reader: ({ of: { pictureSize } }, { of, grid }) => {
        const { images } = pictureEncoder(of, 'windows: of');
        const [height, width] = pictureSize;
        if (height !== width)
            throw new SensoriumError('model.encoder', 'images cannot be cut into windows for this encoder', {
                place: 'windows: of',
                expected: 'square pictures',
                got: `${width}x${height}`,
            });
        const items = grid[0] * grid[1] + 1;
        return {
            imageItems: items,
            image: (image) => ({
                items,
                feeds: {
                    pixels: async () => {
                        const { data } = await picturePixels(windowPictures(image, pictureSize, grid), images, pictureSize);
                        return hostTensor('float32', [1, items, 3, height, width], data);
                    },
                },
            }),
        };
    },
});
//# sourceMappingURL=windows.js.map