// CHAIR and cover: which of the objects that captions name are not there, and how many of those that are there get named.

import { SensoriumError } from '../util/errors.js';
import type { Score } from './benchmark.js';
import { type Mention, sentences, type Vocabulary } from './mentions.js';
import { type Proportion, proportion, wilson } from './wilson.js';

export interface ChairScores {
  /** CHAIR-i: hallucinated mentions / all mentions, repeats counted (Rohrbach et al. 2018); 0 when nothing is named. */
  chairI: number;
  /** CHAIR-s per caption: captions with at least one hallucinated object / captions (what the official code computes). */
  chairS: number;
  /** CHAIR-s per sentence: sentences with at least one hallucinated object / sentences (what the paper's text says). */
  chairSentence: number;
  /** Share of all true objects that their caption names, over the corpus (AMBER's Cover, micro-averaged). */
  cover: number;
  /** Mean over captions of the share of true objects named (AMBER's Cover as in its paper); captions without truth are left out. */
  coverMacro: number;
  /** Captions. */
  n: number;
  mentions: number;
  sentences: number;
  intervals: { chairI: [number, number]; chairS: [number, number]; cover: [number, number] };
}

/** What was found in one caption. */
export interface CaptionFinding {
  mentions: Mention[];
  hallucinated: Mention[];
  /** True objects that the caption names, each once. */
  covered: string[];
}

/** Compares one caption with the ids of the objects that are there. */
export function judgeCaption(caption: string, truth: Iterable<string>, vocabulary: Vocabulary): CaptionFinding {
  const present = new Set(truth);
  const mentions = vocabulary.mentions(caption);
  const named = new Set(mentions.map((m) => m.id));
  return { mentions, hallucinated: mentions.filter((m) => !present.has(m.id)), covered: [...present].filter((id) => named.has(id)) };
}

/** Scores captions against the object ids of their images; `truth[i]` belongs to `captions[i]`. Throws when the lengths differ. */
export function chair(captions: readonly string[], truth: readonly Iterable<string>[], vocabulary: Vocabulary): ChairScores {
  if (captions.length !== truth.length)
    throw new SensoriumError('evaluate.chair', 'captions and truth differ in number', {
      expected: `${captions.length} truth sets`,
      got: String(truth.length),
    });
  const sum = { mentions: 0, wrong: 0, captions: 0, sentences: 0, wrongSentences: 0, covered: 0, objects: 0, shares: 0, withTruth: 0 };
  captions.forEach((caption, i) => {
    const present = new Set(truth[i]);
    const found = judgeCaption(caption, present, vocabulary);
    sum.mentions += found.mentions.length;
    sum.wrong += found.hallucinated.length;
    if (found.hallucinated.length) sum.captions++;
    sum.sentences += sentences(caption).length;
    sum.wrongSentences += new Set(found.hallucinated.map((m) => m.sentence)).size;
    sum.covered += found.covered.length;
    sum.objects += present.size;
    if (present.size) {
      sum.withTruth++;
      sum.shares += found.covered.length / present.size;
    }
  });
  const i = proportion(sum.wrong, sum.mentions);
  const s = proportion(sum.captions, captions.length);
  const cover = proportion(sum.covered, sum.objects);
  const pair = (p: Proportion): [number, number] => [p.low, p.high];
  return {
    chairI: i.value,
    chairS: s.value,
    chairSentence: sum.sentences ? sum.wrongSentences / sum.sentences : 0,
    cover: cover.value,
    coverMacro: sum.withTruth ? sum.shares / sum.withTruth : 0,
    n: captions.length,
    mentions: sum.mentions,
    sentences: sum.sentences,
    intervals: { chairI: pair(i), chairS: pair(s), cover: pair(cover) },
  };
}

/** The scores as a list. */
export function chairScoreList(c: ChairScores): Score[] {
  const { chairI, chairS, cover } = c.intervals;
  const score = (name: string, value: number, [low, high]: readonly [number, number], n: number, more: Partial<Score>): Score => ({
    name,
    value,
    low,
    high,
    n,
    better: 'lower',
    ...more,
  });
  const sentence = proportion(Math.round(c.chairSentence * c.sentences), c.sentences);
  const macro = wilson(c.coverMacro * c.n, c.n);
  return [
    score('CHAIR-i', c.chairI, chairI, c.mentions, { note: 'made-up objects among all that are named' }),
    score('CHAIR-s', c.chairS, chairS, c.n, { note: 'captions with a made-up object' }),
    score('cover', c.cover, cover, c.n, { better: 'higher', note: 'true objects that are named' }),
    score('CHAIR-s by sentence', c.chairSentence, [sentence.low, sentence.high], c.sentences, {
      detail: true,
      note: 'sentences with a made-up object',
    }),
    score('cover by caption', c.coverMacro, [macro.low, macro.high], c.n, {
      better: 'higher',
      detail: true,
      note: 'mean over captions of the true objects that each names',
    }),
  ];
}
