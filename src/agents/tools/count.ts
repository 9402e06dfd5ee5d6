// `count`: how many of a kind are in an image.

import { z } from 'zod';
import { named } from '../tool.js';
import { builtIn, roundBox } from './define.js';
import { findObjects } from './find.js';
import { wayOf } from './in-turn.js';

/** Counts one kind of object: `{ count, boxes }`. */
export const count = builtIn({
  name: 'count',
  description: 'Counts the objects of one kind in an image, such as "dog". `unknown` means that the detector cannot look for that kind.',
  needs: ['detectors'],
  input: z.object({ image: named('image'), label: z.string().min(1).max(60) }),
  async run({ image, label }, context, parts) {
    const picture = context.workspace.get('image', image);
    const found = await findObjects(parts, { image: picture, words: [label] }, context);
    const { objects, unknown } = found.value;
    if (unknown.length > 0) return { label, unknown, ...wayOf(found) };
    return { label, count: objects.length, boxes: objects.slice(0, 100).map(({ box }) => roundBox(box)), ...wayOf(found) };
  },
});
