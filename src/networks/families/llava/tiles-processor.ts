// LLaVA-NeXT and LLaVA-OneVision: an image as a small picture of itself and tiles, and what becomes of their features.

import { z } from 'zod';
import {
  bestResolution,
  type Canvas,
  frameProcessor,
  type HeightWidth,
  type ImageProcessor,
  imageProcessor,
  parseImageConfig,
  RESAMPLE_CODES,
  type ResizeFilter,
  type RgbImage,
  squareCanvas,
  tilesOff,
} from '../../../media/index.js';
import { SensoriumError } from '../../../util/errors.js';
import { hostTensor } from '../../../util/host.js';
import { RowPlanner, shrunkSize, tileGrid, unpadded } from '../../encoders/anyres-layout.js';
import { feedsFrom, type MultimodalProcessor, type PreparedImage, type ProcessorSource } from '../../processor.js';
import { readProcessorConfigs } from '../../processor-files.js';
import type { LlavaNextConfig, LlavaOnevisionConfig } from './config.js';
import type { LlavaTilesNetwork } from './tiles-network.js';
import { assertTowerSize, towerPixels } from './tower-pixels.js';

const pixels = z.number().int().positive();
const square = z.union([pixels, z.object({ shortest_edge: pixels }), z.object({ height: pixels, width: pixels })]).nullish();
const schema = z.object({
  size: square,
  crop_size: square,
  resample: z
    .int()
    .min(0)
    .max(RESAMPLE_CODES.length - 1)
    .default(3),
  image_mean: z.array(z.number()).length(3).default([0.48145466, 0.4578275, 0.40821073]),
  image_grid_pinpoints: z.array(z.tuple([pixels, pixels])).optional(),
});
const TYPES = ['LlavaNextImageProcessor', 'LlavaOnevisionImageProcessor'];

/** What `TilesProcessor` goes by. */
export interface TilesOptions {
  images: ImageProcessor;
  /** For frames of videos. */
  frames?: ImageProcessor;
  /** Side of a picture that the tower takes. */
  side: number;
  /** Patches on a side of it. */
  grid: number;
  /** Heights and widths that tiles may make up. */
  pinpoints: readonly HeightWidth[];
  filter: ResizeFilter;
  /** Most tiles whose features are kept as they are; more are shrunk to as many. */
  maxTiles?: number;
  /** Several images of one prompt are not cut into tiles, but put on squares of this colour (in 0..1). */
  background?: readonly number[];
  /** The placeholder of a model that sees videos. */
  videoTokenId?: number;
}

/** LlavaNextProcessor and LlavaOnevisionProcessor: images. */
export class TilesProcessor implements MultimodalProcessor {
  constructor(
    readonly imageTokenId: number,
    private readonly o: TilesOptions,
  ) {}

  prepare(images: readonly RgbImage[]): PreparedImage[] {
    const { background } = this.o;
    if (background && images.length > 1) return images.map((image) => this.whole(image, squareCanvas(image, background)));
    return images.map((image) => this.tiled(image));
  }

  get videoTokenId(): number | undefined {
    return this.o.videoTokenId;
  }

  /** Frames of a video: their features at half the resolution, one newline after all of them. */
  prepareVideo(frames: readonly RgbImage[]): PreparedImage {
    const { grid: n } = this.o;
    const half = Math.ceil(n / 2);
    const planner = new RowPlanner();
    frames.forEach((_, i) => {
      planner.addGrid(tileGrid([1, 1], n, i * n * n), { size: [half, half] });
    });
    const { frames: processor, videoTokenId: tokenId } = this.o;
    for (const frame of frames) assertTowerSize(frame, processor ?? this.o.images, this.o.side);
    return this.ready(() => frames, planner.add(frames.length * n * n), { processor, tokenId, variant: 'video' });
  }

  /** Tokens that an image of this size takes, alone in its prompt. */
  tokenCount(image: { width: number; height: number }): number {
    const tiles = this.tilesOf(image);
    return this.planOf(image, tiles).plan().rows;
  }

