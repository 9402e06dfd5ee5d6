// Images of any size as a small picture of themselves and tiles (LLaVA-NeXT, Liu et al. 2024; SPHINX's mixed scales), and videos as frames.

import { z } from 'zod';
import { concat, cumSum, gather, input, less, Parameter, type Tensor, where } from '../../graph/index.js';
import { bestResolution, type HeightWidth, type RgbImage, tilesOff } from '../../media/index.js';
import { init, Module } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import { hostTensor } from '../../util/host.js';
import { type RowPlan, RowPlanner, shrunkSize, tileGrid, unpadded } from './anyres-layout.js';
import {
  type Arrangement,
  defineEncoder,
  type EncodedMedium,
  type EncoderNetwork,
  encoderConfig,
  type ItemSizes,
  type MediaReader,
} from './define.js';
import { type PictureNetwork, pictureEncoder, pictureInput, picturePixels } from './pictures.js';

const count = z.number().int().positive();
const schema = z.object({
  of: encoderConfig,
  /** Rows and columns of tiles to choose from: the grid that keeps most of an image. */
  grids: z
    .array(z.tuple([count, count]))
    .min(1)
    .default([
      [1, 2],
      [2, 1],
      [2, 2],
      [3, 1],
      [1, 3],
    ]),
  /**
   * `grid`: the tokens of all tiles as one grid, without what was padding, and a learned row at the end of each line, as LLaVA-NeXT; the connector
   * must give a square number of rows. `list`: the rows of each tile, one tile after the other.
   */
  layout: z.enum(['grid', 'list']).default('grid'),
  /** With `grid`: grids of more rows than so many tiles have are shrunk to as many (LLaVA-OneVision). */
  maxTiles: count.optional(),
});
type Config = z.infer<typeof schema>;

class Tiles extends Module implements EncoderNetwork {
  constructor(readonly of: PictureNetwork) {
    super();
  }
  get width(): number {
    return this.of.width;
  }
  get tokenCount(): number {
    return this.of.tokenCount;
  }
  encode(): Tensor {
    return this.of.tokens(pictureInput(this.of));
  }
}

/**
 * Rows as weighted sums of what the connector gave, and a learned one: which goes where is arithmetic of the size of an image alone, which the
 * reader works out and feeds, so one program serves all sizes, and images of several sizes at once.
 */
export class RowArrangement extends Module implements Arrangement {
  newline: Parameter;
  constructor(private readonly sizes: ItemSizes) {
    super();
    this.newline = new Parameter([sizes.width], init.normal(1 / Math.sqrt(sizes.width)));
  }

  /**
   * Inputs: `row_sources` int32 [rows, taps], rows of the connector by number within their medium, -1 the learned one; `row_weights` [rows, taps];
   * `row_starts` int32 [rows], 1 at the first row of each medium; `media_items` int32 [media], items of each.
   */
  arrange(rows: Tensor): Tensor {
    return this.trace(() => {
      const sources = input('row_sources', ['rows', 'taps'], 'int32');
      const weights = input('row_weights', ['rows', 'taps']);
      const starts = input('row_starts', ['rows'], 'int32');
      const items = input('media_items', ['media'], 'int32').mul(this.sizes.rows);
      const first = gather(cumSum(items, 0).sub(items), cumSum(starts, 0).sub(1));
      const learned = items.sum([0], true); // its number in the table
      const places = where(less(sources, 0), learned, sources.add(first.unsqueeze(1)));
      const table = concat([rows, this.newline.reshape([1, this.sizes.width])], 0);
      return gather(table, places).mul(weights.unsqueeze(2)).sum(1);
    });
  }
}

