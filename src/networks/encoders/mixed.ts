// Several towers that look at the same pictures, their tokens side by side (SPHINX, Lin et al. 2023: CLIP, ConvNeXt and DINOv2).

import { z } from 'zod';
import { concat, constant, type Tensor } from '../../graph/index.js';
import { ClipImageProcessor, type HeightWidth, type ImageProcessor } from '../../media/index.js';
import { Module } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import { hostTensor } from '../../util/host.js';
import { encoderConfig } from './define.js';
import { resizeGrid } from './interpolate.js';
import { definePictureEncoder, type PictureNetwork, pictureEncoder, pictureInput } from './pictures.js';

const schema = z.object({ encoders: z.array(encoderConfig).min(1) });
type Config = z.infer<typeof schema>;

/** How a processor normalizes pixels. */
interface Pixels {
  image_mean: readonly number[];
  image_std: readonly number[];
}

interface Tower {
  network: PictureNetwork;
  pixels: Pixels;
}

const wrong = (place: string, expected: string, got: string): SensoriumError =>
  new SensoriumError('model.encoder', 'these encoders cannot look at the same pictures', { place, expected, got });

function pixelsOf(images: ImageProcessor, place: string): Pixels {
  if (images instanceof ClipImageProcessor) return images.config;
  throw wrong(place, "CLIP's image processor, or one of its form", images.constructor.name);
}

function towersOf({ encoders }: Config): Tower[] {
  const towers = encoders.map((one, i): Tower => {
    const { network, images } = pictureEncoder(one, `mixed: encoders.${i}`);
    return { network, pixels: pixelsOf(images, `mixed: encoders.${i}`) };
  });
  const [first] = towers as [Tower];
  towers.forEach(({ network }, i) => {
    if (`${network.pictureSize}` !== `${first.network.pictureSize}`)
      throw wrong(
        `mixed: encoders.${i}`,
        `pictures of ${first.network.pictureSize.join('x')}, as of the first`,
        network.pictureSize.join('x'),
      );
    if (!network.grid) throw wrong(`mixed: encoders.${i}`, 'tokens in rows and columns', 'others');
  });
  return towers;
}

/** Pixels that one processor normalized as another would have done. */
function renormalized(pixels: Tensor, from: Pixels, to: Pixels): Tensor {
  if (`${from.image_mean} ${from.image_std}` === `${to.image_mean} ${to.image_std}`) return pixels;
  const each = (value: (c: number) => number): Tensor => constant(hostTensor('float32', [1, 3, 1, 1], Float32Array.from([0, 1, 2], value)));
  const [mean, std] = [to.image_mean as number[], to.image_std as number[]];
  const factor = each((c) => (from.image_std[c] as number) / (std[c] as number));
  const offset = each((c) => ((from.image_mean[c] as number) - (mean[c] as number)) / (std[c] as number));
  return pixels.mul(factor).add(offset);
}

/** Tokens of the others are brought to the grid of the first tower, bilinearly. */
class Mixed extends Module implements PictureNetwork {
  encoders: PictureNetwork[];
  constructor(private readonly towers: readonly Tower[]) {
    super();
    this.encoders = towers.map(({ network }) => network);
  }
  private get first(): PictureNetwork {
    return this.encoders[0] as PictureNetwork;
  }
  get width(): number {
    return this.encoders.reduce((n, one) => n + one.width, 0);
  }
  get tokenCount(): number {
    return this.first.tokenCount;
  }
  get pictureSize(): HeightWidth {
    return this.first.pictureSize;
  }
  get grid(): HeightWidth {
    return this.first.grid as HeightWidth;
  }
  tokens(pixels: Tensor): Tensor {
    const { pixels: own } = this.towers[0] as Tower;
    const each = this.towers.map(({ network, pixels: theirs }) =>
      resizeGrid(network.tokens(renormalized(pixels, own, theirs)), network.grid as HeightWidth, this.grid, 'bilinear'),
    );
    return concat(each, 2);
  }
  encode(): Tensor {
    return this.tokens(pictureInput(this));
  }
}

/**
 * Encoders side by side, which take pictures of one size; the first one's image processor is that of all.
 * @example tiles({ of: mixed({ encoders: [clipVision({…}), convNextVision({…})] }), grids: [[2, 2]], layout: 'list' })
 */
export const mixed = definePictureEncoder<Config, z.input<typeof schema>>('mixed', {
  config: schema,
  network: (config) => new Mixed(towersOf(config)),
  images: ({ encoders }) => pictureEncoder(encoders[0] as z.infer<typeof encoderConfig>, 'mixed: encoders.0').images,
});
