// `crop`, `zoom`, `enlarge`, `rotate`: a part of an image, larger, or turned.

import { z } from 'zod';
import { named } from '../tool.js';
import { boxArgument, boxWithin, builtIn, roundBox } from './define.js';
import { cut, scaled, turned } from './pixels.js';

/** Longer side that `zoom` makes at least. */
const ZOOMED = 512;

/** Cuts a box out. */
export const crop = builtIn({
  name: 'crop',
  description: 'Cuts a box out of an image. Gives the name of the new image.',
  input: z.object({ image: named('image'), box: boxArgument }),
  run({ image, box }, { workspace }) {
    const picture = workspace.get('image', image);
    const inside = boxWithin(box, picture);
    const name = workspace.put('image', cut(picture, inside), `crop of ${image}`);
    return { image: name, width: inside[2] - inside[0], height: inside[3] - inside[1] };
  },
});

/** Cuts a box out with a margin and enlarges it. */
export const zoom = builtIn({
  name: 'zoom',
  description: `Cuts a box with a little around it out of an image and enlarges it, so that small things can be recognized and read.`,
  input: z.object({ image: named('image'), box: boxArgument }),
  run({ image, box }, { workspace }) {
    const picture = workspace.get('image', image);
    const [x0, y0, x1, y1] = boxWithin(box, picture);
    const margin = 0.1 * Math.max(x1 - x0, y1 - y0);
    const around = boxWithin([x0 - margin, y0 - margin, x1 + margin, y1 + margin], picture);
    const part = cut(picture, around);
    const large = scaled(part, Math.min(8, Math.max(1, ZOOMED / Math.max(part.width, part.height))));
    return { image: workspace.put('image', large, `zoom into ${image}`), box: roundBox(around), width: large.width, height: large.height };
  },
});

/** Enlarges an image. */
export const enlarge = builtIn({
  name: 'enlarge',
  description: 'Enlarges an image, 1 to 8 times.',
  input: z.object({ image: named('image'), factor: z.number().min(1).max(8).default(2) }),
  run({ image, factor }, { workspace }) {
    const large = scaled(workspace.get('image', image), factor);
    return { image: workspace.put('image', large, `${image} enlarged`), width: large.width, height: large.height };
  },
});

/** Turns an image by right angles. */
export const rotate = builtIn({
  name: 'rotate',
  description: 'Turns an image to the right by 90, 180 or 270 degrees.',
  input: z.object({ image: named('image'), degrees: z.union([z.literal(90), z.literal(180), z.literal(270)]) }),
  run({ image, degrees }, { workspace }) {
    const out = turned(workspace.get('image', image), degrees / 90);
    return { image: workspace.put('image', out, `${image} turned`), width: out.width, height: out.height };
  },
});
