// Florence-2's tasks: the tag that asks for each, the words that the model was trained with in its place, and the form of the reply.

import { SensoriumError } from '../../../util/errors.js';

/** How the places of a reply are written. */
export type ReplyForm = 'text' | 'boxes' | 'phrases' | 'unnamed-boxes' | 'quads' | 'polygons' | 'boxes-or-polygons';

/** A task. */
export interface Task {
  readonly tag: string;
  /** What the model reads; `{input}` stands for the words or places beside the tag. */
  readonly words: string;
  readonly form: ReplyForm;
}

const task = (tag: string, words: string, form: ReplyForm = 'text'): Task => ({ tag: `<${tag}>`, words, form });

/** All tasks (Florence2Processor). */
export const TASKS: readonly Task[] = [
  task('OCR', 'What is the text in the image?'),
  task('OCR_WITH_REGION', 'What is the text in the image, with regions?', 'quads'),
  task('CAPTION', 'What does the image describe?'),
  task('DETAILED_CAPTION', 'Describe in detail what is shown in the image.'),
  task('MORE_DETAILED_CAPTION', 'Describe with a paragraph what is shown in the image.'),
  task('OD', 'Locate the objects with category name in the image.', 'boxes'),
  task('DENSE_REGION_CAPTION', 'Locate the objects in the image, with their descriptions.', 'boxes'),
  task('REGION_PROPOSAL', 'Locate the region proposals in the image.', 'unnamed-boxes'),
  task('CAPTION_TO_PHRASE_GROUNDING', 'Locate the phrases in the caption: {input}', 'phrases'),
  task('REFERRING_EXPRESSION_SEGMENTATION', 'Locate {input} in the image with mask', 'polygons'),
  task('REGION_TO_SEGMENTATION', 'What is the polygon mask of region {input}', 'polygons'),
  task('OPEN_VOCABULARY_DETECTION', 'Locate {input} in the image.', 'boxes-or-polygons'),
  task('REGION_TO_CATEGORY', 'What is the region {input}?'),
  task('REGION_TO_DESCRIPTION', 'What does the region {input} describe?'),
  task('REGION_TO_OCR', 'What text is in the region {input}?'),
];

/** The task that a text asks for by its tag; undefined for a prompt in words. */
export const taskOf = (text: string): Task | undefined => TASKS.find(({ tag }) => text.includes(tag));

/**
 * What the model reads for a text: the words of its task with what stands beside the tag, or the text as it is.
 * Errors: `text.messages` for words beside a tag that takes none, and for a tag that needs some.
 */
export function taskWords(text: string): string {
  const found = taskOf(text);
  if (!found) return text;
  const input = text.replaceAll(found.tag, '').trim();
  const takes = found.words.includes('{input}');
  if (takes === (input !== '')) return found.words.replace('{input}', () => input);
  throw new SensoriumError(
    'text.messages',
    takes ? 'this task needs words or a place beside its tag' : 'this task takes nothing beside its tag',
    {
      place: found.tag,
      expected: takes ? `${found.tag} and what it is about, such as ${example(found)}` : `${found.tag} alone`,
      got: text,
    },
  );
}

const example = ({ tag }: Task): string => (tag.startsWith('<REGION_') ? `${tag}<loc_52><loc_332><loc_932><loc_774>` : `${tag}a green car`);
