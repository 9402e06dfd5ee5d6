// Captions, questions, dialogues, probes and sources: every statement is checked against the boxes by separate, plainer code.

import { describe, expect, it } from 'vitest';
import { Rng } from '../util/rng.js';
import { caption, layoutText, phrase } from './captions.js';
import { groupsOf } from './facts.js';
import { cooccurrence, NEGATIVES, popeProbes } from './probes.js';
import { dialogue, QUESTION_TYPES, type Question, questions } from './questions.js';
import { makeScene, type Scene, type SceneObject } from './scene.js';
import { sourceFrom, world } from './sources.js';
import { CATEGORIES, type Language, TINTS } from './vocabulary.js';

const middle = (o: SceneObject): [number, number] => [(o.box[0] + o.box[2]) / 2, (o.box[1] + o.box[3]) / 2];

/** The plain reading of a relation: the larger of the two differences decides. */
function holds(scene: Scene, a: SceneObject, b: SceneObject, relation: string): boolean {
  if (relation === 'inside') return a.inside !== undefined && scene.objects[a.inside] === b;
  const [dx, dy] = [middle(a)[0] - middle(b)[0], middle(a)[1] - middle(b)[1]];
  const across = Math.abs(dx) > Math.abs(dy);
  if (relation === 'left') return across && dx < 0;
  if (relation === 'right') return across && dx > 0;
  if (relation === 'above') return !across && dy < 0;
  return !across && dy > 0;
}

function check(scene: Scene, q: Question): void {
  const name = (c: number): string | undefined => (q.language === 'zh' ? CATEGORIES[c]?.zh : CATEGORIES[c]?.en);
  const own = scene.objects.filter((o) => o.category === q.category);
  if (q.type === 'existence')
    expect(q.answer).toBe(own.length ? (q.language === 'zh' ? '有' : 'yes') : q.language === 'zh' ? '没有' : 'no');
  else if (q.type === 'color')
    expect(own.map((o) => (q.language === 'zh' ? TINTS[o.tint]?.zh : TINTS[o.tint]?.en))).toEqual(own.map(() => q.answer));
  else if (q.type === 'count') expect(q.answer).toBe(String(own.length));
  else if (q.type === 'text') expect(q.answer).toBe(scene.text?.word);
  else {
    expect(own).toHaveLength(1);
    const referent = own[0] as SceneObject;
    if (q.relation === 'near') {
      expect(q.objects?.every((i) => name(scene.objects[i]?.category as number) === q.answer)).toBe(true);
      return;
    }
    // The answer is among what the plain reading gives, and nothing else is, save objects that touch the referent by being in it.
    const found = scene.objects.filter(
      (o) =>
        o !== referent &&
        o.category !== q.category &&
        holds(scene, o, referent, q.relation as string) &&
        (q.relation === 'inside' || (o.inside === undefined && referent.inside === undefined)),
    );
    const names = new Set(found.map((o) => name(o.category)));
    const nested = scene.objects.some((o) => o.inside !== undefined);
    const close = found.some(
      (o) => Math.max(Math.abs(middle(o)[0] - middle(referent)[0]), Math.abs(middle(o)[1] - middle(referent)[1])) < 6,
    );
    if (!nested && !close) expect([...names]).toEqual([q.answer]);
    if (q.relation === 'inside') expect([...names]).toEqual([q.answer]);
  }
  expect(q.question).not.toContain('undefined');
  expect(q.answer).toBe(q.answer.toLowerCase());
}

