// `depth_order`: objects from front to back by a rule of thumb, where no network measures depth (`depth`).

import { z } from 'zod';
import { named } from '../tool.js';
import { builtIn, roundBox } from './define.js';
import { labelsArgument } from './detect.js';
import { findObjects } from './find.js';
import { wayOf } from './in-turn.js';

/** In a picture of things on the ground, what ends lower stands nearer; of two that end alike, the larger. */
export const depthOrder = builtIn({
  name: 'depth_order',
  description:
    'Orders objects from near to far by a rule of thumb: of things on the ground, what ends lower in the picture is nearer. A guess from boxes; no depth is measured.',
  needs: ['detectors'],
  input: z.object({ image: named('image'), labels: labelsArgument.optional() }),
  async run({ image, labels }, context, parts) {
    const picture = context.workspace.get('image', image);
    const found = await findObjects(parts, { image: picture, words: labels }, context);
    const area = ([x0, y0, x1, y1]: readonly number[]): number => ((x1 as number) - (x0 as number)) * ((y1 as number) - (y0 as number));
    const same = picture.height / 50;
    const nearFirst = [...found.value.objects].sort((a, b) =>
      Math.abs(a.box[3] - b.box[3]) > same ? b.box[3] - a.box[3] : area(b.box) - area(a.box),
    );
    return {
      method: 'rule of thumb from boxes, not measured depth',
      nearFirst: nearFirst.slice(0, 50).map(({ label, box }) => ({ label, box: roundBox(box) })),
      ...wayOf(found),
    };
  },
});
