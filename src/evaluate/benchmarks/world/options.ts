// World versions of the benchmarks with options: MMBench in both languages with CircularEval, ScienceQA, MMMU.

import { groupRelates, nameOf, phrase, type QuestionType, relationWords } from '../../../world/index.js';
import { LETTERS } from '../../option-choice.js';
import type { Language } from '../../scenes.js';
import { mmbench, mmbenchCn } from '../mmbench.js';
import { mmmu } from '../mmmu.js';
import { scienceQa } from '../science-qa.js';
import type { Drawn, WorldDraw } from './draw.js';
import { overWorld, type WorldBenchmark } from './form.js';
import { absent, anyGroup, be, noun, pool } from './words.js';

/** MMBench's abilities that scenes have something for, with the types of questions. */
const abilities: Record<string, readonly QuestionType[]> = {
  attribute_recognition: ['color'],
  object_counting: ['count'],
  spatial_relationship: ['relation'],
  ocr: ['text'],
};

const mmbenchWorld = (open: typeof mmbench, language: Language): WorldBenchmark =>
  overWorld({
    open,
    about: `questions with four options in ${language === 'zh' ? 'Chinese' : 'English'}, in every order of these: colors, counts, relations, printed words`,
    n: 12,
    maxTokens: 24,
    files: (draw) => ({
      [`mmbench_dev_${language === 'zh' ? 'cn' : 'en'}.tsv`]: Object.entries(abilities)
        .flatMap(([ability, types]) =>
          draw.take(ability, (drawn) => {
            const asked = draw.question(drawn, drawn.rng.pick(types), { language });
            if (!asked) return undefined;
            const { options, at } = draw.options(drawn.rng, asked.answer, pool(drawn, asked, language));
            const cells = Object.fromEntries(options.map((text, i) => [LETTERS[i], text]));
            return {
              question: asked.question,
              ...cells,
              answer: LETTERS[at],
              image: drawn.image,
              category: ability,
              'l2-category': ability,
            };
          }),
        )
        .map((row, index) => ({ index, ...row })),
    }),
  });

/** MMBench in English. */
export const worldMmbench = mmbenchWorld(mmbench, 'en');
/** MMBench in Chinese. */
export const worldMmbenchCn = mmbenchWorld(mmbenchCn, 'zh');

/** A question with options of a subject, and the fact that answers it. */
type Lesson = (draw: WorldDraw, drawn: Drawn) => { question: string; right: string; others: readonly string[]; fact: string } | undefined;

const lessons: Record<string, Lesson> = {
  'natural science'(_, drawn) {
    const group = anyGroup(drawn);
    if (!group) return undefined;
    const others = Array.from({ length: 12 }, () => nameOf(absent(drawn), 'en'));
    const there = phrase(group, 'en');
    return {
      question: 'Which of these is in the picture?',
      right: nameOf(group.category, 'en'),
      others,
      fact: `The picture shows ${there}.`,
    };
  },
  'social science'(_, drawn) {
    const { groups, scene } = drawn;
    for (const a of groups)
      for (const b of groups)
        for (const relation of ['left', 'above'] as const)
          if (a !== b && groupRelates(scene, a, b, relation)) {
            const words = relationWords[relation].en;
            const choices = [`The ${noun(a)} ${be(a)} ${words} the ${noun(b)}.`, `The ${noun(b)} ${be(b)} ${words} the ${noun(a)}.`];
            return {
              question: 'Which is true of the picture?',
              right: choices[0] as string,
              others: [choices[1] as string],
              fact: choices[0] as string,
            };
          }
    return undefined;
  },
  'language science'(draw, drawn) {
    const asked = draw.question(drawn, 'text');
    return asked && { question: asked.question, right: asked.answer, others: pool(drawn, asked), fact: `The sign says ${asked.answer}.` };
  },
};

/** ScienceQA's problems.json: things, places and words stand for its three subjects, the number of objects for the grade. */
export const worldScienceQa = overWorld({
  open: scienceQa,
  about:
    'options about things, places and words (for natural, social, language science), with a scene, a stated fact, or both; answered with a reason',
  n: 24,
  maxTokens: 64,
  files: (draw) => ({
    'problems.json': Object.fromEntries(
      Object.entries(lessons)
        .flatMap(([subject, make]) =>
          // What a question comes with goes round: a scene, a fact in words, both.
          draw.even(subject, ['image', 'text', 'both'], (drawn, context) => {
            const lesson = make(draw, drawn);
            if (!lesson) return undefined;
            const { options, at } = draw.options(drawn.rng, lesson.right, lesson.others);
            return {
              question: lesson.question,
              choices: options,
              answer: at,
              hint: context === 'image' ? '' : lesson.fact,
              image: context === 'text' ? null : drawn.image,
              grade: `grade${Math.min(12, 2 * drawn.scene.objects.length)}`,
              subject,
              lecture: '',
              solution: lesson.fact,
              split: 'test',
            };
          }),
        )
        .map((problem, id) => [String(id + 1), problem]),
    ),
  }),
});

/** MMMU's rows by subject: questions with options, open ones, and ones about two scenes. */
const subjects: Record<
  string,
  (draw: WorldDraw, drawn: Drawn) => { question: string; answer: string; options?: string[]; images: string[] } | undefined
> = {
  Color(draw, drawn) {
    const asked = draw.question(drawn, 'color');
    if (!asked) return undefined;
    const { options, at } = draw.options(drawn.rng, asked.answer, pool(drawn, asked));
    return { question: `<image 1> ${asked.question}`, answer: LETTERS[at] as string, options, images: [drawn.image] };
  },
  Comparison(draw, drawn) {
    const other = draw.at(drawn.index + 1, 'second');
    const group = anyGroup(drawn);
    if (!group || other.groups.some(({ category }) => category === group.category)) return undefined;
    const { at, options } = draw.options(drawn.rng, 'image 1', ['image 2'], 2);
    // The picture with the thing is shown in the place that its option has.
    const images = at === 0 ? [drawn.image, other.image] : [other.image, drawn.image];
    if (at === 1) options.reverse();
    return { question: `<image 1> <image 2> Which shows ${noun(group)}?`, answer: LETTERS[at] as string, options, images };
  },
  Counting(draw, drawn) {
    const asked = draw.question(drawn, 'count');
    return asked && { question: `<image 1> ${asked.question}`, answer: asked.answer, images: [drawn.image] };
  },
  Reading(draw, drawn) {
    const asked = draw.question(drawn, 'text');
    return asked && { question: `<image 1> ${asked.question}`, answer: asked.answer, images: [drawn.image] };
  },
};

/** MMMU: nothing of a college, its form only. */
export const worldMmmu = overWorld({
  open: mmmu,
  about:
    'colors with options, which of two scenes shows a thing, counts and printed words as open questions: the form of MMMU, not its subjects',
  n: 20,
  maxTokens: 32,
  files: (draw) => ({
    'validation.jsonl': Object.entries(subjects).flatMap(([subject, make]) =>
      draw
        .take(subject, (drawn) => make(draw, drawn))
        .map(({ question, answer, options, images }, i) => ({
          id: `validation_${subject}_${i + 1}`,
          question,
          options: options ?? [],
          answer,
          question_type: options ? 'multiple-choice' : 'open',
          ...Object.fromEntries(images.map((name, k) => [`image_${k + 1}`, name])),
        })),
    ),
  }),
});
