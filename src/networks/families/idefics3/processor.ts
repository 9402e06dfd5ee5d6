// Idefics 3 and SmolVLM: every tile of an image has its row and column written before it, and the whole image comes last.

import { type ChooseFrames, type FrameSampling, Idefics3ImageProcessor, processOff, type RgbImage } from '../../../media/index.js';
import type { Tokenizer } from '../../../text/index.js';
import { SensoriumError } from '../../../util/errors.js';
import { hostTensor } from '../../../util/host.js';
import { feedsFrom, type MultimodalProcessor, type PreparedImage, type ProcessorSource, type VideoContext } from '../../processor.js';
import { readProcessorConfigs } from '../../processor-files.js';
import type { Idefics3, Idefics3Config } from './network.js';
import { frameTime, type SmolVlmSampling, smolVlmIndices, videoIntro } from './video.js';

const IMAGE = '<image>';
const FAKE = '<fake_token_around_image>';

/** What stands for an image of so many rows and columns of tiles (0 and 0: not cut), with `n` tokens for each. */
function placeholder(rows: number, columns: number, n: number): string {
  const tokens = IMAGE.repeat(n);
  const whole = `${FAKE}<global-img>${tokens}${FAKE}`;
  if (rows === 0 && columns === 0) return whole;
  let text = '';
  for (let r = 1; r <= rows; r++) {
    for (let c = 1; c <= columns; c++) text += `${FAKE}<row_${r}_col_${c}>${tokens}`;
    text += '\n';
  }
  return `${text}\n${whole}`;
}

/** Idefics3Processor: images alone. */
export class Idefics3Processor implements MultimodalProcessor {
  /** Tiles are many: generation takes one image at a time. */
  readonly joins = false;
  readonly joinable = true;
  constructor(
    readonly imageTokenId: number,
    readonly images: Idefics3ImageProcessor,
    protected readonly parts: { network: Idefics3; tokenizer: Tokenizer },
  ) {}

  /** Ids that stand for an image of this size. */
  idsOf(size: { width: number; height: number }): number[] {
    const { rows, columns } = this.images.layout(size);
    const { network, tokenizer } = this.parts;
    return tokenizer.encode(placeholder(rows, columns, network.tileTokens), { special: true });
  }

  prepare(images: readonly RgbImage[]): PreparedImage[] {
    const { network } = this.parts;
    const patch = network.config.vision_config.patch_size;
    const patchesOf = async (image: RgbImage) => {
      const output = this.images.layout(image);
      const { tiles, patches } = await processOff(this.images, 'patches', [image, patch], { output });
      return hostTensor('float32', [tiles, network.side ** 2, 3 * patch ** 2], patches);
    };
    return images.map((image) => {
      const ids = this.idsOf(image);
      const rows = [...ids.keys()].filter((i) => ids[i] === this.imageTokenId);
      return { ids, rows, feeds: feedsFrom({ patches: () => patchesOf(image) }) };
    });
  }
}

/** SmolVLMProcessor: videos too, every frame a view of the whole behind its time. */
export class SmolVlmProcessor extends Idefics3Processor {
  /** Templates write videos as images: published ones know of nothing else. */
  readonly videoTokenId: number;
  constructor(
    imageTokenId: number,
    images: Idefics3ImageProcessor,
    parts: { network: Idefics3; tokenizer: Tokenizer },
    private readonly videos: { frames: Idefics3ImageProcessor; sampling: SmolVlmSampling },
  ) {
    super(imageTokenId, images, parts);
    this.videoTokenId = imageTokenId;
  }

  readonly chooseFrames: ChooseFrames = (video, { fps, maxFrames }: FrameSampling) => {
    const { sampling } = this.videos;
    return smolVlmIndices(video, { fps: fps ?? sampling.fps, maxFrames: Math.min(maxFrames ?? sampling.maxFrames, MOST_FRAMES) });
  };

