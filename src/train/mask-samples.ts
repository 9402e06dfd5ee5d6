// Rows with masks as sequences: a conversation whose replies have the mask token once for each mask, and the pixels that are meant.

import type { Conversation, Dataset } from '../data/index.js';
import { type Mask, regionPixels } from '../media/index.js';
import type { Processor, Sequence } from '../model/index.js';
import { readMasks } from '../text/mask-text.js';
import { SensoriumError } from '../util/errors.js';
import { show } from '../util/show.js';
import { type Scene, type Sprites, sceneMasks, sceneWidth } from '../world/index.js';
import { conversationSamples, placeOf, type SampleOptions } from './conversation-samples.js';
import { assertMasks } from './objectives/masks.js';
import type { SampleSequences } from './sequence-objective.js';

/** How rows become samples with masks. */
export interface MaskSampleOptions extends SampleOptions {
  /** The id of the mask token. */
  token: number;
  /** Pixels on a side of the picture that the model is shown. */
  side: number;
  /** Masks of a row at most. */
  perSample: number;
  sprites: Sprites;
}

/** Sequences, and the masks that belong to each. */
export interface MaskSamples {
  /** Errors: `train.data` for rows without one image, or without a mask for each mask token. */
  samples(data: Dataset<Conversation>, processor: Processor, options: MaskSampleOptions): (index: number) => Promise<SampleSequences>;
  truth(sequence: Sequence): readonly Uint8Array[];
}

/** Rows with masks: `mask` beside the conversation ({ width, height, data }, several in a list, or `<mask …>` as text), or a scene and its `targets`. */
export function maskSamples(): MaskSamples {
  const masks = new WeakMap<Sequence, readonly Uint8Array[]>();
  return {
    samples(data, processor, { token, side, perSample, sprites, ...options }) {
      const learned = conversationSamples(data, processor, options);
      return async (index) => {
        const sample = await learned(index);
        if (!masks.has(sample.sequence)) {
          const row = await data.get(index);
          const found = masksOf(row, sprites);
          assertMasks(sample.sequence, { token, perSample, masks: found.length, place: placeOf(row) });
          const inPicture = (mask: Mask): Uint8Array =>
            regionPixels({ mask }, { side, placement: processor.parts.media?.placement?.(mask) });
          masks.set(sample.sequence, found.map(inPicture));
        }
        return sample;
      };
    },
    truth: (sequence) => masks.get(sequence) as readonly Uint8Array[],
  };
}

/** The masks of a row, of the size of its image. */
function masksOf(row: Conversation, sprites: Sprites): readonly Mask[] {
  const { scene, targets, mask } = (row.extra ?? {}) as { scene?: Scene; targets?: readonly number[]; mask?: unknown };
  if (mask === undefined && scene && targets && targets.length > 0) {
    const all = sceneMasks(scene, sprites);
    return targets.map((target) => ({ width: sceneWidth(scene), height: scene.size, data: all[target] as Uint8Array }));
  }
  const given = typeof mask === 'string' ? readMasks(mask) : ([mask ?? []].flat() as Partial<Mask>[]);
  if (given.length > 0 && given.every(isMask)) return given;
  throw new SensoriumError('train.data', 'a row has no mask', {
    place: `${placeOf(row)}: mask`,
    expected: '<mask WIDTHxHEIGHT n,n,…> as text, or { width, height, data: Uint8Array }, or several',
    got: show(mask),
    hint: "Scenes with masks: world.referring({ place: { mask: '<SEG>' } })",
  });
}

const isMask = (mask: Partial<Mask>): mask is Mask => {
  const { width = 0, height = 0, data } = mask ?? {};
  return width > 0 && height > 0 && data instanceof Uint8Array && data.length === width * height;
};
