// The instructions of LRV-Instruction in English: questions and requests with the replies that are true of an image.

import {
  type Direction,
  type LrvTemplates,
  ofColor,
  ofCount,
  ofCounted,
  ofKnowledge,
  ofNothing,
  ofNothingBeside,
  ofRelation,
  ofThing,
  type Thing,
  type ThingName,
} from './lrv-templates.js';

const NUMBERS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'];
const number = (n: number): string => NUMBERS[n] ?? String(n);
const article = (word: string): string => (/^[aeiou]/i.test(word) ? 'an' : 'a');
const a = (word: string): string => `${article(word)} ${word}`;
const nameOf = ({ name, count }: Thing): string => (count === 1 ? name.en : name.enPlural);
const be = ({ count }: Thing): string => (count === 1 ? 'is' : 'are');
const The = (thing: Thing): string => `The ${nameOf(thing)}`;
const it = ({ count }: Thing): string => (count === 1 ? 'It is' : 'They are');
const SIDE: Readonly<Record<Direction, string>> = { left: 'left of', right: 'right of', above: 'above', below: 'below' };

/** "a dog", "two cups". */
const phrase = (thing: Thing): string => (thing.count === 1 ? a(thing.name.en) : `${number(thing.count)} ${thing.name.enPlural}`);
const list = (items: readonly string[]): string =>
  items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
const thereIs = (thing: Thing): string => `there ${be(thing)} ${phrase(thing)} in the image.`;
const none = (name: ThingName): string => `there is no ${name.en} in the image.`;
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The templates. */
export const englishLrv: LrvTemplates = {
  positive: {
    interrogative: [
      ofThing((t) => [`Is there ${a(t.name.en)} in the image?`, `Yes, ${thereIs(t)}`]),
      ofThing((t) => t.color && [`What color ${be(t)} the ${nameOf(t)}?`, `${The(t)} ${be(t)} ${t.color.en}.`]),
      ofCounted((t) => [`How many ${t.name.enPlural} are there?`, `There ${be(t)} ${number(t.count)}.`]),
      ofRelation((x, y, right) => [
        `${capital(be(x))} the ${nameOf(x)} ${SIDE[right]} the ${nameOf(y)}?`,
        `Yes, the ${nameOf(x)} ${be(x)} ${SIDE[right]} the ${nameOf(y)}.`,
      ]),
    ],
    declarative: [
      ({ caption }) => caption && { question: caption.request, answer: caption.text },
      ofThing((t) => t.color && [`Tell me the color of the ${nameOf(t)}.`, `${The(t)} ${be(t)} ${t.color.en}.`]),
      ofCounted((t) => [`Count the ${t.name.enPlural}.`, capital(thereIs(t))]),
      ({ things }) =>
        things.length > 0
          ? { question: 'Name the objects in the image.', answer: `The image shows ${list(things.map((t) => phrase(t)))}.` }
          : undefined,
    ],
  },
  nonexistent: {
    interrogative: [
      ofNothing((n) => [`Is there ${a(n.en)} in the image?`, `No, ${none(n)}`]),
      ofNothing((n) => [`What color is the ${n.en}?`, capital(none(n))]),
      ofNothing((n) => [`How many ${n.enPlural} are there?`, capital(none(n))]),
      ofNothingBeside((n, t) => [`Is the ${n.en} near the ${nameOf(t)}?`, `No, ${none(n)}`]),
    ],
    declarative: [
      ofNothing((n) => [`Describe the ${n.en} in the image.`, capital(none(n))]),
      ofNothing((n) => [`Tell me the color of the ${n.en}.`, capital(none(n))]),
      ofNothing((n, { colors }, rng) =>
        colors.length > 0 ? [`Describe the ${rng.pick(colors).en} ${n.en}.`, capital(none(n))] : undefined,
      ),
      ofNothingBeside((n, t) => [`Describe the ${n.en} near the ${nameOf(t)}.`, capital(none(n))]),
    ],
  },
  existent: {
    interrogative: [
      ofColor((t, { en: wrong }, { en: right }) => [
        `${capital(be(t))} the ${nameOf(t)} ${wrong}?`,
        `No, the ${nameOf(t)} ${be(t)} ${right}.`,
      ]),
      ofColor((t, { en: wrong }, { en: right }) => [
        `Why ${be(t)} the ${nameOf(t)} ${wrong}?`,
        `${The(t)} ${be(t)} not ${wrong}. ${it(t)} ${right}.`,
      ]),
      ofCount((t, wrong) => [
        `${wrong.count === 1 ? 'Is there only' : 'Are there'} ${number(wrong.count)} ${nameOf(wrong)} in the image?`,
        `No, ${thereIs(t)}`,
      ]),
      ofRelation((x, y, right, wrong) => [
        `${capital(be(x))} the ${nameOf(x)} ${SIDE[wrong]} the ${nameOf(y)}?`,
        `No, the ${nameOf(x)} ${be(x)} ${SIDE[right]} the ${nameOf(y)}.`,
      ]),
    ],
    declarative: [
      ofColor((t, { en: wrong }, { en: right }) => [
        `Describe the ${wrong} ${nameOf(t)}.`,
        `${The(t)} ${be(t)} not ${wrong}. ${it(t)} ${right}.`,
      ]),
      ofCount((t, wrong) => [
        `Describe the ${number(wrong.count)} ${nameOf(wrong)}.`,
        `The image does not show ${number(wrong.count)} ${nameOf(wrong)}. ${capital(thereIs(t))}`,
      ]),
      ofRelation((x, y, right, wrong) => [
        `Describe the ${nameOf(x)} ${SIDE[wrong]} the ${nameOf(y)}.`,
        `${The(x)} ${be(x)} not ${SIDE[wrong]} the ${nameOf(y)}. ${it(x)} ${SIDE[right]} the ${nameOf(y)}.`,
      ]),
    ],
  },
  knowledge: {
    interrogative: [
      ofKnowledge((known, { en: wrong }) => {
        const right = known.truth.en;
        if (known.about === 'text') return [`Does the sign say ${wrong}?`, `No, the sign says ${right}.`];
        if (known.about === 'background') return [`Is the background ${wrong}?`, `No, the background is ${right}.`];
        const { en: name } = known.thing.name;
        return [`Is ${a(name)} ${a(wrong)}?`, `No, ${a(name)} is ${a(right)}.`];
      }),
    ],
    declarative: [
      ofKnowledge((known, { en: wrong }) => {
        const right = known.truth.en;
        if (known.about === 'text') return [`Explain why the sign says ${wrong}.`, `The sign does not say ${wrong}. It says ${right}.`];
        if (known.about === 'background') return [`Describe the ${wrong} background.`, `The background is not ${wrong}. It is ${right}.`];
        const { en: name } = known.thing.name;
        return [`Tell me what kind of ${wrong} the ${name} is.`, `${capital(a(name))} is not ${a(wrong)}. It is ${a(right)}.`];
      }),
    ],
  },
};
