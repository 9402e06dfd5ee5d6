// Flamingo (Alayrac et al. 2022, arXiv:2204.14198) as OpenFlamingo writes it: `<image>Question:… Short answer:…<|endofchunk|>`, or `<image>Output:…`.

import { textOf } from '../demo.js';
import { imagesOf, pattern, questionFor } from './template.js';

const END = '<|endofchunk|>';

/** What stands behind the images: a question with its answer, or a caption where nothing is asked. */
const ask = (question: string): string => (question === '' ? 'Output:' : `Question:${question} Short answer:`);

/** Interleaved chunks of images and text. */
export const flamingo = pattern({
  name: 'flamingo',
  about: 'chunks of image, question and answer, as OpenFlamingo writes them',
  stops: [END, 'Question:', 'Output:'],
  demo: (demo, query) => [...imagesOf(demo.content), `${ask(questionFor(demo, query))}${demo.answer}${END}`],
  query: ({ content }) => [...imagesOf(content), ask(textOf(content))],
});