describe('questions', () => {
  it.each<Language>(['en', 'zh'])('are exactly true (%s)', (language) => {
    const rng = new Rng(1);
    const seen: Record<string, number> = {};
    for (let i = 0; i < 240; i++) {
      const scene = makeScene(i, { split: i % 2 ? 'train' : 'test-pairs' });
      for (const q of questions(scene, { language, rng, per: 2 })) {
        check(scene, q);
        seen[q.type] = (seen[q.type] ?? 0) + 1;
      }
    }
    for (const type of QUESTION_TYPES) expect(seen[type]).toBeGreaterThan(60);
  });

  it('cannot be answered by a constant', () => {
    const rng = new Rng(2);
    const answers: Record<string, Record<string, number>> = {};
    for (let i = 0; i < 2000; i++)
      for (const q of questions(makeScene(i), { language: 'en', rng })) {
        answers[q.type] ??= {};
        const counts = answers[q.type] as Record<string, number>;
        counts[q.answer] = (counts[q.answer] ?? 0) + 1;
      }
    const most = (type: string): number => {
      const counts = Object.values(answers[type] ?? {});
      return Math.max(...counts) / counts.reduce((a, b) => a + b, 0);
    };
    expect(most('existence')).toBeLessThan(0.55);
    expect(most('color')).toBeLessThan(0.2);
    expect(most('count')).toBeLessThan(0.48);
    expect(most('relation')).toBeLessThan(0.12);
    expect(most('text')).toBeLessThan(0.12);
  });

  it('keep to the types asked for and refuse unknown ones', () => {
    const scene = makeScene(0);
    expect(questions(scene, { language: 'en', rng: new Rng(0), types: ['color'] }).every((q) => q.type === 'color')).toBe(true);
    expect(() => questions(scene, { language: 'en', rng: new Rng(0), types: ['smell' as 'color'] })).toThrow('smell');
  });
});

describe('dialogue', () => {
  it('alternates, repeats no question and has the turns asked for where the scene allows', () => {
    const rng = new Rng(4);
    let full = 0;
    for (let i = 0; i < 120; i++) {
      const { turns } = dialogue(makeScene(i), { language: i % 2 ? 'zh' : 'en', rng, turns: 4 });
      expect(turns.length % 2).toBe(0);
      turns.forEach((t, k) => {
        expect(t.role).toBe(k % 2 ? 'assistant' : 'user');
        expect(t.content.length).toBeGreaterThan(0);
      });
      const asked = turns.filter((t) => t.role === 'user').map((t) => t.content);
      expect(new Set(asked).size).toBe(asked.length);
      if (turns.length === 8) full++;
    }
    expect(full).toBeGreaterThan(114);
  });
});

describe('captions', () => {
  it('name every category with its tint and nothing that is absent', () => {
    const rng = new Rng(5);
    const invented: string[] = [];
    for (let i = 0; i < 60; i++) {
      const scene = makeScene(i);
      const groups = groupsOf(scene);
      for (const detail of ['short', 'long'] as const) {
        const en = caption(scene, { language: 'en', detail, rng }).toLowerCase();
        const zh = caption(scene, { language: 'zh', detail, rng });
        for (const g of groups) {
          expect(en).toContain(phrase(g, 'en'));
          expect(zh).toContain(phrase(g, 'zh'));
        }
        CATEGORIES.forEach((c, index) => {
          if (groups.some((g) => g.category === index)) return;
          if (new RegExp(`\\b(${c.en}|${c.enPlural})\\b`).test(en)) invented.push(`${c.en}: ${en}`);
        });
        if (detail === 'long' && scene.text) expect(en).toContain(scene.text.word);
      }
    }
    expect(invented).toEqual([]);
  });

  it('use the right article and are the same without a generator', () => {
    expect(phrase({ category: 0, tint: 1, objects: [0] }, 'en')).toBe('an orange dog');
    expect(phrase({ category: 0, tint: 0, objects: [0, 1] }, 'en')).toBe('two red dogs');
    expect(phrase({ category: 0, tint: 0, objects: [0, 1] }, 'zh')).toBe('两只红色的狗');
    const scene = makeScene(9);
    expect(caption(scene, { language: 'en', detail: 'long' })).toBe(caption(scene, { language: 'en', detail: 'long' }));
  });

  it('lay every object out in the cell of its centre', () => {
    for (let i = 0; i < 100; i++) {
      const scene = makeScene(i);
      const rows = layoutText(scene, { language: 'en', grid: 4 }).split('\n');
      expect(rows).toHaveLength(4);
      const cells = rows.flatMap((r) => r.split(' | '));
      expect(cells).toHaveLength(16);
      for (const o of scene.objects) {
        const [x, y] = middle(o).map((v) => Math.floor(v / 16)) as [number, number];
        expect(cells[y * 4 + x]?.split(', ')).toContain(`${TINTS[o.tint]?.en} ${CATEGORIES[o.category]?.en}`);
      }
      expect(cells.filter((c) => c !== '.').flatMap((c) => c.split(', '))).toHaveLength(scene.objects.length + (scene.text ? 1 : 0));
    }
  });
});