  /** Errors: `model.video` for more frames than can be named. */
  prepareVideo(frames: readonly RgbImage[], fps = 2, { times, seconds, first = false, last = false }: VideoContext = {}): PreparedImage {
    if (frames.length > MOST_FRAMES)
      throw new SensoriumError('model.video', 'the video has too many frames', {
        expected: `at most ${MOST_FRAMES}`,
        got: String(frames.length),
        hint: 'Give maxFrames, or fewer frames',
      });
    const { network, tokenizer } = this.parts;
    const view = placeholder(0, 0, network.tileTokens);
    // Where an image comes first, templates leave out the space behind the name of the role; before a video it is there.
    const text = `${first ? ' ' : ''}${videoIntro(frames.length, seconds ?? frames.length / fps)}${frames
      .map((_, i) => frameTime(times?.[i] ?? i / fps) + view)
      .join('')}`;
    // New lines before a text are a token each, at the end of a message one together.
    const ids = [
      ...tokenizer.encode(text, { special: true }),
      ...(last ? tokenizer.encode('\n\n') : [...tokenizer.encode('\n'), ...tokenizer.encode('\n')]),
    ];
    const rows = [...ids.keys()].filter((i) => ids[i] === this.imageTokenId);
    const patch = network.config.vision_config.patch_size;
    const patchesOf = async () => {
      const each: Float32Array[] = [];
      for (const frame of frames)
        each.push((await processOff(this.videos.frames, 'patches', [frame, patch], { output: this.videos.frames.layout(frame) })).patches);
      const patches = new Float32Array(each.reduce((n, one) => n + one.length, 0));
      let at = 0;
      for (const one of each) {
        patches.set(one, at);
        at += one.length;
      }
      return hostTensor('float32', [frames.length, network.side ** 2, 3 * patch ** 2], patches);
    };
    return { ids, rows, feeds: feedsFrom({ patches: patchesOf }), variant: 'video' };
  }
}

/** Frames of one video: words say how many. */
const MOST_FRAMES = 999;

/** How videos are sampled: `video_sampling` of published files, or the keys of transformers 5; 64 frames, one of each second. */
function samplingOf(config: Readonly<Record<string, unknown>>): SmolVlmSampling {
  const { max_frames, fps } = (config.video_sampling ?? {}) as { max_frames?: unknown; fps?: unknown };
  const positive = (...values: unknown[]): number | undefined => values.find((v): v is number => typeof v === 'number' && v > 0);
  return { fps: positive(fps, config.fps) ?? 1, maxFrames: Math.floor(positive(max_frames, config.num_frames) ?? 64) };
}

/** The processor of a folder. Errors: `model.processor` when its tiles are not what the network takes. */
export async function idefics3Processor({ dir, config, network, tokenizer }: ProcessorSource<Idefics3, Idefics3Config>) {
  const { image, place, processor, frames, framesPlace } = await readProcessorConfigs(dir);
  const images = Idefics3ImageProcessor.fromConfig(image, place);
  const { patch_size } = config.vision_config;
  if (Math.floor(images.tile / patch_size) !== network.side)
    throw new SensoriumError('model.processor', 'the tiles do not fit the vision encoder', {
      place: `${place}: max_image_size.longest_edge`,
      expected: `vision_config.image_size of config.json, ${config.vision_config.image_size}`,
      got: String(images.tile),
    });
  const length = processor.image_seq_len;
  if (length !== undefined && length !== network.tileTokens)
    throw new SensoriumError('model.processor', 'the tokens of a tile do not fit the network', {
      place: `${dir}/processor_config.json: image_seq_len`,
      expected: `${network.tileTokens}, from image_size, patch_size and scale_factor`,
      got: String(length),
    });
  const parts = { network, tokenizer };
  if (config.model_type !== 'smolvlm') return new Idefics3Processor(config.image_token_id, images, parts);
  const sampling = samplingOf(frames ?? {});
  const views = Idefics3ImageProcessor.forFrames(frames ?? image, framesPlace);
  if (views.tile !== images.tile)
    throw new SensoriumError('model.processor', 'frames of videos do not fit the vision encoder', {
      place: `${framesPlace}: max_image_size.longest_edge`,
      expected: String(images.tile),
      got: String(views.tile),
    });
  return new SmolVlmProcessor(config.image_token_id, images, parts, { frames: views, sampling });
}
