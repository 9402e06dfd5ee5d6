// World versions of the benchmarks that a judge rates: LLaVA-Bench, MMHal-Bench, GAVIE, CCEval, OwlEval, Video-ChatGPT, rated by exact truth.

import { caption, nameOf } from '../../../world/index.js';
import { ccEval } from '../cc-eval.js';
import { gavie } from '../gavie.js';
import { llavaBench } from '../llava-bench.js';
import { mmhalBench } from '../mmhal-bench.js';
import { owlEval } from '../owl-eval.js';
import { videoChatGpt } from '../video-chatgpt.js';
import type { Drawn, WorldDraw } from './draw.js';
import { DESCRIBE, quality } from './exact.js';
import { overWorld } from './form.js';
import { absent, anyGroup, backgrounds, be, inventory, noun, one, plural, tint, twoGroups } from './words.js';

/** A question of an open benchmark and its true answer; descriptions have a full one as truth. */
type Open = { question: string; answer: string };
type OpenMaker = (draw: WorldDraw, drawn: Drawn) => Open | undefined;

const describe: OpenMaker = (_, { scene, rng }) => ({
  question: DESCRIBE,
  answer: caption(scene, { language: 'en', detail: 'long', rng }),
});
const simple: OpenMaker = (draw, drawn) => draw.question(drawn, drawn.rng.pick(['color', 'count', 'relation'] as const));
const compare: OpenMaker = (_, drawn) => {
  const pair = twoGroups(drawn);
  if (!pair || pair[0].objects.length === pair[1].objects.length) return undefined;
  const more = pair[0].objects.length > pair[1].objects.length ? pair[0] : pair[1];
  return { question: `Are there more ${plural(pair[0])} or more ${plural(pair[1])}?`, answer: nameOf(more.category, 'en', 2) };
};
/** A question about a thing that is not there. */
const lure: OpenMaker = (_, drawn) => {
  const name = nameOf(absent(drawn), 'en');
  return { question: `What color is the ${name}?`, answer: `There is no ${name} in the image.` };
};

const round = (value: number): string => (Math.round(10 * value) / 10).toString();

/** LLaVA-Bench's three files. */
export const worldLlavaBench = overWorld({
  open: llavaBench,
  about: 'questions, comparisons of counts and descriptions of scenes, rated beside the true answer',
  n: 16,
  maxTokens: 96,
  files(draw) {
    const kinds: Record<string, OpenMaker> = { conv: simple, detail: describe, complex: compare };
    const rows = Object.entries(kinds).flatMap(([category, make]) =>
      draw.take(category, (drawn) => {
        const open = make(draw, drawn);
        return open && { ...open, category, drawn };
      }),
    );
    return {
      'questions.jsonl': rows.map(({ question, category, drawn }, i) => ({ question_id: i, image: drawn.image, text: question, category })),
      'context.jsonl': rows.map(({ drawn }) => ({ image: drawn.image, caption: inventory(drawn) })),
      'answers_gpt4.jsonl': rows.map(({ answer }, i) => ({ question_id: i, text: answer })),
    };
  },
  exact(_, reply, truth) {
    const [a, b] = [round(1 + 9 * quality(truth)), round(1 + 9 * quality(reply))];
    return [`${a} ${b}`, `${b} ${a}`];
  },
});

/** MMHal-Bench's types of questions. */
const halKinds: Record<string, OpenMaker> = {
  attribute: (draw, drawn) => draw.question(drawn, 'color'),
  adversarial: lure,
  comparison: compare,
  counting: (draw, drawn) => draw.question(drawn, 'count'),
  relation: (draw, drawn) => draw.question(drawn, 'relation'),
  environment: (_, drawn) => ({ question: 'What pattern does the background have?', answer: backgrounds(drawn).own }),
  holistic: describe,
  other: (draw, drawn) => draw.question(drawn, 'text'),
};

/** MMHal-Bench's response template. */
export const worldMmhalBench = overWorld({
  open: mmhalBench,
  about: 'questions of eight types about scenes, among them ones about things that are not there (adversarial)',
  n: 8,
  maxTokens: 96,
  files: (draw) => ({
    'response_template.json': Object.entries(halKinds).flatMap(([question_type, make]) =>
      draw.take(question_type, (drawn) => {
        const open = make(draw, drawn);
        if (!open) return undefined;
        return {
          question_type,
          question_topic: 'scene',
          image_id: drawn.image.replace('.png', ''),
          image_src: `https://scenes.invalid/${drawn.image}`,
          image_content: inventory(drawn),
          question: open.question,
          gt_answer: open.answer,
        };
      }),
    ),
  }),
  exact(_, reply) {
    const level = reply.coverage >= 0.9 ? 2 : reply.coverage >= 0.5 ? 1 : 0;
    const good = reply.accuracy === 1 && level === 2 ? 3 : level;
    return [`Rating: ${reply.madeUp ? level : 3 + good}`];
  },
});

