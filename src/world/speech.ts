// Spoken sentences, by espeak-ng: who has which color, asked about in writing. Synthetic voices only, and said so wherever it is measured.

import { findEspeak, speak } from '../media/index.js';
import type { ContentPart } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import type { Rng } from '../util/rng.js';
import { TRAIN_TINTS } from './holdout.js';
import { defineMediaWorld, type ItemOptions, type MediaQuestion, type Wording, worded } from './media-world.js';
import { CATEGORIES, nameOf, TINTS } from './vocabulary.js';

/** A sentence, its two facts, and how it is spoken. */
export interface SpeechItem {
  facts: readonly { category: number; tint: number }[];
  text: string;
  voice: string;
  /** Words a minute. */
  speed: number;
  pitch: number;
}

type Dials = 'facts';

/** Voices by language; the last one is in the split `test-voice` alone. */
const VOICES_OF = { en: ['en-us', 'en-gb', 'en-gb-scotland'], zh: ['cmn', 'cmn+f3', 'cmn+m3'] } as const;

function makeSpeech(rng: Rng, { split, dials, language }: ItemOptions<Dials>): SpeechItem {
  const categories = rng.sample([...CATEGORIES.keys()], dials.facts);
  const facts = categories.map((category) => ({ category, tint: rng.pick(TRAIN_TINTS[category] as readonly number[]) }));
  const each = facts.map(({ category, tint }) => {
    const [name, color] = [nameOf(category, language), TINTS[tint]?.[language] ?? ''];
    return language === 'zh' ? `${name}是${color}的` : `the ${name} is ${color}`;
  });
  const voices = VOICES_OF[language];
  const voice = split === 'test-voice' ? (voices.at(-1) as string) : rng.pick(voices.slice(0, -1));
  return { facts, text: each.join(language === 'zh' ? '，' : ', '), voice, speed: 140 + rng.int(60), pitch: 35 + rng.int(30) };
}

type Ask = (item: SpeechItem, how: Wording) => MediaQuestion | undefined;

const asks: Record<string, Ask> = {
  color({ facts }, how) {
    const { category, tint } = how.rng.pick(facts);
    const forms = { en: ['What color is the X?'], zh: ['X是什么颜色的？'] };
    return { question: worded(forms, how, [nameOf(category, how.language)]), answer: TINTS[tint]?.[how.language] ?? '' };
  },
  first({ facts }, how) {
    const { category } = facts[0] as SpeechItem['facts'][number];
    return {
      question: worded({ en: ['What is spoken of first?'], zh: ['先说到的是什么？'] }, how),
      answer: nameOf(category, how.language),
    };
  },
  transcript: ({ text }, how) => ({ question: worded({ en: ['Write what is said.'], zh: ['写出所说的话。'] }, how), answer: text }),
};

/** Sentences of one to three facts. Its sources can be read anywhere; sounds need espeak-ng. Errors of `load`: `media.program`. */
export const speech = defineMediaWorld<SpeechItem, Dials, undefined>({
  name: 'speech',
  title: 'world speech',
  about: 'spoken sentences of synthetic voices: colors, what comes first, every word; by edit distance',
  splits: ['train', 'test', 'test-voice'],
  dials: { facts: { default: 2, from: 1, to: 3, whole: true } },
  kinds: Object.keys(asks),
  score: 'anls',
  maxTokens: 32,
  async load() {
    if (findEspeak() === undefined)
      throw new SensoriumError('media.program', 'sentences cannot be spoken without espeak-ng', {
        expected: 'espeak-ng in PATH, or its path in SENSORIUM_ESPEAK',
        got: 'none',
        hint: 'Install it: apt-get install espeak-ng',
      });
    return undefined;
  },
  make: makeSpeech,
  part: async ({ text, voice, speed, pitch }) => ({ type: 'audio', source: await speak(text, { voice, speed, pitch }) }) as ContentPart,
  ask: (item, kind, how) => asks[kind]?.(item, how),
  caption: ({ text }) => text,
  requests: { en: ['What is said?'], zh: ['说了什么？'] },
});