describe('POPE probes', () => {
  const stats = cooccurrence({}, 2000);

  it('count co-occurrence symmetrically', () => {
    const k = CATEGORIES.length;
    for (let a = 0; a < k; a++) {
      expect(stats.pairs[a * k + a]).toBe(0);
      for (let b = 0; b < a; b++) if (stats.pairs[a * k + b] !== stats.pairs[b * k + a]) throw new Error(`${a}, ${b}`);
    }
    expect(cooccurrence({ split: 'test-pairs' }, 200)).toEqual(cooccurrence({}, 200));
  });

  it.each(NEGATIVES)('are balanced, true and in the wording of the benchmark (%s)', (negative) => {
    const rng = new Rng(6);
    let hardness = 0;
    for (let i = 0; i < 120; i++) {
      const scene = makeScene(i, { split: 'test' });
      const probes = popeProbes(scene, stats, { negative, rng, perScene: 6 });
      expect(probes.filter((p) => p.answer === 'yes')).toHaveLength(probes.length / 2);
      expect(probes.length).toBe(2 * Math.min(3, groupsOf(scene).length));
      expect(new Set(probes.map((p) => p.category)).size).toBe(probes.length);
      for (const p of probes) {
        expect(p.answer).toBe(scene.objects.some((o) => o.category === p.category) ? 'yes' : 'no');
        expect(p.question).toBe(
          `Is there ${/^[aeiou]/.test(CATEGORIES[p.category]?.en ?? '') ? 'an' : 'a'} ${CATEGORIES[p.category]?.en} in the image?`,
        );
        expect(p.negative).toBe(p.answer === 'no' ? negative : undefined);
        if (p.answer === 'no')
          for (const o of scene.objects) hardness += stats.pairs[p.category * CATEGORIES.length + o.category] as number;
      }
    }
    hardnessOf[negative] = hardness;
  });
  const hardnessOf: Record<string, number> = {};

  it('are hardest when adversarial', () => {
    expect(hardnessOf.adversarial).toBeGreaterThan(2 * (hardnessOf.random as number));
    expect(hardnessOf.popular).toBeGreaterThan(hardnessOf.random as number);
  });

  it('refuse counts of another vocabulary and unknown samplers', () => {
    const options = { negative: 'random' as const, rng: new Rng(0) };
    expect(() => popeProbes(makeScene(0), { scenes: 0, frequency: new Int32Array(3), pairs: new Int32Array(9) }, options)).toThrow('48');
    expect(() => popeProbes(makeScene(0), stats, { ...options, negative: 'nasty' as 'random' })).toThrow('nasty');
  });
});

describe('sources', () => {
  const all = [
    world.captions({ scenes: 20, language: 'mixed' }),
    world.instructions({ scenes: 20, turns: 3 }),
    world.singles({ scenes: 20 }),
    world.text({ scenes: 20, language: 'zh' }),
    world.questions({ scenes: 20, split: 'test' }),
    world.probes({ scenes: 20, split: 'test', negative: 'adversarial', statistics: 200 }),
  ];

  it.each(all.map((s) => [s.kind, s] as const))('%s comes back from its description, in any order', (_kind, source) => {
    const again = sourceFrom(JSON.parse(JSON.stringify(source.description)));
    expect(again.length).toBe(20);
    for (const i of [13, 2, 13]) expect(again.get(i)).toEqual(source.get(i));
  });

  it('continues at an offset and refuses what is out of range', () => {
    expect(world.captions({ scenes: 5, offset: 10 }).get(2)).toEqual(world.captions({ scenes: 20 }).get(12));
    expect(() => world.captions({ scenes: 5 }).get(5)).toThrow('0..4');
    expect(() => world.captions({ scenes: -1 })).toThrow('scenes');
    expect(() => world.captions({ language: 'fr' as 'en' })).toThrow('fr');
    expect(() => world.captions({ size: 1 })).toThrow('size');
    expect(() => sourceFrom({ source: 'world', kind: 'toString' })).toThrow('description');
    expect(() => sourceFrom(null)).toThrow('description');
  });

  it('mixes languages by the share asked for', () => {
    const source = world.captions({ scenes: 400, language: 'mixed', chinese: 0.3 });
    const zh = Array.from({ length: 400 }, (_, i) => source.get(i)).filter((s) => s.language === 'zh').length;
    expect(zh).toBeGreaterThan(80);
    expect(zh).toBeLessThan(160);
  });
});
