// VisProg's modules that look and compute: LOC, FACEDET, SEG, SELECT, CLASSIFY, VQA, COUNT, CROP and its kin, LIST, EVAL, RESULT.

import { SensoriumError } from '../../util/errors.js';
import { cutOut } from '../mask-model.js';
import { colorNamed, colorOf, standsOut } from './colors.js';
import { findAll, having, likeness, pixelsIn, readPhrase } from './finding.js';
import type { Region } from './frames.js';
import { defineModule, type ModuleContext } from './modules.js';
import type { FoundBox, FoundObject, Type } from './types.js';

const HALVES: Readonly<Record<string, (w: number, h: number) => Region>> = {
  LEFT: (w, h) => [0, 0, Math.floor(w / 2), h],
  RIGHT: (w, h) => [Math.floor(w / 2), 0, w, h],
  TOP: (w, h) => [0, 0, w, Math.floor(h / 2)],
  BOTTOM: (w, h) => [0, Math.floor(h / 2), w, h],
};

/** Boxes of what a phrase names; of `LEFT`, `RIGHT`, `TOP` and `BOTTOM` that half of the image. */
export const loc = defineModule('visprog', {
  name: 'LOC',
  about: 'Boxes of every object that a phrase names, the surest first. LEFT, RIGHT, TOP and BOTTOM are halves of the image.',
  takes: { image: 'image', object: 'string' },
  gives: 'list<box>',
  run: ({ image, object }, context) => {
    const half = HALVES[object];
    if (!half) return findAll(image, object, context);
    const { width, height } = context.workspace.get('image', image);
    return [{ image, box: half(width, height), label: object, score: 1 }];
  },
});

/** The mask of an object: what a mask decoder draws in its box where there is one, else the pixels of its box that stand out from what lies behind. */
async function objectOf(found: FoundBox, { workspace, frames, equipment, signal }: ModuleContext): Promise<FoundObject> {
  const picture = workspace.get('image', found.image);
  const { width, height } = picture;
  if (equipment.has('segmenter')) {
    const { mask, method } = await cutOut(equipment, picture, found, signal);
    if (method === 'a mask decoder') return { ...found, mask: workspace.put('mask', mask, found.label) };
  }
  const part = pixelsIn(found, { frames, workspace }, 0);
  const out = standsOut(part);
  const [left, top] = [Math.max(0, Math.floor(found.box[0])), Math.max(0, Math.floor(found.box[1]))];
  const data = new Uint8Array(width * height);
  for (let y = 0; y < part.height && y + top < height; y++)
    for (let x = 0; x < part.width && x + left < width; x++) data[(y + top) * width + x + left] = out[y * part.width + x] as number;
  return { ...found, mask: workspace.put('mask', { width, height, data }, found.label) };
}

/** Objects with masks, one after the other. */
async function objectsOf(found: readonly FoundBox[], context: ModuleContext): Promise<FoundObject[]> {
  const out: FoundObject[] = [];
  for (const one of found) out.push(await objectOf(one, context));
  return out;
}

/** All objects with masks. */
export const seg = defineModule('visprog', {
  name: 'SEG',
  about: 'Every object of the image with its mask.',
  takes: { image: 'image' },
  gives: 'list<object>',
  run: async ({ image }, context) => objectsOf(await findAll(image, 'objects', context), context),
});

/** Faces with masks, by a detector that knows them. */
export const facedet = defineModule('visprog', {
  name: 'FACEDET',
  about: 'Faces of people, as objects. It needs a detector that knows faces, such as blazeface.',
  takes: { image: 'image' },
  gives: 'list<object>',
  run: async ({ image }, context) => {
    const detectors = await context.equipment.get('detectors');
    if (!detectors.some(({ detector }) => detector.labels.includes('face')))
      throw new SensoriumError('agent.equipment', 'no detector knows faces', {
        place: 'FACEDET',
        got: detectors.map(({ name }) => name).join(', ') || 'none',
        hint: 'Fetch one, sensorium assets get blazeface, and name it last: --detector centernet,blazeface',
      });
    return objectsOf(await findAll(image, 'face', context), context);
  },
});

