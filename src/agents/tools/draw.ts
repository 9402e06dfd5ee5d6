// `draw`: an image from a text, by a generator of ours.

import { z } from 'zod';
import { builtIn } from './define.js';

/** Draws an image from a text. */
export const draw = builtIn({
  name: 'draw',
  description: 'Draws a small picture of the scene world from a text, such as "a red apple left of a dog". Gives the name of the image.',
  needs: ['painter'],
  input: z.object({ text: z.string().min(1).max(500), seed: z.number().int().min(0).max(1_000_000).optional() }),
  async run({ text, seed = 0 }, { workspace, signal }, { equipment }) {
    const painter = await equipment.get('painter');
    const image = await painter.draw(text, { seed, signal });
    return { image: workspace.put('image', image, 'draw'), width: image.width, height: image.height };
  },
});
