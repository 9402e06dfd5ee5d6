// Encoders of images and texts in one space, as embeddings need them: CLIP pools a text at its end token, SigLIP at the last of a filled-up row;
// ImageBind has more modalities in the same space.

import { input, type Tensor } from '../graph/index.js';
import { ImageBindSounds, type Sound } from '../media/index.js';
import { Clip, endOfText, IMAGEBIND_MODALITIES, ImageBind, LEGACY_EOS, Siglip } from '../networks/index.js';
import type { Tokenizer } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import { type HostTensor, hostTensor } from '../util/host.js';

/** Two towers and what they are fed. */
export interface DualEncoder {
  /** Side of the images in pixels. */
  readonly side: number;
  /** Length of the vectors. */
  readonly width: number;
  /** Tokens of a text, its frame included. */
  readonly context: number;
  readonly vocabulary: number;
  /** What stands behind a text where the tokenizer's own frame has nothing there. */
  after(tokenizer: Tokenizer): number[];
  /** pixels: [images, 3, side, side] -> unit vectors [images, width]. */
  images(pixels: Tensor): Tensor;
  /** The graph of `size` texts -> unit vectors [size, width]. */
  texts(size: number): Tensor;
  /** What that graph is fed: rows of ids, framed; fewer than `size` are filled up with `blank`. */
  feeds(rows: readonly (readonly number[])[], size: number, blank: readonly number[]): Record<string, HostTensor>;
  /** Towers beside those of images and texts. */
  readonly others?: Readonly<Record<string, OtherTower>>;
}

/** A tower of another modality in the same space. */
export interface OtherTower {
  /** Of one input: [1, mels, frames], [1, side, side], [channels, length]. */
  readonly shape: readonly number[];
  /** [size, ...shape] -> unit vectors [size, width]. */
  embed(inputs: Tensor): Tensor;
  /** Inputs of a sound, of a tower that hears; the vector of the sound is that of their mean. */
  cuts?(sound: Sound): HostTensor<'float32'>[];
}

/** Ids of texts, `pad` behind each. */
function idRows(
  rows: readonly (readonly number[])[],
  size: number,
  length: number,
  { blank, pad }: { blank: readonly number[]; pad: number },
) {
  const ids = hostTensor('int32', [size, length]);
  ids.data.fill(pad);
  for (let b = 0; b < size; b++) ids.data.set(rows[b] ?? blank, b * length);
  return ids;
}

function clipEncoder(clip: Clip, tokenizer: Tokenizer): DualEncoder {
  const { text_config: text, vision_config: vision, projection_dim: width } = clip.config;
  const { eos_token_id: id, max_position_embeddings: context } = text;
  const { eos } = tokenizer.specialIds;
  // The old value names another token: then the largest id is the end.
  const end = id === LEGACY_EOS && eos !== LEGACY_EOS ? undefined : id;
  return {
    ...{ side: vision.image_size, width, context, vocabulary: text.vocab_size },
    after: () => [end ?? eos ?? id],
    images: (pixels) => clip.embedImages(pixels).image,
    texts: (size) => clip.embedTexts(input('ids', [size, context], 'int32'), input('ends', [size], 'int32')),
    feeds(rows, size, blank) {
      const ends = hostTensor('int32', [size]);
      for (let b = 0; b < size; b++) ends.data[b] = b * context + endOfText(rows[b] ?? blank, end);
      // What follows the end token is not seen: attention is causal.
      return { ids: idRows(rows, size, context, { blank, pad: 0 }), ends };
    },
  };
}

function siglipEncoder(siglip: Siglip, place: string): DualEncoder {
  const { text_config: text, vision_config: vision } = siglip.config;
  const { max_position_embeddings: context } = text;
  const needed = (tensor: Tensor | undefined, what: string): Tensor => {
    if (tensor) return tensor;
    throw new SensoriumError('serve.embeddings', 'this SigLIP has one tower alone', { place, expected: what });
  };
  return {
    ...{ side: vision.image_size, width: vision.hidden_size, context, vocabulary: text.vocab_size },
    after: (tokenizer) => [tokenizer.specialIds.eos ?? text.pad_token_id ?? 1],
    images: (pixels) => needed(siglip.embedImages(pixels), 'a vision tower with its pooling head'),
    texts: (size) => needed(siglip.embedTexts(input('ids', [size, context], 'int32')), 'a text tower'),
    feeds: (rows, size, blank) => ({ ids: idRows(rows, size, context, { blank, pad: text.pad_token_id ?? 1 }) }),
  };
}

function imageBindEncoder(network: ImageBind, place: string): DualEncoder {
  const { config: c } = network;
  for (const modality of ['vision', 'text'] as const)
    if (!c.modalities.includes(modality))
      throw new SensoriumError('serve.embeddings', 'this ImageBind cannot be asked about images and texts', {
        place,
        expected: `modalities with ${modality}`,
        got: c.modalities.join(', '),
      });
  const { context_length: context, image_size: side } = c;
  const sounds = c.modalities.includes('audio')
    ? new ImageBindSounds({ mels: c.audio_num_mel_bins, frames: c.audio_target_len })
    : undefined;
  const shapes = {
    audio: [1, c.audio_num_mel_bins, c.audio_target_len],
    depth: [1, side, side],
    thermal: [1, side, side],
    imu: [c.imu_channels, c.imu_length],
  };
  const others = Object.fromEntries(
    IMAGEBIND_MODALITIES.filter((m): m is keyof typeof shapes => m in shapes && c.modalities.includes(m)).map(
      (modality): [string, OtherTower] => [
        modality,
        {
          shape: shapes[modality],
          embed: (inputs) => network.embed(modality, inputs),
          ...(modality === 'audio' && sounds ? { cuts: (sound: Sound) => sounds.cuts(sound) } : {}),
        },
      ],
    ),
  );
  return {
    ...{ side, width: c.out_embed_dim, context, vocabulary: c.vocab_size, others },
    after: (tokenizer) => [tokenizer.specialIds.eos ?? c.vocab_size - 1],
    images: (pixels) => network.embed('vision', pixels),
    texts: (size) => network.embed('text', { ids: input('ids', [size, context], 'int32'), ends: input('ends', [size], 'int32') }),
    feeds(rows, size, blank) {
      const ends = hostTensor('int32', [size]);
      // The end of a text is its largest id, as in CLIP.
      for (let b = 0; b < size; b++) ends.data[b] = b * context + endOfText(rows[b] ?? blank, undefined);
      return { ids: idRows(rows, size, context, { blank, pad: 0 }), ends };
    },
  };
}

/** The towers of a network. `place`: its folder, for errors. Errors: `serve.embeddings` for another network. */
export function dualEncoder(network: unknown, tokenizer: Tokenizer, place: string): DualEncoder {
  if (network instanceof Clip) return clipEncoder(network, tokenizer);
  if (network instanceof Siglip) return siglipEncoder(network, place);
  if (network instanceof ImageBind) return imageBindEncoder(network, place);
  throw new SensoriumError('serve.embeddings', 'this is not a CLIP, SigLIP or ImageBind model', { place });
}
