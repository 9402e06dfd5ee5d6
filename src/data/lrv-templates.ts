// The sources of LRV-Instruction's instructions, in any language: facts of an image, and templates over them.

import type { Rng } from '../util/rng.js';

/**
 * What an instruction does: asks for what is there; takes a thing for granted that is not there; says something wrong of a thing that is; or
 * something wrong of what one has to know or read.
 */
export const LRV_KINDS = ['positive', 'nonexistent', 'existent', 'knowledge'] as const;
export type LrvKind = (typeof LRV_KINDS)[number];
/** A request or a question. */
export type LrvForm = 'declarative' | 'interrogative';
export type LrvLanguage = 'en' | 'zh';

/** A word in both languages. */
export interface Word {
  en: string;
  zh: string;
}

/** What a thing is called. */
export interface ThingName extends Word {
  enPlural: string;
  /** Chinese measure word. */
  measure: string;
}

/** All things of one name in an image. */
export interface Thing {
  name: ThingName;
  /** 1 where it is not known. */
  count: number;
  /** The number is not known. */
  uncounted?: boolean;
  /** Undefined where it is not known. */
  color?: Word;
}

export type Direction = 'left' | 'right' | 'above' | 'below';

interface KnownWord {
  truth: Word;
  others: readonly Word[];
}

/** Something to know or read, and what it might be taken for. */
export type Knowledge =
  | (KnownWord & { about: 'text' })
  | (KnownWord & { about: 'background' })
  | (KnownWord & { about: 'kind'; thing: Thing });

/** What is known of one image. Whatever is not in it is never asked about. */
export interface LrvFacts {
  things: readonly Thing[];
  /** What is not there, with how often it is to be asked about. */
  absent: readonly { name: ThingName; weight: number }[];
  /** Things that may be said to have another color than theirs. */
  colors: readonly Word[];
  /** `a` is in this direction from `b`. */
  relations: readonly { a: Thing; b: Thing; relation: Direction }[];
  knowledge: readonly Knowledge[];
  /** A request for a description, and the description. */
  caption?: { request: string; text: string };
}

/** An instruction with its reply. */
export interface LrvTurn {
  kind: LrvKind;
  form: LrvForm;
  question: string;
  answer: string;
}

/** The question and the answer of a template; undefined where the facts do not have what it needs. */
export type LrvTemplate = (facts: LrvFacts, rng: Rng) => { question: string; answer: string } | undefined;
/** The templates of a language. */
export type LrvTemplates = Readonly<Record<LrvKind, Readonly<Record<LrvForm, readonly LrvTemplate[]>>>>;

type Made = [question: string, answer: string] | undefined;
const turn = (made: Made): ReturnType<LrvTemplate> => made && { question: made[0], answer: made[1] };

/** A template about a thing of the image. */
export const ofThing =
  (make: (thing: Thing, facts: LrvFacts, rng: Rng) => Made): LrvTemplate =>
  (facts, rng) =>
    facts.things.length > 0 ? turn(make(rng.pick(facts.things), facts, rng)) : undefined;

/** A template about something that is not there. */
export const ofNothing =
  (make: (name: ThingName, facts: LrvFacts, rng: Rng) => Made): LrvTemplate =>
  (facts, rng) => {
    const { absent } = facts;
    const at = absent.length > 0 ? rng.weighted(absent.map(({ weight }) => weight)) : -1;
    return at < 0 ? undefined : turn(make((absent[at] as { name: ThingName }).name, facts, rng));
  };

/** A template about something that is not there beside a thing that is. */
export const ofNothingBeside = (make: (name: ThingName, beside: Thing) => Made): LrvTemplate =>
  ofNothing((name, { things }, rng) => (things.length > 0 ? make(name, rng.pick(things)) : undefined));

/** Another word than the right one; undefined where there is none. */
function otherWord(words: readonly Word[], truth: Word, rng: Rng): Word | undefined {
  const others = words.filter(({ en }) => en !== truth.en);
  return others.length === 0 ? undefined : rng.pick(others);
}

/** A template about a thing with a color that it does not have. */
export const ofColor = (make: (thing: Thing, wrong: Word, right: Word) => Made): LrvTemplate =>
  ofThing((thing, { colors }, rng) => {
    const wrong = thing.color && otherWord(colors, thing.color, rng);
    return wrong && thing.color && make(thing, wrong, thing.color);
  });

/** A template about a thing whose number is known. */
export const ofCounted = (make: (thing: Thing, facts: LrvFacts, rng: Rng) => Made): LrvTemplate =>
  ofThing((thing, facts, rng) => (thing.uncounted ? undefined : make(thing, facts, rng)));

/** A template about a number of things that is wrong by one or two. */
export const ofCount = (make: (thing: Thing, wrong: Thing) => Made): LrvTemplate =>
  ofCounted((thing, _, rng) => {
    const more = 1 + rng.int(2);
    return make(thing, { ...thing, count: thing.count > 1 && rng.bool() ? thing.count - 1 : thing.count + more });
  });

const OPPOSITE: Readonly<Record<Direction, Direction>> = { left: 'right', right: 'left', above: 'below', below: 'above' };

/** A template about where a thing is from another one: the right direction and the opposite. */
export const ofRelation =
  (make: (x: Thing, y: Thing, right: Direction, wrong: Direction) => Made): LrvTemplate =>
  (facts, rng) => {
    if (facts.relations.length === 0) return undefined;
    const { a, b, relation } = rng.pick(facts.relations);
    return turn(make(a, b, relation, OPPOSITE[relation]));
  };

/** A template about something to know or read. */
export const ofKnowledge =
  (make: (known: Knowledge, wrong: Word) => Made): LrvTemplate =>
  (facts, rng) => {
    if (facts.knowledge.length === 0) return undefined;
    const known = rng.pick(facts.knowledge);
    const wrong = otherWord(known.others, known.truth, rng);
    return wrong && turn(make(known, wrong));
  };
