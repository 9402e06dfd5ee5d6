// Qwen2-VL and Qwen2.5-VL: as many tokens as an image has groups of patches, and positions in time, height and width.

import { QwenVlImageProcessor, type RgbImage } from '../../media/index.js';
import {
  type Grid,
  gridPositions,
  type Qwen2VlConfig,
  type Qwen25VlConfig,
  type QwenVl,
  qwenPlaces,
  qwenWindows,
} from '../../models/index.js';
import { SensoriumError } from '../../util/errors.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import { readProcessorConfigs } from './config-files.js';
import type { MultimodalProcessor, PreparedImage, ProcessorSource } from './processor.js';

/** An image made ready, with its grid of patches. */
export interface PreparedGrid extends PreparedImage {
  readonly grid: Grid;
}

/** Qwen2VLProcessor: images alone. */
export class QwenVlProcessor implements MultimodalProcessor {
  readonly joins = false;
  constructor(
    readonly imageTokenId: number,
    readonly images: QwenVlImageProcessor,
    private readonly network: QwenVl,
  ) {}

  prepare(images: readonly RgbImage[]): PreparedGrid[] {
    return images.map((image) => {
      const { grid, patches } = this.images.process(image);
      const count = (grid[1] * grid[2]) / this.images.config.merge_size ** 2;
      return { ids: new Array<number>(count).fill(this.imageTokenId), feeds: this.feeds(grid, patches), grid };
    });
  }

  /** Inputs of the vision program. */
  feeds(grid: Grid, patches: Float32Array): Record<string, HostTensor> {
    const { merge_size: merge } = this.images.config;
    const [frames, rows, columns] = grid;
    const n = rows * columns;
    const groups = n / merge ** 2;
    const side = this.network.windowSide;
    const feeds: Record<string, HostTensor> = {
      patches: hostTensor('float32', [frames, groups, patches.length / frames / groups], patches),
      places: hostTensor('int32', [2, frames, n], qwenPlaces(grid, merge)),
    };
    if (side !== undefined) feeds.windows = hostTensor('int32', [frames, n], qwenWindows(grid, { merge, side }));
    return feeds;
  }

  tokenPositions(n: number, runs: readonly { prepared: PreparedImage; start: number }[]): Int32Array {
    const grids = runs.map(({ prepared, start }) => ({ start, grid: (prepared as PreparedGrid).grid }));
    return gridPositions(n, grids, this.images.config.merge_size);
  }
}

/** The processor of a folder. Errors: `generate.processor` when its patches are not those of the network. */
export async function qwenVlProcessor({ dir, config, network }: ProcessorSource<QwenVl, Qwen2VlConfig | Qwen25VlConfig>) {
  const { image, place } = await readProcessorConfigs(dir);
  const images = QwenVlImageProcessor.fromConfig(image, place);
  const { vision_config: v } = config;
  for (const [key, ours, theirs] of [
    ['patch_size', images.config.patch_size, v.patch_size],
    ['temporal_patch_size', images.config.temporal_patch_size, v.temporal_patch_size],
    ['merge_size', images.config.merge_size, v.spatial_merge_size],
  ] as const)
    if (ours !== theirs)
      throw new SensoriumError('generate.processor', 'the patches do not fit the vision encoder', {
        place: `${place}: ${key}`,
        expected: `${theirs}, as in vision_config of config.json`,
        got: String(ours),
      });
  return new QwenVlProcessor(config.image_token_id, images, network);
}
