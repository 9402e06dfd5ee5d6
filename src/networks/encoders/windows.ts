// Windows of a large image through one tower, each with a low-rank term of its own, beside the whole image (Monkey, Li et al. 2023).

import { z } from 'zod';
import { input, stack, type Tensor } from '../../graph/index.js';
import { cutTiles, type HeightWidth, type RgbImage, resize } from '../../media/index.js';
import { Linear, type LinearAdapter, Lora, Module } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import { hostTensor } from '../../util/host.js';
import { defineEncoder, type EncoderNetwork, encoderConfig } from './define.js';
import { type PictureNetwork, pictureEncoder, picturePixels } from './pictures.js';

const count = z.number().int().positive();
const schema = z.object({
  of: encoderConfig,
  /** Rows and columns of windows. */
  grid: z.tuple([count, count]).default([2, 2]),
  /** Ranks of the terms of attention and of the feed-forward; those published by default. Alpha is twice the rank. */
  attention: count.default(16),
  mlp: count.default(32),
});
type Config = z.infer<typeof schema>;

/** The terms of one window, in the order of the tower's linear layers. */
class WindowLora extends Module {
  terms: Lora[];
  constructor(layers: readonly (readonly [Linear, number])[]) {
    super();
    this.terms = layers.map(([linear, rank]) => new Lora(linear.inputs, linear.outputs, { rank, alpha: 2 * rank }));
  }
}

/** A term of a window on a layer that may have an adapter already. */
class WindowTerm extends Module implements LinearAdapter {
  constructor(
    private readonly term: Lora,
    private readonly before: LinearAdapter | undefined,
  ) {
    super();
  }
  around(linear: Linear, x: Tensor): Tensor {
    if (!this.before) return this.term.around(linear, x);
    const { lora_A, lora_B, scale } = this.term;
    return this.before.around(linear, x).add(lora_B.forward(lora_A.forward(x)).mul(scale));
  }
  /** Its parameters have the names of the window. */
  override nameParameters(): this {
    return this;
  }
}

/** `pixels` [images, 1 + windows, 3, height, width]: the whole image, which goes through the tower as it is, and its windows, row by row. */
class Windows extends Module implements EncoderNetwork {
  windows: WindowLora[];
  private readonly layers: readonly (readonly [Linear, number])[];
  constructor(
    readonly of: PictureNetwork,
    { grid, attention, mlp }: Config,
  ) {
    super();
    const linear = [...of.namedModules()].filter((entry): entry is [string, Linear] => entry[1] instanceof Linear);
    this.layers = linear.map(([path, layer]) => [layer, /(^|\.)(mlp|fc\d|ffn)\b/.test(path) ? mlp : attention] as const);
    if (this.layers.length === 0)
      throw new SensoriumError('model.encoder', 'a tower without linear layers has no place for low-rank terms', { place: 'windows: of' });
    this.windows = Array.from({ length: grid[0] * grid[1] }, () => new WindowLora(this.layers));
  }
  get width(): number {
    return this.of.width;
  }
  get tokenCount(): number {
    return this.of.tokenCount;
  }
  encode(): Tensor {
    return this.trace(() => {
      const groups = input('pixels', ['images', this.windows.length + 1, 3, ...this.of.pictureSize]);
      const of = (i: number): Tensor => this.of.tokens(groups.slice({ axis: 1, start: i, end: i + 1 }).squeeze(1));
      const each = [of(0), ...this.windows.map((window, i) => this.within(window, () => of(i + 1)))];
      return stack(each, 1).reshape([-1, this.tokenCount, this.width]);
    });
  }
  /** Traces with the terms of a window on the tower's layers. */
  private within(window: WindowLora, trace: () => Tensor): Tensor {
    const before = this.layers.map(([layer]) => layer.adapter);
    this.layers.forEach(([layer], i) => {
      layer.adapter = new WindowTerm(window.terms[i] as Lora, before[i]);
    });
    try {
      return trace();
    } finally {
      this.layers.forEach(([layer], i) => {
        layer.adapter = before[i];
      });
    }
  }
}

/** The image bent to the tower's size, then its windows. */
function windowPictures(image: RgbImage, [height, width]: HeightWidth, [rows, columns]: readonly [number, number]): RgbImage[] {
  return [resize(image, width, height, 'bicubic'), ...cutTiles(resize(image, columns * width, rows * height, 'bicubic'), height)];
}

/**
 * Windows of an image through `of`, each with its own low-rank terms; with a resampler as connector its queries are shared by all.
 * @example mllm({ vision: windows({ of: clipVision({…}), grid: [2, 2], attention: 4, mlp: 8 }), connector: resampler({ … }), … })
 */
export const windows = defineEncoder<Config, Windows, z.input<typeof schema>>('windows', {
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
