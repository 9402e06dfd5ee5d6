// A thinker of rules: splits questions of a few forms into ones about a single fact, and computes the answer. No model writes anything.

import { parseNumber } from '../../evaluate/numbers.js';
import { parseRobust } from '../../evaluate/yes-no.js';
import { categoryIndex, kindOf, OBJECT_KINDS } from '../../world/index.js';
import type { Answered, SubQuestion, Thinker } from './thinker.js';

/** A form of questions: how it is split, and how the answers to the parts make its own. */
interface Form {
  pattern: RegExp;
  split(groups: readonly string[]): string[];
  join(answers: readonly string[], groups: readonly string[]): { thought?: string; answer: string };
}

const RELATION = '(left of|to the left of|right of|to the right of|above|below|inside|near|on|under|behind|in front of)';
const THING = '(?:the )?(?:thing|object)(?: that is)?';
const howMany = (things: string): string => `How many ${things} are there?`;
const number = (answer: string | undefined): number => parseNumber(answer ?? '') ?? Number.NaN;
const last = (answers: readonly string[]): { answer: string } => ({ answer: answers.at(-1) ?? '' });
const yesNo = (value: boolean): string => (value ? 'yes' : 'no');

/** Comparisons and sums of two counts: not a number where one was not read, and then there is no answer. */
function counts([a, b]: readonly string[], word: (x: number, y: number) => { thought: string; answer: string }) {
  const [x, y] = [number(a), number(b)];
  return Number.isNaN(x + y) ? { answer: '' } : word(x, y);
}

const forms: readonly Form[] = [
  {
    pattern: /^are there (more|fewer|less) (.+?) than (.+?)$/i,
    split: ([, a = '', b = '']) => [howMany(a), howMany(b)],
    join: (answers, [how = '']) =>
      counts(answers, (x, y) => ({
        thought: `${x} is ${x > y ? 'more than' : x < y ? 'less than' : 'as many as'} ${y}.`,
        answer: yesNo(/more/i.test(how) ? x > y : x < y),
      })),
  },
  {
    pattern: /^are there as many (.+?) as (.+?)$/i,
    split: ([a = '', b = '']) => [howMany(a), howMany(b)],
    join: (answers) => counts(answers, (x, y) => ({ thought: `${x} against ${y}.`, answer: yesNo(x === y) })),
  },
  {
    pattern: /^how many (.+?) and (.+?) are there (?:together|in total|altogether)$/i,
    split: ([a = '', b = '']) => [howMany(a), howMany(b)],
    join: (answers) => counts(answers, (x, y) => ({ thought: `${x} plus ${y} is ${x + y}.`, answer: String(x + y) })),
  },
  {
    pattern: /^how many more (.+?) than (.+?) are there$/i,
    split: ([a = '', b = '']) => [howMany(a), howMany(b)],
    join: (answers) => counts(answers, (x, y) => ({ thought: `${x} minus ${y} is ${x - y}.`, answer: String(x - y) })),
  },
  {
    pattern: new RegExp(`^what color is ${THING} ${RELATION} the (.+?)$`, 'i'),
    split: ([relation, thing]) => [`What is ${relation} the ${thing}?`, 'What color is the #1?'],
    join: last,
  },
  {
    pattern: new RegExp(`^what is ${RELATION} ${THING} ${RELATION} the (.+?)$`, 'i'),
    split: ([outer, inner, thing]) => [`What is ${inner} the ${thing}?`, `What is ${outer} the #1?`],
    join: last,
  },
  {
    pattern: new RegExp(`^is ${THING} ${RELATION} the (.+?) (?:an? )?(\\w+)$`, 'i'),
    split: ([relation, thing, kind = '']) => {
      const look = `What is ${relation} the ${thing}?`;
      return isKind(kind) ? [look] : [look, `Is the #1 ${kind}?`];
    },
    join: (answers, [, , kind = '']) => {
      if (!isKind(kind)) return { answer: parseRobust(answers.at(-1) ?? '') === 'yes' ? 'yes' : 'no' };
      const name = (answers[0] ?? '').toLowerCase().replace(/^(?:an?|the) |[.\s]+$/g, '');
      const own = kindOf(categoryIndex(name));
      return {
        thought: own ? `A ${name} is of the kind ${own}.` : `A ${name} is of none of the kinds.`,
        answer: yesNo(own === kind.toLowerCase()),
      };
    },
  },
  {
    pattern: /^how many (?:things|objects) have the (?:same )?color (?:of|as) the (.+?)$/i,
    split: ([thing]) => [`What color is the ${thing}?`, 'How many #1 things are there?'],
    join: last,
  },
];

const isKind = (word: string): boolean => (OBJECT_KINDS as readonly string[]).includes(word.toLowerCase());

function formOf(question: string): { form: Form; groups: readonly string[] } | undefined {
  const [first = ''] = question.trim().split('\n');
  const words = first.replace(/[?.\s]+$/, '');
  for (const form of forms) {
    const found = form.pattern.exec(words);
    if (found) return { form, groups: found.slice(1) };
  }
  return undefined;
}

/** Rules for questions of several steps in English: counts compared, added and subtracted, things named by a relation, shared colors. */
export const grammarThinker = (): Thinker => ({
  tier: 'grammar',
  sees: false,
  async split(question, most): Promise<SubQuestion[]> {
    const found = formOf(question);
    const parts = found?.form.split(found.groups) ?? [];
    return parts.length > most ? [] : parts.map((part) => ({ question: part }));
  },
  async join(question, parts: readonly Answered[]) {
    const answers = parts.map(({ answer }) => answer);
    const found = formOf(question);
    return found ? found.form.join(answers, found.groups) : last(answers);
  },
});
