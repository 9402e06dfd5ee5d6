// How a family turns images into what its network takes: ids in the prompt, tensors for the vision program.

import type { ChooseFrames, Frames, Placement, Points, RgbImage, Sound } from '../media/index.js';
import type { Grounded } from '../text/grounding.js';
import type { ChatLayout, ChatMessage, Modality, Tokenizer } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import { type Family, families } from './family.js';
import type { MultimodalNetwork } from './multimodal.js';

/** One image or video of a prompt, measured: what its ids are follows from its size. */
export interface PreparedImage {
  /** Ids that stand in the prompt in place of the placeholder. */
  readonly ids: readonly number[];
  /** Which of `ids` the rows of the vision program take the place of, in order. Default: all of them. */
  readonly rows?: readonly number[];
  /**
   * Inputs of the vision program, by name: those of `names`, or all. Pixels are resized and normalized here, anew with each call, and only
   * where an input that is asked for needs them; those of large images in a worker thread.
   */
  feeds(names?: readonly string[]): Promise<Record<string, HostTensor>>;
  /** What the rows depend on beside the image itself, if anything: images with other variants are cached apart. */
  readonly variant?: string;
  /** Rows of its regions, which follow those of the image: each takes the place of one `region.tokenId`. */
  readonly regionRows?: number;
}

/** What else is known of a video: the times of its frames, and whether it is the first or the last part of its message. */
export interface VideoContext extends Pick<Frames, 'times' | 'seconds'> {
  readonly first?: boolean;
  readonly last?: boolean;
}

/**
 * The processor of a family: what transformers' `…Processor` class does with images and their placeholders. What it says of the ids of
 * conversations becomes the `ChatLayout` of the template, which asking and training share.
 */
export interface MultimodalProcessor extends Pick<ChatLayout, 'adapt' | 'sharesImageEdges' | 'prompt' | 'reply'> {
  /** The placeholder in prompts. */
  readonly imageTokenId: number;
  /** False for families that take media of other kinds alone. */
  readonly takesImages?: boolean;
  /** Ids of every image where they are always the same: then prompts are measured before images are read. */
  readonly everyImage?: readonly number[];
  /** Ids that no reply in text holds, beside the placeholder: codes of images, which are written where an image was begun. */
  readonly unwritten?: readonly number[];
  /** Generation encodes several images at once, their feeds joined along the first axis. */
  readonly joins?: boolean;
  /** Feeds of several media may be joined along the first axis, for either half of the vision program: rows follow in order. Default: `joins`. */
  readonly joinable?: boolean;
  /** False where the placeholder is no special token in published tokenizers: then `prompt` puts it into prompts. */
  readonly marked?: boolean;
  /** Chat template of a family whose folders have none. */
  readonly template?: string;
  /** Measures all images of a prompt and refuses what the network cannot take; `messages` for families that look at the question or at where an image stands. */
  prepare(images: readonly RgbImage[], messages: readonly ChatMessage[]): PreparedImage[];
  /** Reads tags of the family's own in a reply; `asked`: the conversation that it replies to, where that is known. */
  readReply?(text: string, asked?: readonly ChatMessage[]): Grounded;
  /** The placeholder of regions, for models that read them, and how many of it stand for one. */
  readonly region?: { readonly tokenId: number; readonly rows: number };
  /** Where places of an image lie in what the model is shown of it. Default: at the same places. */
  placement?(image: { width: number; height: number }): Placement;
  /** The placeholder of videos, for families that see them; it may be that of images. */
  readonly videoTokenId?: number;
  /** The same for the frames of one video, `fps` of them of one second (2 unless given); `ids` are of its own placeholder. */
  prepareVideo?(frames: readonly RgbImage[], fps?: number, about?: VideoContext): PreparedImage;
  /** Which frames of a video file are seen, of families with a rule of their own. Default: `sampleIndices`. */
  chooseFrames?: ChooseFrames;
  /** The same for a sound, and for a cloud of points; `ids` are of `imageTokenId`. */
  prepareSound?(sound: Sound): PreparedImage;
  preparePoints?(points: Points): PreparedImage;
  /** A video, sound or cloud with the text of its message, for connectors that read it; `prepare` finds that of images by itself. */
  about?(medium: PreparedImage, text: string): PreparedImage;
  /**
   * Positions of a sequence of `n` tokens, the first `prompt` of which (default: all) are not learnt, [kinds, n], where the language model takes several for
   * each; `images` in order, with the place of their first id.
   */
  tokenPositions?(n: number, images: readonly { prepared: PreparedImage; start: number }[], prompt?: number): Int32Array;
}

/** The kinds of media that a processor takes; none where there is no processor. */
export function modalitiesOf(processor: MultimodalProcessor | undefined): Modality[] {
  if (!processor) return [];
  const { takesImages = true, prepareVideo, prepareSound, preparePoints } = processor;
  const takes = { images: takesImages, videos: prepareVideo, sounds: prepareSound, points: preparePoints };
  return (Object.keys(takes) as Modality[]).filter((kind) => takes[kind]);
}

/** `PreparedImage.feeds` from the maker of each input. */
export function feedsFrom(makers: Readonly<Record<string, FeedMaker>>): PreparedImage['feeds'] {
  return async (names = Object.keys(makers)) => {
    const feeds: Record<string, HostTensor> = {};
    for (const name of names) if (Object.hasOwn(makers, name)) feeds[name] = await (makers[name] as FeedMaker)();
    return feeds;
  };
}

/** Makes one input. */
export type FeedMaker = () => HostTensor | Promise<HostTensor>;

/** What a processor is made from. */
export interface ProcessorSource<N extends MultimodalNetwork = MultimodalNetwork, C = unknown> {
  dir: string;
  config: C;
  network: N;
  tokenizer: Tokenizer;
}

/** The id of a token that a family cannot do without. Errors: `text.fit`. */
export function requiredToken(tokenizer: Tokenizer, name: string): number {
  const id = tokenizer.tokenId(name);
  if (id !== undefined) return id;
  throw new SensoriumError('text.fit', 'the tokenizer does not fit the model: a token is missing', {
    place: tokenizer.place,
    expected: name,
    got: 'none',
  });
}

/** Positions that rows take, where `image` begins at `start`. */
export function rowPositions(image: PreparedImage, start: number): number[] {
  return (image.rows ?? [...image.ids.keys()]).map((at) => start + at);
}

/** The same as runs of neighbouring positions. */
export function rowRuns(image: PreparedImage, start: number): [start: number, length: number][] {
  const runs: [number, number][] = [];
  for (const at of rowPositions(image, start)) {
    const last = runs.at(-1);
    if (last && last[0] + last[1] === at) last[1]++;
    else runs.push([at, 1]);
  }
  return runs;
}

/** Makes the processor of a folder. Errors: `model.processor` for a family without one, `media.config`, `util.missing`. */
export async function processorOf(family: Pick<Family, 'modelType' | 'processor'>, source: ProcessorSource): Promise<MultimodalProcessor> {
  if (!family.processor)
    throw new SensoriumError('model.processor', 'models of this family cannot be asked about images', {
      place: source.dir,
      expected: `model_type ${families()
        .flatMap((row) => (row.processor ? [row.modelType] : []))
        .join(', ')}`,
      got: family.modelType,
    });
  return family.processor(source as ProcessorSource<never, never>);
}
