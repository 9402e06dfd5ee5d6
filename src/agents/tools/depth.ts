// `depth`: how far things are, from the map of a network; `depth_order` guesses where there is none.

import { z } from 'zod';
import { named } from '../tool.js';
import { boxWithin, builtIn, roundBox } from './define.js';
import { labelsArgument } from './detect.js';
import { findObjects } from './find.js';
import { wayOf } from './in-turn.js';

/** The middle value of numbers. */
const median = (values: Float32Array): number => values.sort()[values.length >> 1] ?? 0;

/** Objects from near to far by the median of the map in the middle of their boxes; 0 is the nearest and 1 the farthest place of the picture. */
export const depth = builtIn({
  name: 'depth',
  description:
    'Measures how far objects are with a network for depth. Orders them from near to far and gives each a depth: 0 is the nearest place of the picture, 1 the farthest.',
  needs: ['depth', 'detectors'],
  input: z.object({ image: named('image'), labels: labelsArgument.optional() }),
  async run({ image, labels }, context, parts) {
    const picture = context.workspace.get('image', image);
    const found = await findObjects(parts, { image: picture, words: labels }, context);
    const map = await (await parts.equipment.get('depth')).estimate(picture, context.signal);
    let [near, far] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const value of map.data) [near, far] = [Math.min(near, value), Math.max(far, value)];
    const depthOf = (box: readonly [number, number, number, number]): number => {
      const [left, top, right, bottom] = boxWithin(box, picture);
      // The outer quarter of a box is often what lies behind.
      const [dx, dy] = [Math.floor((right - left) / 4), Math.floor((bottom - top) / 4)];
      const rows = [];
      for (let y = top + dy; y < bottom - dy; y++) rows.push(...map.data.subarray(y * map.width + left + dx, y * map.width + right - dx));
      return far > near ? (median(Float32Array.from(rows)) - near) / (far - near) : 0;
    };
    const measured = found.value.objects.map(({ label, box }) => ({
      label,
      box: roundBox(box),
      depth: Math.round(depthOf(box) * 1000) / 1000,
    }));
    return { method: 'a network for depth', nearFirst: measured.sort((a, b) => a.depth - b.depth).slice(0, 50), ...wayOf(found) };
  },
});
