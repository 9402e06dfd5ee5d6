// Otter (Li et al. 2023, arXiv:2305.03726): triples of image, instruction and answer, `<image>User: … GPT:<answer> …<|endofchunk|>`.

import { textOf } from '../demo.js';
import { imagesOf, pattern, questionFor } from './template.js';

const END = '<|endofchunk|>';

/** Triples; MIMIC-IT's rows are read in this form. */
export const otter = pattern({
  name: 'otter',
  about: "triples of image, instruction and answer, as Otter's",
  stops: [END, 'User:'],
  demo: (demo, query) => [...imagesOf(demo.content), `User: ${questionFor(demo, query)} GPT:<answer> ${demo.answer}${END}`],
  query: ({ content }) => [...imagesOf(content), `User: ${textOf(content)} GPT:<answer>`],
});