const named = (text: string): string[] =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);

/** Colors by measure, other words by likeness: the place of the best of some words for an object, with its score. */
async function bestWord(one: FoundBox, words: readonly string[], context: ModuleContext): Promise<number> {
  const colors = words.map((word) => colorNamed(word.toLowerCase()));
  if (colors.every((color) => color !== undefined)) return colors.indexOf(colorOf(pixelsIn(one, context)));
  const scores = await likeness(
    pixelsIn(one, context),
    words.map((word) => `a photo of a ${word}`),
    context,
  );
  return scores.indexOf(Math.max(...scores));
}

/** The objects that fit a query best. */
export const select = defineModule('visprog', {
  name: 'SELECT',
  about:
    'Of some objects those that a query describes: by label and color where it names them, else the most like it; parts of the query stand between commas. A category narrows the objects first.',
  takes: { image: 'image', object: 'list<object>', query: 'string', category: 'any?' },
  gives: 'list<object>',
  run: async ({ object, query, category }, context) => {
    const pool = typeof category === 'string' ? object.filter(({ label }) => label === category) : object;
    if (pool.length === 0 && object.length > 0) context.instead(`no object is a ${category}; all are compared`);
    const among = pool.length > 0 ? pool : object;
    const out: FoundObject[] = [];
    for (const part of named(query)) {
      const read = readPhrase(part, [...new Set(among.map(({ label }) => label))]);
      const color = colorNamed(part.toLowerCase());
      let fitting = read ? among.filter(({ label }) => read.label === undefined || label === read.label) : [];
      for (const attribute of read?.attributes ?? []) fitting = await having(fitting, attribute, context);
      if (color !== undefined) fitting = await having(among, color, context);
      if (!read && color === undefined && among.length > 0) {
        const scores: number[] = [];
        for (const one of among) scores.push((await likeness(pixelsIn(one, context), [`a photo of ${part}`], context))[0] as number);
        fitting = [among[scores.indexOf(Math.max(...scores))] as FoundObject];
      }
      out.push(...fitting);
    }
    return [...new Set(out)];
  },
});

/** Objects with their labels replaced by the best of some categories. */
export const classify = defineModule('visprog', {
  name: 'CLASSIFY',
  about: 'The objects, each labeled with the category that fits it best; categories are separated by commas, or a list.',
  takes: { image: 'image', object: 'list<object>', categories: 'any' },
  gives: 'list<object>',
  run: async ({ object, categories }, context) => {
    const words = typeof categories === 'string' ? named(categories) : Array.isArray(categories) ? categories.map(String) : [];
    if (words.length === 0)
      throw new SensoriumError('agent.argument', 'there are no categories', {
        place: 'categories',
        expected: 'words separated by commas, or a list',
      });
    const out: FoundObject[] = [];
    for (const one of object) out.push({ ...one, label: words[await bestWord(one, words, context)] ?? one.label });
    return out;
  },
});

/** Answers a question about an image; an empty answer is asked for again with more of the picture around it. */
export async function ask(
  image: string,
  question: string,
  { equipment, workspace, frames, signal, budget, instead }: ModuleContext,
): Promise<string> {
  const responder = await equipment.get('responder');
  const { root } = frames.of(image);
  for (const name of new Set([image, root])) {
    budget.spend('replies');
    const messages = [
      {
        role: 'user' as const,
        content: [
          { type: 'image' as const, source: workspace.get('image', name) },
          { type: 'text' as const, text: question },
        ],
      },
    ];
    const [answer = ''] = await responder.replies([messages], { maxTokens: 48, signal });
    if (answer.trim() !== '') return answer.trim();
    if (name !== root) instead('no answer about the crop; the whole picture is asked about');
  }
  throw new SensoriumError('agent.tool', 'the model gave no answer', { place: question });
}

