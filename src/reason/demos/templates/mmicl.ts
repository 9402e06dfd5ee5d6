// MMICL (Zhao et al. 2023, arXiv:2309.07915): every image is declared by a number, `image j: <IMGj>`, by which texts may refer to it.

import type { ContentPart } from '../../../text/index.js';
import { type Demo, mediaIn, textOf } from '../demo.js';
import { pattern, questionFor } from './template.js';

/** Declarations of images, numbered on from those of the demos before. */
function declared(content: readonly ContentPart[], before: readonly Demo[]): (string | ContentPart)[] {
  const first = before.reduce((n, demo) => n + mediaIn(demo.content).length, 0);
  return mediaIn(content).flatMap((part, i) => [`image ${first + i}: <IMG${first + i}>`, part, '\n']);
}

/** Declared images. `<IMGj>` stands for itself: models without such tokens read it as text. */
export const mmicl = pattern({
  name: 'mmicl',
  about: "images declared by numbers, MMICL's",
  stops: ['\nimage ', '\nQuestion:'],
  demo: (demo, query, before) => [...declared(demo.content, before), `Question: ${questionFor(demo, query)} Answer: ${demo.answer}\n`],
  query: ({ content }, demos) => [...declared(content, demos), `Question: ${textOf(content)} Answer:`],
});