/** The inputs of `RowArrangement` for one medium of `items` items. */
export function rowFeeds({ rows, taps, sources, weights }: RowPlan, items: number): EncodedMedium['feeds'] {
  return {
    row_sources: () => hostTensor('int32', [rows, taps], sources),
    row_weights: () => hostTensor('float32', [rows, taps], weights),
    row_starts: () =>
      hostTensor(
        'int32',
        [rows],
        Int32Array.from({ length: rows }, (_, i) => (i === 0 ? 1 : 0)),
      ),
    media_items: () => hostTensor('int32', [1], Int32Array.of(items)),
  };
}

class TilesReader implements MediaReader {
  private readonly inner: ReturnType<typeof pictureEncoder>;
  private readonly side: number;
  private readonly lines: number | undefined;
  constructor(
    private readonly o: Config,
    sizes: ItemSizes,
  ) {
    this.inner = pictureEncoder(o.of, 'tiles: of');
    const [height, width] = this.inner.network.pictureSize;
    if (height !== width) throw refused('tiles: of', 'square pictures', `${width}x${height}`);
    this.side = height;
    if (o.layout === 'list') return;
    this.lines = Math.sqrt(sizes.rows);
    if (!Number.isInteger(this.lines))
      throw refused('tiles: layout', 'a square number of rows for each tile, or list', `${sizes.rows} rows`);
  }

  image(image: RgbImage): EncodedMedium {
    const { side } = this;
    const resolution = bestResolution(
      [image.height, image.width],
      this.o.grids.map(([rows, columns]): HeightWidth => [rows * side, columns * side]),
    );
    const tiles: HeightWidth = [resolution[0] / side, resolution[1] / side];
    const items = 1 + tiles[0] * tiles[1];
    const pixels = async () =>
      picturePixels(await tilesOff({ image, side, resolution, filter: 'bicubic' }), this.inner.images, [side, side]);
    return this.medium(items, { pixels }, this.planOf(image, tiles));
  }

  /** One picture for each frame, without tiles; a line of the grid for each line of a frame. */
  video({ frames }: { frames: readonly RgbImage[] }): EncodedMedium {
    const { lines: n } = this;
    const pixels = () => picturePixels(frames, this.inner.images, [this.side, this.side]);
    const planner = n === undefined ? undefined : new RowPlanner();
    if (n !== undefined) for (const i of frames.keys()) planner?.addGrid(tileGrid([1, 1], n, i * n * n), { newline: -1 });
    return { ...this.medium(frames.length, { pixels }, planner), variant: 'video' };
  }

  private medium(items: number, feeds: EncodedMedium['feeds'], planner: RowPlanner | undefined): EncodedMedium {
    if (!planner) return { items, feeds };
    const plan = planner.plan(this.o.maxTiles === undefined ? 1 : 4);
    return { items, rows: plan.rows, feeds: { ...feeds, ...rowFeeds(plan, items) } };
  }

  private planOf({ width, height }: RgbImage, tiles: HeightWidth): RowPlanner | undefined {
    const { lines: n, o } = this;
    if (n === undefined) return undefined;
    const seen = unpadded(tileGrid(tiles, n, n * n), [height, width]);
    const size = o.maxTiles === undefined ? undefined : shrunkSize(seen, n, o.maxTiles);
    return new RowPlanner().addRun(0, n * n).addGrid(seen, { size, newline: -1 });
  }
}

const refused = (place: string, expected: string, got: string): SensoriumError =>
  new SensoriumError('model.encoder', 'images cannot be cut into tiles for this encoder', { place, expected, got });

/**
 * An image as a small picture of itself and the tiles of the grid that fits it best.
 * @example mllm({ vision: tiles({ of: clipVision({ imageSize: 64, … }), grids: [[1, 2], [2, 1], [2, 2]] }), connector: mlp(), … })
 */
export const tiles = defineEncoder<Config, Tiles, z.input<typeof schema>>('tiles', {
  config: schema,
  network: ({ of }) => new Tiles(pictureEncoder(of, 'tiles: of').network),
  reader: (_, config, sizes) => new TilesReader(config, sizes),
  arrangement: (_, { layout }, sizes) => (layout === 'grid' ? new RowArrangement(sizes) : undefined),
});
