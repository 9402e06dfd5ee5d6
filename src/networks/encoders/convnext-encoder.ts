// ConvNeXt as an encoder: the cells of one level, or of several side by side (Osprey, Yuan et al. 2023, has all four).

import { z } from 'zod';
import { avgPool, concat, type Tensor } from '../../graph/index.js';
import { ClipImageProcessor, type HeightWidth } from '../../media/index.js';
import { Module } from '../../nn/index.js';
import { wrongField } from '../parse-config.js';
import { ConvNext, convNextConfig } from './convnext.js';
import { imagenetPixels } from './dinov2.js';
import { definePictureEncoder, type PictureNetwork, pictureInput } from './pictures.js';

const schema = z
  .object({
    /** `config.json` of ConvNextModel. */
    convnext: convNextConfig,
    /** Stages by number from 0; finer ones are averaged to the cells of the coarsest. Default: the last alone. */
    levels: z.array(z.number().int().nonnegative()).min(1).optional(),
  })
  .superRefine(({ convnext, levels = [] }, context) => {
    if (levels.some((level) => level >= convnext.num_stages)) wrongField(context, 'levels', `numbers below ${convnext.num_stages}`, levels);
  });
type Config = z.infer<typeof schema>;

/** Names as in ConvNextModel, below `convnext`. */
class ConvNextPyramid extends Module implements PictureNetwork {
  convnext: ConvNext;
  private readonly levels: readonly number[];
  constructor({ convnext, levels }: Config) {
    super();
    this.convnext = new ConvNext(convnext);
    this.levels = [...(levels ?? [convnext.num_stages - 1])].sort((a, b) => a - b);
  }
  get width(): number {
    return this.levels.reduce((n, level) => n + (this.convnext.levelWidths[level] as number), 0);
  }
  get tokenCount(): number {
    return this.grid[0] * this.grid[1];
  }
  get pictureSize(): HeightWidth {
    const { image_size: side } = this.convnext.config;
    return [side, side];
  }
  get grid(): HeightWidth {
    return this.gridAt(this.pictureSize);
  }
  gridAt(size: HeightWidth): HeightWidth {
    return this.convnext.levelGrid(size, this.levels.at(-1) as number);
  }
  tokens(pixels: Tensor): Tensor {
    const coarsest = this.levels.at(-1) as number;
    const maps = this.convnext.levels(pixels);
    const [height, width] = this.gridAt([pixels.size(2), pixels.size(3)]);
    const each = this.levels.map((level) => {
      const factor = 2 ** (coarsest - level);
      const map = maps[level] as Tensor;
      // A level whose side is odd has cells that the next one leaves out.
      const whole = map.slice({ axis: 2, end: height * factor }).slice({ axis: 3, end: width * factor });
      const cells = factor === 1 ? whole : avgPool(whole, factor, { stride: factor });
      return cells.reshape([pixels.dim(0), this.convnext.levelWidths[level] as number, height * width]).transpose([0, 2, 1]);
    });
    return each.length === 1 ? (each[0] as Tensor) : concat(each, 2);
  }
  encode(): Tensor {
    return this.tokens(pictureInput(this));
  }
}

/**
 * A ConvNeXt as an encoder.
 * @example convNextVision({ convnext: { hidden_sizes: [32, 64], depths: [1, 1], num_stages: 2, image_size: 64 }, levels: [0, 1] })
 */
export const convNextVision = definePictureEncoder<Config, z.input<typeof schema>>('convnext', {
  config: schema,
  network: (config) => new ConvNextPyramid(config),
  images: ({ convnext: { image_size: side } }) =>
    ClipImageProcessor.fromConfig({ size: { shortest_edge: side }, crop_size: { height: side, width: side }, ...imagenetPixels }),
});
