// Scenes: determinism, placement, the held-out splits, the dials, and options that are refused.

import { describe, expect, it } from 'vitest';
import { groupsOf } from './facts.js';
import { HELD_OUT_PAIRS, HELD_OUT_TINTS, isHeldOutPair, isHeldOutTint, TRAIN_TINTS } from './holdout.js';
import { makeScene, overlap, type Scene, SPLITS, type WorldOptions } from './scene.js';
import { BACKGROUNDS, CATEGORIES, CONTAINERS, PARTNER, SAME_THEME, STYLES, TINTS, WORDS } from './vocabulary.js';

const many = (options: WorldOptions, n = 250): Scene[] => Array.from({ length: n }, (_, i) => makeScene(i, options));

describe('vocabulary', () => {
  it('has distinct names in both languages and no word that is also a name', () => {
    expect(CATEGORIES.length).toBeGreaterThanOrEqual(48);
    expect(TINTS).toHaveLength(8);
    expect(WORDS.length).toBeGreaterThanOrEqual(24);
    for (const names of [CATEGORIES.map((c) => c.en), CATEGORIES.map((c) => c.zh), TINTS.map((t) => t.zh), [...WORDS]])
      expect(new Set(names).size).toBe(names.length);
    for (const word of WORDS) {
      expect(word).toMatch(/^[a-z]{2,5}$/);
      expect(CATEGORIES.some((c) => c.en === word) || TINTS.some((t) => t.en === word)).toBe(false);
    }
  });

  it('gives every category a partner of its own theme', () => {
    CATEGORIES.forEach((c, i) => {
      expect(PARTNER[i]).not.toBe(i);
      expect(CATEGORIES[PARTNER[i] as number]?.theme).toBe(c.theme);
      expect(SAME_THEME[i]).toContain(PARTNER[i]);
    });
  });
});

