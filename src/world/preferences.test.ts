// Pairs of replies about scenes: what each claims, graded by the truth; which spans differ; annotators who make mistakes.

import { describe, expect, it } from 'vitest';
import { worldVocabulary } from '../evaluate/world-source.js';
import { checkWorldClaims } from '../trust/world-claims.js';
import { Rng } from '../util/rng.js';
import { type CaptionPlan, planCaption } from './captions.js';
import { gradeCaption, PAIR_KINDS, type PairKind, type PreferenceSample, prefers } from './preferences.js';
import { makeScene } from './scene.js';
import { type PreferenceOptions, sourceFrom, world } from './sources.js';

const N = 120;
const samples = (options: PreferenceOptions = {}): PreferenceSample[] => {
  const source = world.preferences({ scenes: N, seed: 3, ...options });
  return Array.from({ length: N }, (_, i) => source.get(i));
};
const words = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}'’-]+|[^\s]/gu) ?? [];

describe('pairs of replies about a scene', () => {
  it('are the same for the same seed, and named by their description', () => {
    const source = world.preferences({ scenes: 5, language: 'mixed', captions: 2, annotator: { wrong: 0.2 } });
    const again = sourceFrom(JSON.parse(JSON.stringify(source.description)));
    for (let i = 0; i < 5; i++) expect(again.get(i)).toEqual(source.get(i));
    expect(source.get(0).captions).toHaveLength(2);
  });

  it.each(PAIR_KINDS)('of kind %s are graded by what they claim', (kind: PairKind) => {
    const made = samples({ pairs: [kind], detail: 'long' }).filter((s) => s.kind === kind);
    expect(made.length).toBeGreaterThan(N / 2);
    for (const { grades, chosen, rejected, provenance } of made) {
      expect(grades.chosen.precision).toBe(1);
      expect(grades.rejected.f1).toBeLessThan(grades.chosen.f1);
      expect(grades.rejected.precision < 1).toBe(kind !== 'missing');
      if (kind === 'missing') expect(grades.rejected.recall).toBeLessThan(grades.chosen.recall);
      if (kind === 'matched') expect(chosen.split(' ').length).toBe(rejected.split(' ').length);
      expect(provenance).toEqual({ annotator: 'truth' });
    }
  });

  it('agree with claims that are read from the text', () => {
    const vocabulary = worldVocabulary();
    for (const { scene, chosen, rejected, kind } of samples()) {
      expect(checkWorldClaims(scene, chosen, vocabulary).wrong, chosen).toBe(0);
      if (kind !== 'missing') expect(checkWorldClaims(scene, rejected, vocabulary).wrong, `${chosen} | ${rejected}`).toBeGreaterThan(0);
    }
  });

  it.each(['en', 'zh'] as const)('mark the spans that differ (%s)', (language) => {
    for (const { chosen, rejected, segments } of samples({ language })) {
      const kept = (text: string, spans: readonly (readonly [number, number])[]): string[] => {
        let out = '';
        let at = 0;
        for (const [start, end] of spans) {
          expect(start).toBeGreaterThanOrEqual(at);
          out += `${text.slice(at, start)} `;
          at = end;
        }
        return words(out + text.slice(at));
      };
      expect(kept(chosen, segments.chosen).join('')).toBe(kept(rejected, segments.rejected).join(''));
      expect(segments.chosen.length + segments.rejected.length).toBeGreaterThan(0);
    }
  });

  it('grade a caption by hand', () => {
    const scene = makeScene(0, { seed: 9 });
    const plan = planCaption(scene, { language: 'en', detail: 'short' });
    const n = plan.groups.length;
    const first = plan.groups[0] as CaptionPlan['groups'][number];
    // One thing is called by a color that it does not have, and one is not there.
    const told = {
      groups: [{ ...first, tint: (first.tint + 1) % 8 }, ...plan.groups.slice(1), { ...first, category: (first.category + 24) % 48 }],
      relations: [],
    };
    const made = gradeCaption(scene, told);
    const extra = plan.groups.some((g) => g.category === (first.category + 24) % 48);
    expect(extra).toBe(false);
    expect(made.wrong).toEqual({ existence: 1, attribute: 1, count: 0, relation: 0 });
    expect(made.right).toEqual({ existence: n, attribute: n - 1, count: n, relation: 0 });
    expect(made.precision).toBeCloseTo((3 * n - 1) / (3 * n + 1), 12);
  });

  it('keep more objects that are likely beside what is there when asked to', () => {
    const changes = ['existence'] as const;
    const made = samples({ pairs: ['corrupted'], changes, detail: 'short', likely: 1 });
    expect(made.every((s) => s.changes.join() === 'existence')).toBe(true);
  });
});

describe('a simulated annotator', () => {
  it('prefers the worse reply as often as set, and is always labeled', () => {
    const made = samples({ annotator: { wrong: 0.25 } });
    expect(made.every(({ provenance }) => provenance.annotator === 'simulated' && provenance.rates?.wrong === 0.25)).toBe(true);
    const flipped = made.filter(({ grades }) => grades.chosen.f1 < grades.rejected.f1).length;
    expect(flipped / N).toBeGreaterThan(0.12);
    expect(flipped / N).toBeLessThan(0.4);
    // One who makes no mistakes is simulated as well.
    expect(samples({ annotator: {} })[0]?.provenance).toEqual({ annotator: 'simulated', rates: { wrong: 0, long: 0 } });
  });

  it('may prefer length', () => {
    const rng = new Rng(1);
    expect(prefers('a cat', 'a cat and a dog', { annotator: { long: 1 }, rng })).toBe(false);
    expect(prefers('a cat and a dog', 'a cat', { annotator: { long: 1 }, rng })).toBe(true);
    expect(prefers('a cat', 'a cat and a dog', { rng })).toBe(true);
  });

  it.each([
    [{ pairs: [] }, 'pairs'],
    [{ pairs: ['other' as PairKind] }, 'pairs'],
    [{ mistakes: 0 }, 'mistakes'],
    [{ annotator: { wrong: 1.5 } }, 'annotator.wrong'],
    [{ captions: -1 }, 'captions'],
  ])('options that cannot be: %j', (options, place) => {
    expect(() => world.preferences(options as PreferenceOptions)).toThrow(expect.objectContaining({ code: 'world.option', place }));
  });
});