/** A question to the model with the eyes. */
export const vqa = defineModule('visprog', {
  name: 'VQA',
  about: 'The answer of a model to a question about the image.',
  takes: { image: 'image', question: 'string' },
  gives: 'string',
  run: ({ image, question }, context) => ask(image, question, context),
});

/** How many boxes there are. */
export const count = defineModule('visprog', {
  name: 'COUNT',
  about: 'The number of boxes or objects.',
  takes: { box: 'list<box>' },
  gives: 'number',
  run: ({ box }) => box.length,
});

/** Defines a CROP: what of an image it keeps, by the surest box. Without a box the whole image is kept, and the trace says so. */
const defineCrop = (name: string, about: string, keep: (box: Region, size: readonly [number, number]) => Region) =>
  defineModule('visprog', {
    name,
    about,
    takes: { image: 'image', box: 'list<box>' },
    gives: 'image',
    run: ({ image, box: [first] }, context) => {
      if (!first) {
        context.instead('there is no box; the whole image is kept');
        return image;
      }
      const { width, height } = context.workspace.get('image', image);
      return context.frames.crop(image, keep(context.frames.into(image, first), [width, height]), `${name} of ${image}`);
    },
  });
const middle = (a: number, b: number): number => Math.floor((a + b) / 2);

/** The box itself. */
export const crop = defineCrop('CROP', 'The part of the image in the surest box.', (box) => box);
/** From the left side to the middle of the box. */
export const cropLeft = defineCrop('CROP_LEFTOF', 'The part of the image left of the middle of the surest box.', ([x0, , x1], [, h]) => [
  0,
  0,
  middle(x0, x1),
  h,
]);
/** From behind the middle of the box to the right side. */
export const cropRight = defineCrop(
  'CROP_RIGHTOF',
  'The part of the image right of the middle of the surest box.',
  ([x0, , x1], [w, h]) => [middle(x0, x1) + 1, 0, w, h],
);
/** From the top to the middle of the box. */
export const cropAbove = defineCrop('CROP_ABOVE', 'The part of the image above the middle of the surest box.', ([, y0, , y1], [w]) => [
  0,
  0,
  w,
  middle(y0, y1),
]);
/** From below the middle of the box to the bottom. */
export const cropBelow = defineCrop('CROP_BELOW', 'The part of the image below the middle of the surest box.', ([, y0, , y1], [w, h]) => [
  0,
  middle(y0, y1) + 1,
  w,
  h,
]);

/** Things of a kind, by a language model. */
export const list = defineModule('visprog', {
  name: 'LIST',
  about: 'A list of at most `max` things that a language model names for a query.',
  takes: { query: 'string', max: 'number?' },
  gives: 'list<string>',
  run: async ({ query, max = 20 }, { write }) => {
    const text = await write(
      [{ role: 'user', content: `Create a list of ${query}. At most ${max}, separated by commas, and nothing else.` }],
      { maxTokens: 128 },
    );
    return text
      .split(/[,\n]/)
      .map((one) => one.replace(/^\s*(\d+[.)]|[-*])\s*/, '').trim())
      .filter(Boolean)
      .slice(0, max);
  },
});

/** The value of an expression over earlier steps. */
export const evaluate = defineModule('visprog', {
  name: 'EVAL',
  about: "The value of an expression in which {NAME} is an earlier step, such as expr=\"'yes' if {ANSWER0} > 1 else 'no'\".",
  takes: { expr: 'any' },
  gives: ({ expr }) => expr as Type,
  run: ({ expr }) => expr,
});

/** The result of the program. */
export const result = defineModule('visprog', {
  name: 'RESULT',
  about: 'The result of the program; the last line is FINAL_RESULT=RESULT(var=…).',
  takes: { var: 'any' },
  gives: ({ var: type }) => type as Type,
  run: ({ var: value }) => value,
});
