// ScienceQA (Lu et al. 2022) as training data of both stages of Multimodal-CoT: the rationale of a question, its answer behind the rationale, or its answer alone.

import { z } from 'zod';
import { askRationale, withRationale } from '../text/index.js';
import type { Conversation } from './dataset.js';
import { mediaEntry, type RowContext } from './media-entry.js';
import { RowError, shorten } from './row.js';

/**
 * What becomes of a problem, with the letters of the papers: question, context and options (QCM) to the answer (A), to lecture and solution (LE), or with
 * these to the answer (QCMLE-A).
 */
export const SCIENCE_FORMS = ['QCM-A', 'QCM-LE', 'QCMLE-A'] as const;
export type ScienceForm = (typeof SCIENCE_FORMS)[number];

/** A problem as the published files have it: `problems.json`, and parquet with the image in the row. */
export const scienceProblem = z.object({
  question: z.string().min(1),
  choices: z.array(z.string()).min(2).max(26),
  answer: z.union([z.number(), z.bigint()]).transform(Number).pipe(z.number().int().nonnegative()),
  hint: z.string().default(''),
  // Bytes first: an object would copy them key by key.
  image: z.union([z.string(), z.instanceof(Uint8Array), z.looseObject({})]).nullish(),
  grade: z.string(),
  subject: z.string(),
  lecture: z.string().default(''),
  solution: z.string().default(''),
  split: z.string().optional(),
});
export type ScienceProblem = z.infer<typeof scienceProblem>;

const REQUEST = 'Explain your reasoning, then end with "The answer is X." where X is the letter of the right option.';
const letter = (index: number): string => String.fromCharCode(65 + index);

/** The question as it is asked in training and in the benchmark: with its context, where there is one, and lettered options. */
export function scienceQuestion({ question, hint, choices }: Pick<ScienceProblem, 'question' | 'hint' | 'choices'>): string {
  const context = hint === '' ? '' : `Context: ${hint}\n`;
  return `Question: ${question}\n${context}Options:\n${choices.map((text, i) => `${letter(i)}. ${text}`).join('\n')}\n${REQUEST}`;
}

/** The answer, as the published scripts read it. */
export const scienceAnswer = ({ answer }: Pick<ScienceProblem, 'answer'>): string => `The answer is ${letter(answer)}.`;

/** Lecture and solution; of a problem with neither, the answer. */
export const scienceRationale = (problem: ScienceProblem): string =>
  [problem.lecture, problem.solution].filter((text) => text.trim() !== '').join('\n') || scienceAnswer(problem);

/** Reads a problem as a conversation in one of the forms; the rest of its columns is `extra`. Throws `RowError` for what is not a problem. */
export function readScience(record: Record<string, unknown>, context: RowContext, form: ScienceForm): Conversation {
  const { at } = context;
  const found = scienceProblem.safeParse(record);
  if (!found.success) {
    const [issue] = found.error.issues;
    throw new RowError(at, issue?.path.join('.') || undefined, 'this is not a problem of ScienceQA', {
      expected: 'question, choices, the number of the answer, hint, image, grade, subject, lecture and solution',
      got: shorten(record),
      hint: 'form is for ScienceQA alone: leave it out for other data',
    });
  }
  const problem = found.data;
  if (problem.answer >= problem.choices.length)
    throw new RowError(at, 'answer', 'an answer that is not among the choices', {
      expected: `0 to ${problem.choices.length - 1}`,
      got: String(problem.answer),
    });
  const question = scienceQuestion(problem);
  const [asked, reply] = {
    'QCM-A': [question, scienceAnswer(problem)],
    'QCM-LE': [askRationale(question), scienceRationale(problem)],
    'QCMLE-A': [withRationale(question, scienceRationale(problem)), scienceAnswer(problem)],
  }[form] as [string, string];
  const { image } = problem;
  const entry = image ? mediaEntry(image, 'image', 'image', context) : undefined;
  const { id, subject, grade } = { id: record.id ?? at.row, ...problem };
  return {
    id: String(id),
    messages: [
      {
        role: 'user',
        content: entry
          ? [
              { type: 'image', source: entry.source, origin: { key: 'image', ...(entry.name === undefined ? {} : { name: entry.name }) } },
              { type: 'text', text: asked },
            ]
          : asked,
      },
      { role: 'assistant', content: reply },
    ],
    extra: { subject, grade },
    at,
  };
}