/** GAVIE's instructions, half of them to describe, half questions of which a third is about things that are not there. */
export const worldGavie = overWorld({
  open: gavie,
  about: 'instructions about scenes, some of them about things that are not there, rated for accuracy and relevancy',
  n: 36,
  maxTokens: 96,
  files(draw) {
    const rows = draw.even('instruction', [describe, simple, describe, compare, describe, lure], (drawn, make) => {
      const open = make(draw, drawn);
      return open && { ...open, drawn };
    });
    return {
      'evaluation_set.json': rows.map(({ question, answer, drawn }) => ({ image_id: drawn.image, instruction: question, answer })),
      'vg_annotation.json': Object.fromEntries(
        rows.map(({ drawn: { image, scene, groups } }) => [
          image,
          groups.flatMap((group) =>
            group.objects.map((i) => {
              const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = scene.objects[i]?.box ?? [];
              return { caption: `${tint(group)} ${noun({ ...group, objects: [0] })}`, bbox: [x0, y0, x1 - x0, y1 - y0] };
            }),
          ),
        ]),
      ),
    };
  },
  exact: (_, { accuracy, coverage }) => [`Relevancy: ${round(10 * coverage)}\nAccuracy: ${round(10 * accuracy)}`],
});

/** CCEval's lists of objects: the things that a description names, each with the object that it is. */
export const worldCcEval = overWorld({
  open: ccEval,
  about: 'detailed descriptions of scenes, their things matched with the objects that are there',
  n: 40,
  maxTokens: 96,
  files: (draw) => ({
    'objects.jsonl': draw.take('image', ({ image, groups }) =>
      groups.length === 0 ? undefined : { image, objects: groups.map(({ category }) => nameOf(category, 'en')) },
    ),
  }),
  describes: true,
  exact: (_, { named }) => [
    named.length === 0 ? 'nothing' : named.map(({ name, object, there }) => `${name} -> ${there ? object : 'none'}`).join('\n'),
  ],
});

/** OwlEval's questions. */
export const worldOwlEval = overWorld({
  open: owlEval,
  about: 'questions and descriptions of scenes, rated A to D',
  n: 36,
  maxTokens: 96,
  files: (draw) => ({
    'questions.jsonl': draw
      .even('open', [describe, simple, compare], (drawn, make) => {
        const open = make(draw, drawn);
        return open && { image: drawn.image, ...open, remark: '' };
      })
      .map((row, i) => ({ question_id: i, ...row })),
  }),
  exact(_, reply) {
    const all = quality(reply);
    return [`Level: ${all >= 0.95 && !reply.madeUp ? 'A' : all >= 0.75 ? 'B' : all >= 0.4 ? 'C' : 'D'}`];
  },
});

/** A video of two frames: a scene without the group that is drawn last, and the whole scene; what appears; and a question about the end. */
function film(draw: WorldDraw, drawn: Drawn): { video_name: string; appears: string; one: string } | undefined {
  const { scene, groups } = drawn;
  const last = groups.at(-1);
  if (!last || groups.length < 2) return undefined;
  const before = { ...scene, objects: scene.objects.slice(0, Math.min(...last.objects)) };
  if (before.objects.some(({ inside }) => inside !== undefined && inside >= before.objects.length)) return undefined;
  return { video_name: draw.video([before, scene]), appears: noun(last), one: one(last.category) };
}

/** Video-ChatGPT's files: frames are given as two images. */
export const worldVideoChatGpt = overWorld({
  open: videoChatGpt,
  about: 'films of two frames, the second with one more thing in it, given as two images',
  n: 16,
  maxTokens: 48,
  files(draw) {
    const rows = <T>(use: string, make: (drawn: Drawn, shown: { appears: string; one: string }) => T | undefined) =>
      draw.take(use, (drawn) => {
        const shown = film(draw, drawn);
        const row = shown && make(drawn, shown);
        return row && { ...row, video_name: shown.video_name };
      });
    return {
      'generic_qa.json': rows('generic', (drawn) => {
        const asked = simple(draw, drawn);
        return asked && { Q: asked.question.replace('?', ' at the end?'), A: asked.answer };
      }),
      'temporal_qa.json': rows('temporal', (_, { appears }) => ({ Q: 'What appears in the second image?', A: appears })),
      'consistency_qa.json': rows('consistency', (drawn) => {
        const group = anyGroup(drawn);
        return (
          group && {
            Q1: `What color ${be(group)} the ${noun(group)}?`,
            Q2: `Which color ${group.objects.length === 1 ? 'does' : 'do'} the ${noun(group)} have?`,
            A: tint(group),
          }
        );
      }),
      'zero_shot_qa.json': rows('zero-shot', (drawn, shown) => ({
        question: `Is there ${drawn.index % 2 === 0 ? shown.one : one(absent(drawn))} at the end?`,
        answer: drawn.index % 2 === 0 ? 'yes' : 'no',
      })),
    };
  },
  exact(row, reply) {
    return row.axes.map((axis) => {
      const score = Math.round(5 * (axis === 'detail' ? reply.coverage : reply.accuracy));
      return `${axis === 'qa' ? `Match: ${reply.accuracy >= 0.5 ? 'yes' : 'no'}\n` : ''}Score: ${score}`;
    });
  },
});
