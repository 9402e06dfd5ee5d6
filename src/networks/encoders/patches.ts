// No tower: patches of an image of any size go through the connector, one linear layer, and stand in the text row by row (Fuyu, Bavishi et al. 2023).

import { z } from 'zod';
import { input, type Tensor } from '../../graph/index.js';
import { FuyuImageProcessor, processOff } from '../../media/index.js';
import { Module } from '../../nn/index.js';
import { hostTensor } from '../../util/host.js';
import { defineEncoder, type EncoderNetwork } from './define.js';

const side = z.number().int().positive();
const schema = z.object({
  patch: side.default(30),
  /** Images beyond it are shrunk: height and width. */
  most: z.tuple([side, side]).default([1080, 1920]),
});
type Config = z.infer<typeof schema>;

/** A patch is an item of one token, its pixels: [patches, 1, patch * patch * 3], channels last. It has no parameters. */
class Patches extends Module implements EncoderNetwork {
  readonly tokenCount = 1;
  readonly width: number;
  constructor(patch: number) {
    super();
    this.width = 3 * patch ** 2;
  }
  encode(): Tensor {
    return input('patches', ['patches', 1, this.width]);
  }
}

/**
 * Raw patches, with a row end of the text behind each line. What lies beyond the image in the last patches is padding.
 * @example mllm({ vision: patches({ patch: 8 }), connector: linear(), … })
 */
export const patches = defineEncoder<Config, Patches, z.input<typeof schema>>('patches', {
  config: schema,
  network: ({ patch }) => new Patches(patch),
  reader: ({ width }, { patch, most: [height, most] }) => {
    const images = FuyuImageProcessor.fromConfig(
      { size: { height, width: most }, patch_size: { height: patch, width: patch } },
      'encoder: patches',
    );
    return {
      image: (image) => {
        const [rows, columns] = images.grid(image);
        return {
          items: rows * columns,
          lines: new Array<number>(rows).fill(columns),
          feeds: {
            patches: async () => hostTensor('float32', [rows * columns, 1, width], (await processOff(images, 'process', [image])).patches),
          },
        };
      },
    };
  },
});
