// Questions whose answers are exactly true and unique, by type and language, and the instruction dialogues made of them.

import { SensoriumError } from '../util/errors.js';
import type { Rng } from '../util/rng.js';
import { caption } from './captions.js';
import { absentCategory, type CategoryGroup, groupsOf, relationFacts } from './facts.js';
import { listRequest, lookups } from './lookups.js';
import type { Pointer } from './pointing.js';
import type { Scene } from './scene.js';
import { article, CATEGORIES, type Language, nameOf, type Relation, TINTS } from './vocabulary.js';

export type QuestionType = 'existence' | 'color' | 'count' | 'relation' | 'text';
export const QUESTION_TYPES: readonly QuestionType[] = ['existence', 'color', 'count', 'relation', 'text'];

export interface Question {
  type: QuestionType;
  language: Language;
  question: string;
  /** Short and in lower case: yes/no (有/没有), a tint, a digit, a category, a word. */
  answer: string;
  /** What the question is about (existence, color, count) or the referent (relation). */
  category?: number;
  /** Objects that make the answer true. */
  objects?: number[];
  relation?: Relation;
}

const relationQuestions: Record<Relation, { en: string[]; zh: string[] }> = {
  left: { en: ['What is left of the X?', 'What is to the left of the X?'], zh: ['X的左边是什么？', '在X左边的是什么？'] },
  right: { en: ['What is right of the X?', 'What is to the right of the X?'], zh: ['X的右边是什么？', '在X右边的是什么？'] },
  above: { en: ['What is above the X?', 'What can be seen above the X?'], zh: ['X的上面是什么？', '在X上面的是什么？'] },
  below: { en: ['What is below the X?', 'What can be seen below the X?'], zh: ['X的下面是什么？', '在X下面的是什么？'] },
  inside: { en: ['What is inside the X?', 'What is in the X?'], zh: ['X的里面是什么？', 'X里装着什么？'] },
  near: { en: ['What is near the X?', 'What is close to the X?'], zh: ['X的旁边是什么？', '紧挨着X的是什么？'] },
};

/** The exact wording of POPE's probe: "Is there a dog in the image?". */
export function existenceQuestion(category: number, language: Language = 'en'): string {
  const name = nameOf(category, language);
  return language === 'zh' ? `图中有${name}吗？` : `Is there ${article(name)} ${name} in the image?`;
}

/** The answer to a yes/no question about existence. */
export function yesNo(value: boolean, language: Language): string {
  return language === 'zh' ? (value ? '有' : '没有') : value ? 'yes' : 'no';
}

/**
 * Questions about one scene, up to `per` distinct ones of each type that has any. Existence is yes or no with equal chance, absent
 * categories come half from the themes in the picture; counts lean towards the rarer values and scenes of single objects are asked
 * less often, so that "1" is no good guess; relations are asked only when
 * exactly one category is the answer and the referent is unique.
 */
export function questions(
  scene: Scene,
  options: { language: Language; rng: Rng; types?: readonly QuestionType[]; per?: number },
): Question[] {
  const { language, rng, types = QUESTION_TYPES, per = 1 } = options;
  const groups = groupsOf(scene);
  const out: Question[] = [];
  for (const type of types) {
    const make = makers[type];
    if (!make)
      throw new SensoriumError('world.option', 'unknown question type', {
        place: 'types',
        expected: QUESTION_TYPES.join(', '),
        got: String(type),
      });
    const seen = new Set<string>();
    for (let tries = 0; seen.size < per && tries < per * 4; tries++) {
      const q = make(scene, groups, { language, rng });
      if (!q) break;
      const key = `${q.category}/${q.relation ?? ''}`;
      if (seen.has(key)) continue;
      seen.add(key);
      out.push(q);
    }
  }
  return out;
}

type Maker = (scene: Scene, groups: readonly CategoryGroup[], how: { language: Language; rng: Rng }) => Question | undefined;

