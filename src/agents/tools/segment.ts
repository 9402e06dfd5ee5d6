// `segment`: the mask of an object, named, in a box or under a point; by a mask decoder where a model has one, else by colors.

import { z } from 'zod';
import type { RgbImage } from '../../media/index.js';
import { SensoriumError } from '../../util/errors.js';
import { cutOut } from '../mask-model.js';
import { named, type ToolContext, type ToolValue } from '../tool.js';
import { boxArgument, boxWithin, builtIn, type PixelBox, roundBox, type ToolParts } from './define.js';
import { findObjects } from './find.js';

/** The side of what is taken around a point that lies on no known object, as a share of the image. */
const AROUND = 0.3;

/** The box of the thing at a point: that of the smallest object that was found there, else one around the point. */
export async function boxAt(
  parts: ToolParts,
  { image, point: [x, y] }: { image: RgbImage; point: readonly [number, number] },
  context: ToolContext,
): Promise<{ box: PixelBox; label?: string; score?: number }> {
  if (!(x >= 0 && y >= 0 && x < image.width && y < image.height))
    throw new SensoriumError('agent.argument', 'this point is not in the image', {
      place: 'point',
      expected: `0 <= x < ${image.width}, 0 <= y < ${image.height}, in pixels`,
      got: `[${x}, ${y}]`,
    });
  const area = (box: PixelBox): number => (box[2] - box[0]) * (box[3] - box[1]);
  const found = parts.equipment.has('detectors') ? (await findObjects(parts, { image }, context)).value.objects : [];
  const [best] = found
    .filter(({ box }) => x >= box[0] && y >= box[1] && x <= box[2] && y <= box[3])
    .sort((a, b) => area(a.box) - area(b.box));
  if (best) return { box: boxWithin(best.box, image), label: best.label, score: best.score };
  const half = (AROUND / 2) * Math.max(image.width, image.height);
  return { box: boxWithin([x - half, y - half, x + half, y + half], image) };
}

/** Cuts an object out: `{ masks: [{ mask, box, share }] }`. */
export const segment = builtIn({
  name: 'segment',
  description:
    'Cuts an object out: give its `label`, its `box` or a `point` on it. Gives the name of a mask, its box and its area. By a mask decoder, or by colors (GrabCut), so that things of the color of their ground are cut badly.',
  input: z
    .object({
      image: named('image'),
      label: z.string().min(1).max(60).optional(),
      box: boxArgument.optional(),
      point: z.array(z.number()).length(2).optional().describe('x, y in pixels'),
    })
    .refine(({ label, box, point }) => [label, box, point].filter((one) => one !== undefined).length === 1, 'one of label, box and point'),
  async run({ image, label, box, point }, context, parts): Promise<ToolValue> {
    const picture = context.workspace.get('image', image);
    let boxes: { box: PixelBox; label?: string }[];
    if (box) boxes = [{ box: boxWithin(box, picture) }];
    else if (point) boxes = [await boxAt(parts, { image: picture, point: point as [number, number] }, context)];
    else {
      const { value } = await findObjects(parts, { image: picture, words: [label as string] }, context);
      if (value.unknown.length > 0) return { masks: [], unknown: value.unknown };
      boxes = value.objects.slice(0, 10).map((one) => ({ box: boxWithin(one.box, picture), label: one.label }));
    }
    const masks = [];
    const methods = new Set<string>();
    for (const one of boxes) {
      const { mask, method } = await cutOut(parts.equipment, picture, one, context.signal);
      const area = mask.data.reduce((sum, v) => sum + v, 0);
      methods.add(method);
      masks.push({
        mask: context.workspace.put('mask', mask, `segment of ${image}`),
        ...(one.label ? { label: one.label } : {}),
        box: roundBox(one.box),
        share: Math.round((area / mask.data.length) * 10_000) / 10_000,
      });
    }
    return { masks, method: [...methods].join(', ') || 'nothing found' };
  },
});
