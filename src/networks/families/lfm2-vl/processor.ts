// LFM2-VL's processor: an image between its edges, a large one as tiles with their rows and columns before them and the whole at last.

import { Lfm2VlImageProcessor, type Lfm2VlLayout, processOff, type RgbImage } from '../../../media/index.js';
import type { Tokenizer } from '../../../text/index.js';
import { SensoriumError } from '../../../util/errors.js';
import { hostTensor } from '../../../util/host.js';
import { feedsFrom, type MultimodalProcessor, type PreparedImage, type ProcessorSource, requiredToken } from '../../processor.js';
import { readProcessorConfigs } from '../../processor-files.js';
import type { Lfm2Vl, Lfm2VlConfig } from './network.js';

/** Lfm2VlProcessor. */
export class Lfm2VlProcessor implements MultimodalProcessor {
  /** Views are many and of several shapes: generation takes one image at a time. */
  readonly joins = false;
  constructor(
    private readonly config: Lfm2VlConfig,
    readonly images: Lfm2VlImageProcessor,
    private readonly tokenizer: Tokenizer,
  ) {}

  get imageTokenId(): number {
    return this.config.image_token_id;
  }

  /** Rows of a view of so many patches. */
  private tokensOf([rows, columns]: readonly [number, number]): number {
    const { downsample_factor: factor } = this.config;
    return Math.ceil(rows / factor) * Math.ceil(columns / factor);
  }

  private idsOf({ rows, columns, views }: Lfm2VlLayout): number[] {
    const token = (name: string): number => requiredToken(this.tokenizer, name);
    const ids = [token('<|image_start|>')];
    for (const [i, view] of views.entries()) {
      if (rows * columns > 1) {
        const place = `<|img_row_${Math.floor(i / columns) + 1}_col_${(i % columns) + 1}|>`;
        ids.push(token(i < rows * columns ? place : '<|img_thumbnail|>'));
      }
      ids.push(...new Array<number>(this.tokensOf(view)).fill(this.imageTokenId));
    }
    return [...ids, token('<|image_end|>')];
  }

  prepare(images: readonly RgbImage[]): PreparedImage[] {
    const { downsample_factor: factor, vision_config: v } = this.config;
    return images.map((image) => {
      const layout = this.images.layout(image);
      const { views } = layout;
      const most = Math.max(...views.map(([rows, columns]) => rows * columns));
      const ids = this.idsOf(layout);
      const feeds = feedsFrom({
        patches: async () => {
          const output = { width: views.length * most, height: v.patch_size ** 2 };
          const patches = await processOff(this.images, 'patches', [image, most], { output });
          return hostTensor('float32', [views.length, most, 3 * v.patch_size ** 2], patches);
        },
        positions: () => {
          const positions = hostTensor('float32', [views.length, most, v.num_patches]);
          for (const [i, view] of views.entries())
            positions.data.set(positionShares(view, Math.sqrt(v.num_patches)), i * most * v.num_patches);
          return positions;
        },
        real: () => {
          const real = hostTensor('int32', [views.length, most]);
          for (const [i, [rows, columns]] of views.entries()) real.data.fill(1, i * most, i * most + rows * columns);
          return real;
        },
        squares: () => {
          const squares = views.flatMap((view, i) => squaresOf(view, factor, i * most));
          return hostTensor('int32', [squares.length / factor ** 2, factor ** 2], Int32Array.from(squares));
        },
      });
      return { ids, rows: [...ids.keys()].filter((i) => ids[i] === this.imageTokenId), feeds };
    });
  }
}

/** Numbers of the patches of each square of `factor` on a side, square by square, from `first` on. */
function squaresOf([rows, columns]: readonly [number, number], factor: number, first: number): number[] {
  const out: number[] = [];
  for (let top = 0; top < rows; top += factor)
    for (let left = 0; left < columns; left += factor)
      for (let y = top; y < top + factor; y++) for (let x = left; x < left + factor; x++) out.push(first + y * columns + x);
  return out;
}

/**
 * Shares of the learned positions, a square of `side`, in each patch of a grid: [rows * columns, side²]. Bilinear with antialiasing, in single
 * precision as torch computes it.
 */
function positionShares([rows, columns]: readonly [number, number], side: number): Float32Array {
  const [down, across] = [axisShares(rows, side), axisShares(columns, side)];
  const out = new Float32Array(rows * columns * side * side);
  for (let y = 0, o = 0; y < rows; y++)
    for (let x = 0; x < columns; x++)
      for (let i = 0; i < side; i++)
        for (let j = 0; j < side; j++) out[o++] = (down[y * side + i] as number) * (across[x * side + j] as number);
  return out;
}

/** Shares of `side` positions in each of `count`: [count, side]. */
function axisShares(count: number, side: number): Float32Array {
  const scale = Math.fround(side / count);
  const support = Math.max(1, scale);
  const out = new Float32Array(count * side);
  for (let i = 0; i < count; i++) {
    const center = Math.fround(Math.fround(Math.fround(i + 0.5) * scale) - 0.5);
    const shares = Array.from({ length: side }, (_, j) =>
      Math.max(0, Math.fround(1 - Math.fround(Math.abs(Math.fround(j - center)) / support))),
    );
    const sum = shares.reduce((a, b) => Math.fround(a + b), 0);
    for (const [j, share] of shares.entries()) out[i * side + j] = share / sum;
  }
  return out;
}

/** The processor of a folder. Errors: `model.processor` when its patches or squares are not those of the network. */
export async function lfm2VlProcessor({ dir, config, tokenizer }: ProcessorSource<Lfm2Vl, Lfm2VlConfig>): Promise<Lfm2VlProcessor> {
  const { image, place } = await readProcessorConfigs(dir);
  const images = Lfm2VlImageProcessor.fromConfig(image, place);
  const fits = (key: 'encoder_patch_size' | 'downsample_factor', expected: number): void => {
    if (images.config[key] === expected) return;
    throw new SensoriumError('model.processor', 'the patches do not fit the vision encoder', {
      place: `${place}: ${key}`,
      expected: `${expected}, as in config.json`,
      got: String(images.config[key]),
    });
  };
  fits('encoder_patch_size', config.vision_config.patch_size);
  fits('downsample_factor', config.downsample_factor);
  return new Lfm2VlProcessor(config, images, tokenizer);
}
