// RICES (Yang et al. 2022, arXiv:2109.05014; Flamingo): the demonstrations nearest to the query in the space of a frozen CLIP.

import { bestOf, cosines } from '../bank.js';
import type { DemoSelector, SelectorNeed, VectorSelection } from './selector.js';

/** The similarity of each demo to the query: the mean of the cosines of what is compared. [demos] */
export function similarities({ vectors, query }: Pick<VectorSelection, 'vectors' | 'query'>, needs: readonly SelectorNeed[]): Float32Array {
  const total = new Float32Array(vectors.keys.length);
  for (const need of needs) {
    const vector = query[need];
    if (!vector) continue;
    const found = cosines(vectors[need], vector);
    for (let i = 0; i < total.length; i++) total[i] = (total[i] as number) + (found[i] as number) / needs.length;
  }
  return total;
}

const nearest = (name: string, about: string, needs: readonly SelectorNeed[]): DemoSelector => ({
  name,
  about,
  needs,
  select: (selection) => bestOf(similarities(selection, needs), selection.from, selection.shots),
});

/** By image. */
export const rices = nearest('rices', 'with the most similar images', ['image']);
/** By the words of the question. */
export const ricesText = nearest('text', 'with the most similar words', ['text']);
/** By both, as the mean of the cosines. */
export const ricesBoth = nearest('both', 'most similar by image and words', ['image', 'text']);
