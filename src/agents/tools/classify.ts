// `classify`: which of some descriptions fits an image best, by CLIP.

import { z } from 'zod';
import { named } from '../tool.js';
import { boxArgument, boxWithin, builtIn, roundScore } from './define.js';
import { cut } from './pixels.js';

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, v, i) => sum + v * (b[i] as number), 0);

/** Ranks descriptions by their likeness to an image. */
export const classify = builtIn({
  name: 'classify',
  description:
    'Says which of some descriptions fits an image, or a box of it, best (CLIP). Gives the likeness of each, the best first; likeness is not a probability.',
  needs: ['embedder'],
  input: z.object({ image: named('image'), labels: z.array(z.string().min(1).max(200)).min(2).max(64), box: boxArgument.optional() }),
  async run({ image, labels, box }, { workspace, signal }, { equipment }) {
    const embedder = await equipment.get('embedder');
    const whole = workspace.get('image', image);
    const picture = box ? cut(whole, boxWithin(box, whole)) : whole;
    const [{ vectors: texts }, { vectors }] = await Promise.all([embedder.texts(labels, signal), embedder.images([picture], signal)]);
    const [seen] = vectors as [Float32Array];
    const ranked = labels.map((label, i) => ({ label, likeness: roundScore(dot(seen, texts[i] as Float32Array)) }));
    ranked.sort((a, b) => b.likeness - a.likeness);
    return { best: ranked[0]?.label ?? '', ranked };
  },
});
