// A model with a mask head as the one that cuts things out: it is asked where a thing is, and its reply means masks (LISA, Lai et al. 2023).

import type { Mllm } from '../generate/mllm.js';
import type { Mask, RgbImage } from '../media/index.js';
import { SensoriumError } from '../util/errors.js';
import type { Equipment, Segmenter } from './equipment.js';
import type { PixelBox } from './tools/define.js';
import { maskInBox } from './tools/grab.js';
import type { MaskValue } from './workspace.js';

/** Words in which things are asked for: those that `recipes/lisa.ts` trains on. */
const question = (phrase: string): string => `Where is the ${phrase}?`;

/** A model as a segmenter. Errors: `agent.equipment` for one without a mask head. */
export function maskSegmenter(model: Pick<Mllm, 'drawsMasks' | 'reply'>, name: string): Segmenter {
  if (!model.drawsMasks)
    throw new SensoriumError('agent.equipment', 'this model draws no masks', {
      place: name,
      expected: 'a model with a mask head',
      hint: 'recipes/lisa.ts trains one',
    });
  return {
    async segment(image, phrase, signal) {
      const content = [
        { type: 'image' as const, source: image },
        { type: 'text' as const, text: question(phrase) },
      ];
      const { masks = [] } = await model.reply({ messages: [{ role: 'user', content }], maxTokens: 32, temperature: 0, signal });
      return masks;
    },
  };
}

/**
 * The mask of a thing in a box: what the segmenter draws of it there, where there is one and the thing has a name; by colors (GrabCut) where there is none, or where it
 * draws nothing in the box.
 */
export async function cutOut(
  equipment: Equipment,
  image: RgbImage,
  { box, label }: { box: PixelBox; label?: string },
  signal?: AbortSignal,
): Promise<{ mask: MaskValue; method: 'colors (GrabCut)' | 'a mask decoder' }> {
  if (label !== undefined && equipment.has('segmenter')) {
    const masks = await (await equipment.get('segmenter')).segment(image, label, signal);
    const mask = within(masks, image, box);
    if (mask) return { mask, method: 'a mask decoder' };
  }
  return { mask: maskInBox(image, box), method: 'colors (GrabCut)' };
}

/** All masks together, as far as they lie in the box; undefined where nothing does. */
function within(masks: readonly Mask[], { width, height }: RgbImage, [x0, y0, x1, y1]: PixelBox): MaskValue | undefined {
  const data = new Uint8Array(width * height);
  let any = false;
  for (const mask of masks) {
    if (mask.width !== width || mask.height !== height) continue;
    for (let y = Math.max(0, Math.floor(y0)); y < Math.min(height, Math.ceil(y1)); y++)
      for (let x = Math.max(0, Math.floor(x0)); x < Math.min(width, Math.ceil(x1)); x++)
        if (mask.data[y * width + x]) {
          data[y * width + x] = 1;
          any = true;
        }
  }
  return any ? { width, height, data } : undefined;
}
