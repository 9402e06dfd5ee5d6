// Rows with masks as sequences: a conversation whose reply has the mask token once, and the pixels that are meant.

import type { Conversation, Dataset } from '../data/index.js';
import { type Mask, regionPixels } from '../media/index.js';
import type { Processor, Sequence } from '../model/index.js';
import { readMasks } from '../text/mask-text.js';
import { SensoriumError } from '../util/errors.js';
import { show } from '../util/show.js';
import { type Scene, type Sprites, sceneMasks, sceneWidth } from '../world/index.js';
import { conversationSamples, placeOf, type SampleOptions } from './conversation-samples.js';
import { assertOneMask } from './objectives/masks.js';
import type { SampleSequences } from './sequence-objective.js';

/** How rows become samples with masks. */
export interface MaskSampleOptions extends SampleOptions {
  /** The id of the mask token. */
  token: number;
  /** Pixels on a side of the picture that the model is shown. */
  side: number;
  sprites: Sprites;
}

/** Sequences, and the mask that belongs to each. */
export interface MaskSamples {
  /** Errors: `train.data` for rows without one image, one mask token and one mask. */
  samples(data: Dataset<Conversation>, processor: Processor, options: MaskSampleOptions): (index: number) => Promise<SampleSequences>;
  truth(sequence: Sequence): Uint8Array;
}

/** Rows with a mask: `mask` beside the conversation ({ width, height, data }, or `<mask …>` as text), or a scene and its `targets`. */
export function maskSamples(): MaskSamples {
  const masks = new WeakMap<Sequence, Uint8Array>();
  return {
    samples(data, processor, { token, side, sprites, ...options }) {
      const learned = conversationSamples(data, processor, options);
      return async (index) => {
        const sample = await learned(index);
        if (!masks.has(sample.sequence)) {
          const row = await data.get(index);
          assertOneMask(sample.sequence, token, placeOf(row));
          const mask = maskOf(row, sprites);
          const placement = processor.parts.media?.placement?.(mask);
          masks.set(sample.sequence, regionPixels({ mask }, { side, placement }));
        }
        return sample;
      };
    },
    truth: (sequence) => masks.get(sequence) as Uint8Array,
  };
}

/** The mask of a row, of the size of its image. */
function maskOf(row: Conversation, sprites: Sprites): Mask {
  const { scene, targets, mask } = (row.extra ?? {}) as { scene?: Scene; targets?: readonly number[]; mask?: unknown };
  if (mask === undefined && scene && targets?.length === 1) {
    const data = sceneMasks(scene, sprites)[targets[0] as number] as Uint8Array;
    return { width: sceneWidth(scene), height: scene.size, data };
  }
  const given = typeof mask === 'string' ? readMasks(mask)[0] : (mask as Partial<Mask> | undefined);
  const { width = 0, height = 0, data } = given ?? {};
  if (width > 0 && height > 0 && data instanceof Uint8Array && data.length === width * height) return { width, height, data };
  throw new SensoriumError('train.data', 'a row has no mask', {
    place: `${placeOf(row)}: mask`,
    expected: '<mask WIDTHxHEIGHT n,n,…> as text, or { width, height, data: Uint8Array }',
    got: show(mask),
    hint: "Scenes with masks: world.referring({ place: { mask: '<SEG>' } })",
  });
}
