// World versions of the benchmarks with short answers: GQA, VQAv2, TextVQA, DocVQA, ChartQA, VQA-RAD, SLAKE, PathVQA.

import type { Language, SourceQuestion } from '../../scenes.js';
import { chartQa } from '../chart-qa.js';
import { docVqa } from '../doc-vqa.js';
import { gqa } from '../gqa.js';
import { pathVqa, slake, vqaRad } from '../medical-vqa.js';
import { textVqa } from '../text-vqa.js';
import { vqaV2 } from '../vqa-v2.js';
import type { Drawn, WorldDraw } from './draw.js';
import { overWorld } from './form.js';
import { absent, anyGroup, Be, direction, noun, one, otherTint, plural, tint, twoGroups } from './words.js';

const YES_NO = ['yes', 'no'] as const;
type YesNo = (typeof YES_NO)[number];

/** GQA's structures, each with the answers that come equally often where there are two. */
const structures: Record<string, (draw: WorldDraw, drawn: Drawn, truth: YesNo) => Pick<SourceQuestion, 'question' | 'answer'> | undefined> =
  {
    verify(_, drawn, answer) {
      const group = anyGroup(drawn);
      if (drawn.rng.bool()) {
        const found = direction(drawn);
        return (
          found && {
            question: `${Be(found.a)} the ${noun(found.a)} ${answer === 'yes' ? found.holds : found.opposite} the ${noun(found.b)}?`,
            answer,
          }
        );
      }
      return group && { question: `${Be(group)} the ${noun(group)} ${answer === 'yes' ? tint(group) : otherTint(group, drawn)}?`, answer };
    },
    query: (draw, drawn) => draw.question(drawn, drawn.rng.bool() ? 'color' : 'relation'),
    choose(_, drawn) {
      const group = anyGroup(drawn);
      if (!group) return undefined;
      const answer = tint(group);
      const both = drawn.rng.shuffle([answer, otherTint(group, drawn)]);
      return { question: `${Be(group)} the ${noun(group)} ${both[0]} or ${both[1]}?`, answer };
    },
    logical(_, drawn, answer) {
      const pair = twoGroups(drawn);
      if (!pair) return undefined;
      const things = [one(pair[0].category), answer === 'yes' ? one(pair[1].category) : one(absent(drawn))];
      return { question: `Are there both ${drawn.rng.shuffle(things).join(' and ')}?`, answer };
    },
    compare(_, drawn, answer) {
      const pair = twoGroups(drawn);
      if (!pair || (pair[0].tint === pair[1].tint) !== (answer === 'yes')) return undefined;
      return { question: `Do the ${noun(pair[0])} and the ${noun(pair[1])} have the same color?`, answer };
    },
  };

/** GQA: questions over scene graphs, as the original's are. */
export const worldGqa = overWorld({
  open: gqa,
  about: 'questions from scene graphs by structure: verify, query, choose, logical, compare',
  n: 24,
  files: (draw) => ({
    'testdev_balanced_questions.json': Object.fromEntries(
      Object.entries(structures).flatMap(([structural, make]) =>
        draw
          .even(structural, YES_NO, (drawn, truth) => {
            const found = make(draw, drawn, truth);
            return found && { ...found, imageId: drawn.image.replace('.png', ''), types: { structural } };
          })
          .map((row, i) => [`${structural}-${i}`, row]),
      ),
    ),
  }),
});

/** The same answer of ten people: scenes leave nothing to differ about. */
const ten = (answer: string): string[] => Array<string>(10).fill(answer);

const byAnswer: Record<string, (draw: WorldDraw) => { drawn: Drawn; asked: SourceQuestion }[]> = {
  'yes/no': (draw) => draw.even('yes/no', YES_NO, (drawn, answer) => withQuestion(drawn, draw.question(drawn, 'existence', { answer }))),
  number: (draw) =>
    draw.even('number', ['1', '2', '3', '4'], (drawn, answer) => withQuestion(drawn, draw.question(drawn, 'count', { answer }))),
  other: (draw) =>
    draw.even('other', ['color', 'relation', 'text'] as const, (drawn, type) => withQuestion(drawn, draw.question(drawn, type))),
};
const withQuestion = (drawn: Drawn, asked: SourceQuestion | undefined) => asked && { drawn, asked };

/** VQAv2's two files. */
export const worldVqaV2 = overWorld({
  open: vqaV2,
  about: 'questions with one true answer, given ten times; yes/no and numbers balanced',
  n: 40,
  files(draw) {
    const rows = Object.entries(byAnswer).flatMap(([type, make]) => make(draw).map((row) => ({ ...row, type })));
    return {
      'questions.json': {
        data_subtype: 'val2014',
        questions: rows.map(({ drawn, asked }, i) => ({ question_id: i, image_id: drawn.index, question: asked.question })),
      },
      'annotations.json': {
        annotations: rows.map(({ asked, type }, i) => ({
          question_id: i,
          answer_type: type,
          answers: ten(asked.answer).map((answer) => ({ answer })),
        })),
      },
    };
  },
});

