// Diverse demonstrations: maximal marginal relevance (Carbonell and Goldstein 1998), near to the query and unlike each other.

import { bestOf } from '../bank.js';
import { similarities } from './rices.js';
import type { DemoSelector, VectorSelection } from './selector.js';

/** Weight of being near to the query against being unlike what is chosen. */
const LAMBDA = 0.5;
/** Only the nearest of many are compared with each other. */
const POOL = 256;

/** Cosine of two demos, the mean over images and words that both have. */
function between({ vectors: { width, image, text } }: VectorSelection, a: number, b: number): number {
  let [sum, kinds] = [0, 0];
  for (const rows of [image, text]) {
    let [dot, own, other] = [0, 0, 0];
    for (let i = 0; i < width; i++) {
      const [x, y] = [rows[a * width + i] as number, rows[b * width + i] as number];
      dot += x * y;
      own += x * x;
      other += y * y;
    }
    if (own === 0 || other === 0) continue;
    sum += dot;
    kinds++;
  }
  return kinds > 0 ? sum / kinds : 0;
}

/** Chooses one after the other: `lambda` x similarity to the query - (1 - `lambda`) x the greatest similarity to one that is chosen. */
export const diverse: DemoSelector = {
  name: 'diverse',
  about: 'similar to the question and unlike each other (MMR)',
  needs: ['image', 'text'],
  select(selection) {
    const near = similarities(selection, ['image', 'text']);
    const left = bestOf(near, selection.from, POOL);
    const closest = new Map(left.map((i) => [i, 0]));
    const chosen: number[] = [];
    while (chosen.length < selection.shots && left.length > 0) {
      let best = 0;
      const gain = (i: number): number => LAMBDA * (near[i] as number) - (1 - LAMBDA) * (closest.get(i) as number);
      for (let k = 1; k < left.length; k++) if (gain(left[k] as number) > gain(left[best] as number)) best = k;
      const [taken] = left.splice(best, 1) as [number];
      chosen.push(taken);
      for (const i of left) closest.set(i, Math.max(closest.get(i) as number, between(selection, i, taken)));
    }
    return chosen;
  },
};