const makers: Record<QuestionType, Maker> = {
  existence(_scene, groups, { language, rng }) {
    const yes = groups.length > 0 && rng.bool();
    const present = groups.map((g) => g.category);
    const group = yes ? rng.pick(groups) : undefined;
    const category = group?.category ?? absentCategory(present, rng);
    const name = nameOf(category, language);
    const question = rng.pick(
      language === 'zh'
        ? [existenceQuestion(category, 'zh'), existenceQuestion(category, 'zh'), `图片里有没有${name}？`]
        : [
            existenceQuestion(category),
            existenceQuestion(category),
            `Do you see ${article(name)} ${name}?`,
            `Does the image show ${article(name)} ${name}?`,
          ],
    );
    return { type: 'existence', language, question, answer: yesNo(yes, language), category, objects: group?.objects ?? [] };
  },

  color(_scene, groups, { language, rng }) {
    if (!groups.length) return undefined;
    const g = rng.pick(groups);
    const many = g.objects.length > 1;
    const name = nameOf(g.category, language, g.objects.length);
    const question = rng.pick(
      language === 'zh'
        ? [`${name}是什么颜色的？`, `图中的${name}是什么颜色？`]
        : [
            `What color ${many ? 'are' : 'is'} the ${name}?`,
            `What is the color of the ${name}?`,
            `Which color ${many ? 'do' : 'does'} the ${name} have?`,
          ],
    );
    const tint = TINTS[g.tint];
    return {
      type: 'color',
      language,
      question,
      answer: (language === 'zh' ? tint?.zh : tint?.en) ?? '',
      category: g.category,
      objects: g.objects,
    };
  },

  count(_scene, groups, { language, rng }) {
    // First a count value, then a category that has it: otherwise "1" would answer most questions.
    const values = [...new Set(groups.map((g) => g.objects.length))].filter((n) => n <= 4);
    if (!values.length || (values.length === 1 && values[0] === 1 && rng.bool(0.4))) return undefined;
    const n = values[rng.weighted(values.map((v) => [0, 1, 2, 2.4, 4][v] as number))];
    const g = rng.pick(groups.filter((x) => x.objects.length === n));
    const name = nameOf(g.category, language, 2);
    const measure = CATEGORIES[g.category]?.measure;
    const question = rng.pick(
      language === 'zh'
        ? [`图中有几${measure}${name}？`, `一共有多少${measure}${name}？`]
        : [`How many ${name} are there?`, `How many ${name} are in the image?`, `What is the number of ${name}?`],
    );
    return { type: 'count', language, question, answer: String(n), category: g.category, objects: g.objects };
  },

  relation(scene, groups, { language, rng }) {
    const options = relationFacts(scene, groups);
    const o = options[rng.weighted(options.map((x) => x.weight))];
    if (!o) return undefined;
    const question = rng.pick(relationQuestions[o.relation][language]).replace('X', nameOf(o.referent.category, language));
    const answer = nameOf(o.category, language);
    return { type: 'relation', language, question, answer, category: o.referent.category, objects: o.objects, relation: o.relation };
  },

  text(scene, _groups, { language, rng }) {
    if (!scene.text) return undefined;
    const question = rng.pick(
      language === 'zh'
        ? ['图中印着什么词？', '牌子上写着什么？']
        : ['What word is printed?', 'What does the sign say?', 'Which word can you read?'],
    );
    return { type: 'text', language, question, answer: scene.text.word };
  },
};

export interface Turn {
  role: 'user' | 'assistant';
  content: string;
  /** On assistant turns: what kind of answer it is. */
  type?: QuestionType | 'caption' | 'list';
  /** On turns of the user: what is pointed at, before the words. */
  pointer?: Pointer;
}

export interface Dialogue {
  scene: Scene;
  turns: Turn[];
  language: Language;
  /** Objects that replies name the place of, in order: indices in `scene.objects`. */
  targets?: number[];
}

const requests = {
  en: {
    short: ['Describe the image briefly.', 'What is in the image?'],
    long: ['Describe the image in detail.', 'Give a detailed description of the image.'],
  },
  zh: { short: ['简单描述这张图片。', '图中有什么？'], long: ['详细描述这张图片。', '请详细说明图片的内容。'] },
} as const;

/** What a user says to get a caption. */
export function captionRequest(language: Language, detail: 'short' | 'long', rng?: Rng): string {
  const r = requests[language][detail];
  return rng ? rng.pick(r) : r[0];
}

export interface DialogueOptions {
  /** Question-answer pairs. Default 4. */
  turns?: number;
  types?: readonly QuestionType[];
  /** How often a dialogue opens with a caption. Default 0.25. */
  captions?: number;
  /** How often a dialogue is one list of things looked up. Default 0. */
  lists?: number;
  /** How often a line of a list is a relation, where tints and numbers are 5. Default 3. */
  relations?: number;
}

/** Several turns over one image: questions and answers, none twice, types mixed evenly; or one list of things looked up. */
export function dialogue(scene: Scene, options: DialogueOptions & { language: Language; rng: Rng }): Dialogue {
  const { language, rng, turns = 4, types = QUESTION_TYPES, captions = 0.25, lists = 0, relations } = options;
  if (lists > 0 && rng.bool(lists)) {
    const reply = { role: 'assistant' as const, content: lookups(scene, { language, rng, relations }), type: 'list' as const };
    return { scene, turns: [{ role: 'user', content: listRequest[language] }, reply], language };
  }
  const out: Turn[] = [];
  if (rng.bool(captions)) {
    const detail = rng.bool() ? 'short' : 'long';
    out.push({ role: 'user', content: captionRequest(language, detail, rng) });
    out.push({ role: 'assistant', content: caption(scene, { language, detail, rng }), type: 'caption' });
  }
  const asked = new Set<string>();
  const perType = Math.max(1, Math.ceil(turns / types.length));
  // Round after round over the types, so that a type without questions here leaves its turn to the others.
  for (let round = 0; out.length < turns * 2 && round < 6; round++)
    for (const q of rng.shuffle(questions(scene, { language, rng, types, per: perType }))) {
      const key = `${q.type}/${q.category}/${q.relation ?? ''}`;
      if (asked.has(key) || out.length >= turns * 2) continue;
      asked.add(key);
      out.push({ role: 'user', content: q.question }, { role: 'assistant', content: q.answer, type: q.type });
    }
  return { scene, turns: out, language };
}