/** TextVQA: the printed word. */
export const worldTextVqa = overWorld({
  open: textVqa,
  about: 'the printed word of a scene',
  n: 60,
  files: (draw) => ({
    'TextVQA_0.5.1_val.json': {
      data: draw
        .take('text', (drawn) => withQuestion(drawn, draw.question(drawn, 'text')))
        .map(({ drawn, asked }, i) => ({
          question_id: i,
          image_id: drawn.image.replace('.png', ''),
          question: asked.question,
          answers: ten(asked.answer),
        })),
    },
  }),
});

/** DocVQA: a scene is a document of one word. */
export const worldDocVqa = overWorld({
  open: docVqa,
  about: 'the printed word of a scene, letter by letter: reading without layout',
  n: 60,
  files: (draw) => ({
    'val_v1.0.json': {
      data: draw
        .take('text', (drawn) => withQuestion(drawn, draw.question(drawn, 'text')))
        .map(({ drawn, asked }, i) => ({
          questionId: i,
          question: asked.question,
          image: `documents/${drawn.image}`,
          answers: [asked.answer],
        })),
    },
  }),
});

/** What is computed from counts, with the answers that come equally often. */
const sums: Record<string, (drawn: Drawn) => { question: string; value: number } | undefined> = {
  difference(drawn) {
    const pair = twoGroups(drawn)?.sort((a, b) => b.objects.length - a.objects.length);
    return (
      pair && {
        question: `How many more ${plural(pair[0] as never)} than ${plural(pair[1] as never)} are there?`,
        value: (pair[0]?.objects.length ?? 0) - (pair[1]?.objects.length ?? 0),
      }
    );
  },
  total: ({ scene }) => ({ question: 'How many objects are there in total?', value: scene.objects.length }),
};
const asks = [...[1, 2].map((value) => ({ kind: 'difference', value })), ...[2, 3, 4, 5].map((value) => ({ kind: 'total', value }))];

/** ChartQA: a scene is a pictogram, whose counts are the data. */
export const worldChartQa = overWorld({
  open: chartQa,
  about: 'counts (augmented), and differences and totals of counts (human), of scenes read as pictograms; answers balanced',
  n: 40,
  files: (draw) => ({
    'test_human.json': draw.even('human', asks, (drawn, { kind, value }) => {
      const found = sums[kind]?.(drawn);
      return found?.value === value ? { imgname: drawn.image, query: found.question, label: String(value) } : undefined;
    }),
    'test_augmented.json': draw.even('augmented', ['1', '2', '3', '4'], (drawn, answer) => {
      const asked = draw.question(drawn, 'count', { answer });
      return asked && { imgname: drawn.image, query: asked.question, label: answer };
    }),
  }),
});

/** Closed questions, yes and no equally often, and open ones. */
function clinical(draw: WorldDraw, use: string, language: Language, each: number) {
  const closed = draw.even(
    `${use} closed`,
    YES_NO,
    (drawn, truth) => {
      const answer = language === 'en' ? truth : truth === 'yes' ? '有' : '没有';
      return withQuestion(drawn, draw.question(drawn, 'existence', { answer, language }));
    },
    each,
  );
  const open = draw.even(
    `${use} open`,
    ['color', 'count', 'relation'] as const,
    (drawn, type) => withQuestion(drawn, draw.question(drawn, type, { language })),
    each,
  );
  return [...closed.map((row) => ({ ...row, type: 'CLOSED' })), ...open.map((row) => ({ ...row, type: 'OPEN' }))];
}

const NOT_MEDICAL = 'closed and open questions about scenes: how these are scored, nothing of medicine';

/** VQA-RAD's form. */
export const worldVqaRad = overWorld({
  open: vqaRad,
  about: NOT_MEDICAL,
  n: 40,
  files: (draw) => ({
    'VQA_RAD.json': clinical(draw, 'rad', 'en', draw.n).map(({ drawn, asked, type }, i) => ({
      qid: i,
      image_name: drawn.image,
      question: asked.question,
      answer: asked.answer,
      answer_type: type,
      phrase_type: 'test_freeform',
    })),
  }),
});

/** SLAKE's form, in both languages. */
export const worldSlake = overWorld({
  open: slake,
  about: `${NOT_MEDICAL}, in English and Chinese`,
  n: 40,
  files: (draw) => ({
    'test.json': (['en', 'zh'] as const)
      .flatMap((language) => clinical(draw, language, language, Math.ceil(draw.n / 2)).map((row) => ({ ...row, language })))
      .map(({ drawn, asked, type, language }, i) => ({
        qid: i,
        img_name: drawn.image,
        question: asked.question,
        answer: asked.answer,
        answer_type: type,
        q_lang: language,
      })),
  }),
});

/** PathVQA's form. */
export const worldPathVqa = overWorld({
  open: pathVqa,
  about: NOT_MEDICAL,
  n: 40,
  files: (draw) => ({
    'test.jsonl': clinical(draw, 'path', 'en', draw.n).map(({ drawn, asked }) => ({
      image: drawn.image,
      question: asked.question,
      answer: asked.answer,
    })),
  }),
});