describe('makeScene', () => {
  it('depends on seed, split and index alone', () => {
    for (const split of SPLITS) expect(makeScene(7, { split, seed: 3 })).toEqual(makeScene(7, { split, seed: 3 }));
    const texts = [makeScene(7), makeScene(8), makeScene(7, { seed: 1 }), makeScene(7, { split: 'test' })].map((s) =>
      JSON.stringify(s.objects),
    );
    expect(new Set(texts).size).toBe(4);
  });

  it('has any aspect, with everything inside, and what is there does not depend on it', () => {
    const square = many({ size: 64 }, 40);
    for (const [aspect, width] of [
      [2, 128],
      [0.5, 32],
    ] as const)
      many({ size: 64, aspect }, 40).forEach((scene, i) => {
        expect([scene.width, scene.size]).toEqual([width, 64]);
        expect(scene.objects[0]?.category).toBe(square[i]?.objects[0]?.category);
        for (const { box } of [...scene.objects, ...(scene.text ? [scene.text] : [])])
          expect(box[0] >= 0 && box[1] >= 0 && box[2] <= Math.max(width, box[2] - box[0]) && box[3] <= 64).toBe(true);
      });
    expect(new Set(many({ aspect: [0.5, 1, 2] }, 60).map(({ width }) => width))).toEqual(new Set([32, undefined, 128]));
    expect(square.every((scene) => !('width' in scene))).toBe(true);
  });

  it('has smaller objects and signs by the scale, of the same kinds', () => {
    const [usual, small] = [many({ size: 256 }, 40), many({ size: 256, scale: 0.3 }, 40)];
    const longest = (scenes: Scene[]): number => scenes.flatMap(({ objects }) => objects).reduce((n, { size }) => Math.max(n, size), 0);
    expect(longest(small)).toBeLessThanOrEqual(Math.ceil(0.3 * longest(usual)));
    small.forEach((scene, i) => {
      expect(scene.objects[0]?.category).toBe(usual[i]?.objects[0]?.category);
      if (scene.text) expect(scene.text.dot).toBe(1);
    });
  });

  it('keeps objects inside the image, clear of the sign and of each other', () => {
    for (const size of [64, 96])
      for (const scene of many({ size }, 120)) {
        expect(scene.objects.length).toBeGreaterThan(0);
        expect(scene.objects.length).toBeLessThanOrEqual(6);
        scene.objects.forEach((a, i) => {
          const [x0, y0, x1, y1] = a.box;
          expect(x0 >= 0 && y0 >= 0 && x1 <= size && y1 <= size && x1 > x0 && y1 > y0).toBe(true);
          expect(Math.max(x1 - x0, y1 - y0)).toBe(a.size);
          if (scene.text) expect(overlap(a.box, scene.text.box)).toBe(0);
          scene.objects.forEach((b, j) => {
            if (j <= i || b.inside === i) return;
            // What lies in a container shares its place, also with what touches the container.
            if (a.inside !== undefined || b.inside !== undefined) return;
            const smaller = Math.min((x1 - x0) * (y1 - y0), (b.box[2] - b.box[0]) * (b.box[3] - b.box[1]));
            expect(overlap(a.box, b.box)).toBeLessThanOrEqual(0.05 * smaller);
          });
        });
      }
  });

  it('gives a category one tint per scene and at most four objects', () => {
    for (const scene of many({}))
      for (const g of groupsOf(scene)) {
        expect(g.objects.length).toBeLessThanOrEqual(4);
        expect(g.objects.every((i) => scene.objects[i]?.tint === g.tint)).toBe(true);
      }
  });

  it('puts things only into containers of another tint', () => {
    let seen = 0;
    for (const scene of many({}))
      for (const o of scene.objects) {
        if (o.inside === undefined) continue;
        seen++;
        const container = scene.objects[o.inside];
        expect(CONTAINERS).toContain(container?.category);
        expect(CONTAINERS).not.toContain(o.category);
        expect(container?.tint).not.toBe(o.tint);
      }
    expect(seen).toBeGreaterThan(15);
  });

  it('holds out pairs, tints, style and backgrounds except where a split shows them', () => {
    expect(HELD_OUT_PAIRS.length).toBeGreaterThan(30);
    expect(HELD_OUT_TINTS.length / (CATEGORIES.length * TINTS.length)).toBeGreaterThan(0.05);
    for (const tints of TRAIN_TINTS) expect(tints.length).toBeGreaterThanOrEqual(6);
    for (const split of SPLITS) {
      let [pairs, tints, styles, backgrounds] = [0, 0, 0, 0];
      const scenes = many({ split });
      for (const s of scenes) {
        const groups = groupsOf(s);
        if (groups.some((a) => groups.some((b) => a !== b && isHeldOutPair(a.category, b.category)))) pairs++;
        if (groups.some((g) => isHeldOutTint(g.category, g.tint))) tints++;
        if (s.objects.some((o) => STYLES.find((x) => x.id === o.style)?.heldOut)) styles++;
        if (BACKGROUNDS.find((b) => b.id === s.background.kind)?.heldOut) backgrounds++;
      }
      const share = (n: number, own: string): void => {
        if (split === own) expect(n).toBeGreaterThan(0.9 * scenes.length);
        else expect(n).toBe(0);
      };
      share(pairs, 'test-pairs');
      share(tints, 'test-tints');
      share(styles, 'test-style');
      share(backgrounds, 'test-backgrounds');
    }
  });

  it('turns co-occurrence up with the prior', () => {
    const mates = (prior: number): number => {
      let [same, all] = [0, 0];
      for (const s of many({ prior }, 500)) {
        const [a, b] = groupsOf(s);
        if (!a || !b) continue;
        all++;
        if (CATEGORIES[a.category]?.theme === CATEGORIES[b.category]?.theme) same++;
      }
      return same / all;
    };
    expect(mates(0)).toBeLessThan(0.25);
    expect(mates(0.9)).toBeGreaterThan(0.75);
  });

  it('degrades more with less evidence and not at all with full evidence', () => {
    expect(makeScene(1, { evidence: 1 }).degrade).toEqual({ blur: 0, noise: 0, occlusion: 0, patches: [], lowResolution: 1 });
    const hard = many({ evidence: 0 }, 50);
    expect(hard.every((s) => s.degrade.blur > 1 && s.degrade.noise > 20 && s.degrade.patches.length >= 3)).toBe(true);
  });

  it('makes single-object scenes and follows the curriculum', () => {
    expect(many({ single: true }, 100).every((s) => s.objects.length === 1 && !s.text)).toBe(true);
    expect(many({ curriculum: 0 }, 100).every((s) => s.objects.length === 1)).toBe(true);
    expect(many({ curriculum: 0.4 }, 200).every((s) => s.objects.length <= 3)).toBe(true);
  });

  it.each<[WorldOptions, string]>([
    [{ size: 8 }, 'size'],
    [{ size: 64.5 }, 'size'],
    [{ prior: 1.2 }, 'prior'],
    [{ evidence: Number.NaN }, 'evidence'],
    [{ maxObjects: 0 }, 'maxObjects'],
    [{ split: 'validation' as 'test' }, 'split'],
    [{ styles: ['oil'] }, 'oil'],
    [{ seed: 0.5 }, 'seed'],
  ])('refuses %j', (options, word) => {
    expect(() => makeScene(0, options)).toThrow(word);
  });

  it('refuses a negative index', () => {
    expect(() => makeScene(-1)).toThrow('index');
  });
});
