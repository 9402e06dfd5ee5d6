// `detect`: objects with their boxes.

import { z } from 'zod';
import { named } from '../tool.js';
import { builtIn, roundBox, roundScore } from './define.js';
import { findObjects } from './find.js';
import { wayOf } from './in-turn.js';

/** Most objects that are reported; a crowd is for `count`. */
const MOST = 100;

/** Names of objects that a call asks for. */
export const labelsArgument = z.array(z.string().min(1).max(60)).min(1).max(32);

/** Finds objects: `{ objects: [{ label, score, box }] }`, boxes in pixels. */
export const detect = builtIn({
  name: 'detect',
  description:
    'Finds objects in an image and gives their boxes. `labels`: what to look for, such as ["dog"]; without it everything that the detector knows. `unknown` lists words that it cannot look for.',
  needs: ['detectors'],
  input: z.object({ image: named('image'), labels: labelsArgument.optional(), threshold: z.number().min(0).max(1).optional() }),
  async run({ image, labels, threshold }, context, parts) {
    const picture = context.workspace.get('image', image);
    const found = await findObjects(parts, { image: picture, words: labels, threshold }, context);
    const { objects, unknown } = found.value;
    return {
      objects: objects.slice(0, MOST).map(({ label, score, box }) => ({ label, score: roundScore(score), box: roundBox(box) })),
      ...(unknown.length > 0 ? { unknown } : {}),
      ...wayOf(found),
    };
  },
});
