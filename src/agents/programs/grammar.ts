// The planner `grammar`: rules from a question to a program. What no rule reads becomes one question to the model with the eyes.

import type { Direction, Half } from '../../world/index.js';
import { type Asked, type Phrases, ProgramWriter, programOf, quoted } from './write.js';

/** Ways to say a relation, the longest first. */
const RELATIONS: readonly (readonly [RegExp, Direction])[] = [
  [/ (?:(?:that|which|who) )?(?:(?:is|are) )?(?:to the left of|on the left of|left of) /, 'left'],
  [/ (?:(?:that|which|who) )?(?:(?:is|are) )?(?:to the right of|on the right of|right of) /, 'right'],
  [/ (?:(?:that|which|who) )?(?:(?:is|are) )?(?:above|over) /, 'above'],
  [/ (?:(?:that|which|who) )?(?:(?:is|are) )?(?:below|under|beneath) /, 'below'],
];
const HALF = / (?:(?:that|which) )?(?:(?:is|are) )?in the (left|right|top|upper|bottom|lower) half(?: of the (?:image|picture|photo))?$/;
const HALVES: Readonly<Record<string, Half>> = {
  left: 'left',
  right: 'right',
  top: 'top',
  upper: 'top',
  bottom: 'bottom',
  lower: 'bottom',
};

/** Words that a phrase of things may have. */
const MAX_WORDS = 4;

/** Things of a phrase such as "red cups left of the dog above the tree"; undefined where it is no such phrase. */
export function readThings(text: string): Phrases | undefined {
  const words = ` ${text.trim()}`.replace(/^ (?:an?|the|any|some) /, ' ');
  const found = RELATIONS.flatMap(([pattern, direction]) => {
    const match = pattern.exec(words);
    return match ? [{ direction, at: match.index, length: match[0].length }] : [];
  }).sort((a, b) => a.at - b.at)[0];
  if (found) {
    const of = readThings(words.slice(found.at + found.length));
    const own = readThings(words.slice(0, found.at));
    return of && own && !own.relation ? { ...own, relation: { direction: found.direction, of } } : undefined;
  }
  const half = HALF.exec(words);
  const phrase = (half ? words.slice(0, half.index) : words).trim();
  const count = phrase.split(/\s+/).length;
  if (phrase === '' || count > MAX_WORDS || !/^[\p{L}\p{N} -]+$/u.test(phrase)) return undefined;
  return { phrase, ...(half ? { half: HALVES[half[1] as string] as Half } : {}) };
}

/** Forms of questions: a pattern with one or two groups of things. */
const FORMS: readonly (readonly [RegExp, Asked['kind']])[] = [
  [/^how many (.+) and (.+) are there in total$/, 'total'],
  [/^how many (.+) and (.+) (?:are there|can you see)(?: (?:together|altogether|in all))?$/, 'total'],
  [/^what is the number of (.+) plus the number of (.+)$/, 'total'],
  [/^(?:are there|is there) more (.+) than (.+)$/, 'more'],
  [/^is the number of (.+) (?:greater|larger|higher) than the number of (.+)$/, 'more'],
  [/^are there (?:fewer|less) (.+) than (.+)$/, 'fewer'],
  [/^is the number of (.+) (?:smaller|lower|less) than the number of (.+)$/, 'fewer'],
  [/^are there (?:exactly )?as many (.+) as (?:there are )?(.+)$/, 'equal'],
  [/^is the number of (.+) equal to the number of (.+)$/, 'equal'],
  [/^are there both (.+) and (.+)$/, 'and'],
  [/^(?:is|are) there (.+) and also (.+)$/, 'and'],
  [/^(?:is|are) there (.+) but (?:not|no) (.+)$/, 'but'],
  [/^(?:(?:is|are) there|(?:can|do) you see) (.+) or (.+)$/, 'or'],
  [/^(?:is|are) there (.+) and (.+)$/, 'and'],
  [/^how many (.+?)(?: (?:are there|can you see|are in the (?:image|picture|photo)))?$/, 'count'],
  [/^what is the number of (.+)$/, 'count'],
  [/^(?:(?:is|are) there|(?:can|do) you see) (.+?)(?: in the (?:image|picture|photo))?$/, 'exist'],
];

