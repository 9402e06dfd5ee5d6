// Regions of images as rows of the prompt: what every region encoder shares, which is how its rows stand behind those of their image.

import { arange, concat, greaterEqual, input, putRows, type Tensor } from '../../graph/index.js';
import { Module } from '../../nn/index.js';
import type { HostTensor } from '../../util/host.js';

/** What a region encoder stands between. */
export interface RegionSizes {
  /** Columns of the tower's tokens that the connector reads; those of the encoder's own `layers` follow. */
  inputs: number;
  /** Width of one hidden state of the tower. */
  tower: number;
  /** Tokens on a side of the image. */
  grid: number;
  /** Pixels on a side of the image. */
  side: number;
  /** Of the language model. */
  width: number;
}

/** The token that stands in prompts for each row of a region; a model that reads regions has it. */
export const REGION_TOKEN = { content: '<region>', special: true } as const;

/** Reads the tower's tokens where a region is. A prompt without regions has the rows that it has without the encoder, to the bit. */
export abstract class RegionEncoder extends Module {
  /** Rows that stand for one region. */
  abstract readonly rows: number;

  constructor(
    readonly sizes: RegionSizes,
    /** Hidden states of the tower that are read in place of what the connector reads, from the end where negative. */
    readonly layers: readonly number[],
  ) {
    super();
  }

  /** Columns that `read` takes. */
  protected get columns(): number {
    const { inputs, tower } = this.sizes;
    return this.layers.length > 0 ? this.layers.length * tower : inputs;
  }

  /** Inputs of regions beside their number for each image, from their pixels, each [side, side] of 0 and 1. None: the same of no regions. */
  abstract feeds(pixels: readonly Uint8Array[]): Record<string, HostTensor>;

  /** tokens: [images, grid², columns], of: int32 [regions], the image of each -> [regions, rows, width]. Declares the inputs that `feeds` makes. */
  protected abstract read(tokens: Tensor, of: Tensor): Tensor;

  /** What the connector reads of tokens [images, grid², columns of all]. */
  plain(tokens: Tensor): Tensor {
    return tokens.slice({ axis: 2, end: this.sizes.inputs });
  }

  /** Rows of images [images, m, width] with those of each image's regions behind them: [images · m + regions · rows, width]. */
  join(images: Tensor, tokens: Tensor): Tensor {
    return this.trace(() => {
      const [b, m, width] = [images.dim(0), images.size(1), images.size(2)];
      const counts = input(REGION_COUNTS, [b], 'int32');
      const r = this.first().dim(0);
      const number = arange(r);
      const flat = images.reshape([-1, width]);
      if (r === 0) return flat;
      const ends = counts.cumSum(0);
      const of = greaterEqual(number.reshape([r, 1]), ends.reshape([1, b]))
        .cast('float32')
        .sum(1)
        .cast('int32');
      const own = this.layers.length > 0 ? tokens.slice({ axis: 2, start: this.sizes.inputs }) : this.plain(tokens);
      const regions = this.read(own, of).reshape([-1, width]);
      const imageAt = arange(b)
        .mul(m)
        .add(ends.sub(counts).mul(this.rows))
        .reshape([b, 1])
        .add(arange(m).reshape([1, m]));
      const regionAt = of
        .add(1)
        .mul(m)
        .add(number.mul(this.rows))
        .reshape([r, 1])
        .add(arange(this.rows).reshape([1, this.rows]));
      const all = concat([flat, regions], 0);
      return putRows(all, concat([imageAt.reshape([-1]), regionAt.reshape([-1])], 0), all);
    });
  }

  /** Declares the first of the inputs that `feeds` makes, [regions, …]. */
  protected abstract first(): Tensor;
}

/** The image of each region is found by the numbers of regions: int32 [images], as the input `region_counts`. */
export const REGION_COUNTS = 'region_counts';