  private whole(image: RgbImage, canvas: Canvas): PreparedImage {
    const n = this.o.grid ** 2;
    assertTowerSize(canvas, this.o.images, this.o.side);
    return this.ready(() => [image], new RowPlanner().addRun(0, n + 1), { variant: 'whole', canvas });
  }

  private tiled(image: RgbImage): PreparedImage {
    const { side, filter, pinpoints } = this.o;
    assertTowerSize({ width: side, height: side }, this.o.images, side);
    const resolution = bestResolution([image.height, image.width], pinpoints);
    const pictures = () => tilesOff({ image, side, resolution, filter });
    return this.ready(pictures, this.planOf(image, this.tilesOf(image)), {});
  }

  private tilesOf({ width, height }: { width: number; height: number }): HeightWidth {
    const [h, w] = bestResolution([height, width], this.o.pinpoints);
    return [h / this.o.side, w / this.o.side];
  }

  private planOf({ width, height }: { width: number; height: number }, tiles: HeightWidth): RowPlanner {
    const { grid: n, maxTiles } = this.o;
    const newline = (1 + tiles[0] * tiles[1]) * n * n;
    const seen = unpadded(tileGrid(tiles, n, n * n), [height, width]);
    const size = maxTiles === undefined ? undefined : shrunkSize(seen, n, maxTiles);
    return new RowPlanner().addRun(0, n * n).addGrid(seen, { size, newline });
  }

  private ready(
    pictures: () => readonly RgbImage[] | Promise<readonly RgbImage[]>,
    planner: RowPlanner,
    {
      processor = this.o.images,
      tokenId = this.imageTokenId,
      variant,
      canvas,
    }: {
      processor?: ImageProcessor;
      tokenId?: number;
      variant?: string;
      canvas?: Canvas;
    },
  ): PreparedImage {
    const { rows, taps, sources, weights } = planner.plan();
    return {
      ids: new Array<number>(rows).fill(tokenId),
      feeds: feedsFrom({
        pixels: async () => towerPixels(await pictures(), processor, this.o.side, { canvas }),
        sources: () => hostTensor('int32', [rows, taps], sources),
        weights: () => hostTensor('float32', [rows, taps], weights),
      }),
      variant,
    };
  }
}

/** The processor of a LLaVA-NeXT or LLaVA-OneVision folder. Errors: `media.config`, `model.processor` where it contradicts the model. */
export async function tilesProcessor({
  dir,
  config,
  network,
}: ProcessorSource<LlavaTilesNetwork, LlavaNextConfig | LlavaOnevisionConfig>): Promise<TilesProcessor> {
  const { image, place, frames = image, framesPlace } = await readProcessorConfigs(dir);
  const given = parseImageConfig(schema, image, { types: TYPES, place });
  const side = config.vision_config.image_size;
  const tile = edgeOf(given.crop_size) ?? edgeOf(given.size) ?? side;
  const pinpoints = given.image_grid_pinpoints ?? config.image_grid_pinpoints;
  const same = JSON.stringify(pinpoints) === JSON.stringify(config.image_grid_pinpoints);
  if (tile !== side || !same)
    throw new SensoriumError('model.processor', 'the image processor and the model cut images differently', {
      place: `${place}: ${same ? 'size' : 'image_grid_pinpoints'}`,
      expected: same ? `tiles of ${side} pixels (image_size of vision_config)` : JSON.stringify(config.image_grid_pinpoints),
      got: same ? String(tile) : JSON.stringify(pinpoints),
    });
  const isOnevision = config.model_type === 'llava_onevision';
  return new TilesProcessor(config.image_token_index, {
    images: imageProcessor(image, place),
    frames: isOnevision ? frameProcessor(frames, framesPlace) : undefined,
    side,
    grid: network.side,
    pinpoints,
    filter: RESAMPLE_CODES[given.resample] as ResizeFilter,
    maxTiles: isOnevision ? Number(config.vision_aspect_ratio.replace('anyres_max_', '')) : undefined,
    background: isOnevision ? given.image_mean : undefined,
    videoTokenId: isOnevision ? config.video_token_index : undefined,
  });
}

const edgeOf = (size: z.infer<typeof square>): number | undefined =>
  typeof size === 'object' && size !== null ? ('height' in size ? size.height : size.shortest_edge) : (size ?? undefined);