/** Other tasks, each a pattern and the steps that do it. */
const TASKS: readonly (readonly [RegExp, (writer: ProgramWriter, groups: readonly Phrases[], words: readonly string[]) => string])[] = [
  [
    /^what colou?r (?:is|are) (?:the |that |this )?(.+)$/,
    (w, [things]) => {
      const image = w.step('IMAGE', 'CROP', { image: 'IMAGE', box: w.boxes(things as Phrases) });
      return w.step('ANSWER', 'VQA', { image, question: quoted(`What color is the ${(things as Phrases).phrase}?`) });
    },
  ],
  [
    /^(?:is|are) the (.+?) (to the left of|left of|to the right of|right of|above|below) the (.+)$/,
    (w, _, [a = '', side = '', b = '']) => {
      const box = w.boxes(readThings(`${a} ${side} the ${b}`) as Phrases);
      const answer = w.step('ANSWER', 'COUNT', { box });
      return w.step('ANSWER', 'EVAL', { expr: `"'yes' if {${answer}} > 0 else 'no'"` });
    },
  ],
  [
    /^what (?:is|are) ((?:to the left of|left of|to the right of|right of|above|below) .+)$/,
    (w, _, [place = '']) => {
      const things = readThings(`objects ${place}`) as Phrases;
      return w.boxes(things);
    },
  ],
  [
    /^(?:tag|label) (?:all |the )*(?:objects|things|everything)(?: in the (?:image|picture|photo))?$/,
    (w) => w.step('IMAGE', 'TAG', { image: 'IMAGE', object: w.step('OBJ', 'SEG', { image: 'IMAGE' }) }),
  ],
  [
    /^(?:make|turn) everything (?:gray|grey|black and white) (?:but|except)(?: for)? (.+)$/,
    (w, [things]) => w.step('IMAGE', 'COLORPOP', { image: 'IMAGE', object: selected(w, things as Phrases) }),
  ],
  [
    /^(?:create|make) a colou?r pop of (.+)$/,
    (w, [things]) => w.step('IMAGE', 'COLORPOP', { image: 'IMAGE', object: selected(w, things as Phrases) }),
  ],
  [
    /^blur (?:everything|the background)(?: (?:but|except(?: for)?|behind|of) (.+))?$/,
    (w, [things]) =>
      w.step('IMAGE', 'BGBLUR', { image: 'IMAGE', object: things ? selected(w, things) : w.step('OBJ', 'SEG', { image: 'IMAGE' }) }),
  ],
  [
    /^replace (.+) (?:with|by) (.+)$/,
    (w, [things], [, prompt = '']) =>
      w.step('IMAGE', 'REPLACE', { image: 'IMAGE', object: selected(w, things as Phrases), prompt: quoted(prompt) }),
  ],
  [
    /^hide (?:the faces?|all faces)(?: .*)?$/,
    (w) => w.step('IMAGE', 'EMOJI', { image: 'IMAGE', object: w.step('OBJ', 'FACEDET', { image: 'IMAGE' }), emoji: "'smiling-face'" }),
  ],
];

/** The objects of a phrase among all of the image. */
const selected = (w: ProgramWriter, { phrase }: Phrases): string =>
  w.step('OBJ', 'SELECT', { image: 'IMAGE', object: w.step('OBJ', 'SEG', { image: 'IMAGE' }), query: quoted(phrase) });

/** A task without its signs; "are there" before a place says nothing. */
const plain = (task: string): string =>
  task
    .trim()
    .toLowerCase()
    .replace(/[?.!]+$/, '')
    .replace(/\s+/g, ' ')
    .replace(/(?<=^how many .+) (?:are there|can you see) (?=(?:to the|on the|in the|left|right|above|over|below|under|beneath) )/, ' ');

/** What a question asks, if a form reads it. */
export function readQuestion(question: string): Asked | undefined {
  const text = plain(question);
  for (const [pattern, kind] of FORMS) {
    const match = pattern.exec(text);
    if (!match) continue;
    const [a, b] = [match[1] as string, match[2]].map((one) => (one === undefined ? undefined : readThings(one)));
    if (a && (match[2] === undefined || b)) return { kind, a, ...(b ? { b } : {}) };
  }
  return undefined;
}

/** The program of a task by the rules, and whether one of them read it. */
export function planByRules(task: string): { program: string; read: boolean } {
  const asked = readQuestion(task);
  if (asked) return { program: programOf(asked), read: true };
  const text = plain(task);
  for (const [pattern, write] of TASKS) {
    const match = pattern.exec(text);
    if (!match) continue;
    const words = match.slice(1).filter((one): one is string => one !== undefined);
    const [first] = words;
    const things = first === undefined ? undefined : readThings(first);
    if (first !== undefined && !things) continue;
    const writer = new ProgramWriter();
    return { program: writer.program(write(writer, things ? [things] : [], words)), read: true };
  }
  const writer = new ProgramWriter();
  return { program: writer.program(writer.step('ANSWER', 'VQA', { image: 'IMAGE', question: quoted(task.trim()) })), read: false };
}
