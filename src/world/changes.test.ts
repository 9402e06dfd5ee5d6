// Scenes that captions tell of in place of the true one: one change of a kind, likely objects added, and only what can be seen.

import { describe, expect, it } from 'vitest';
import { Rng } from '../util/rng.js';
import {
  CHANGES,
  type ChangeKind,
  caption,
  changed,
  groupsOf,
  makeScene,
  onlyShown,
  PARTNER,
  SAME_THEME,
  type Scene,
  withLikely,
  world,
} from './index.js';

const categories = (scene: Scene): number[] =>
  groupsOf(scene)
    .map((g) => g.category)
    .sort((a, b) => a - b);

describe('a change', () => {
  it.each(CHANGES)('of kind %s changes that and leaves the rest', (kind: ChangeKind) => {
    let made = 0;
    for (let i = 0; i < 60; i++) {
      const scene = makeScene(i, { seed: 2 });
      const before = structuredClone(scene);
      const can = kind !== 'text' || scene.text !== undefined;
      const two = groupsOf(scene).filter((g) => g.objects.length === 1).length > 1;
      if (scene.objects.length === 0 || !can || (kind === 'relation' && !two)) continue;
      const { scene: told, kind: got } = changed(scene, { rng: new Rng(i), kinds: [kind] });
      made++;
      expect(scene).toEqual(before);
      expect(got).toBe(kind);
      expect(told).not.toEqual(scene);
      const [was, is] = [groupsOf(scene), groupsOf(told)];
      if (kind === 'existence') expect(is).toHaveLength(was.length + 1);
      else if (kind === 'object') expect(categories(told)).not.toEqual(categories(scene));
      else expect(categories(told)).toEqual(categories(scene));
      if (kind === 'count') expect(Math.abs(told.objects.length - scene.objects.length)).toBe(1);
      for (const { inside } of told.objects) if (inside !== undefined) expect(told.objects[inside]).toBeDefined();
      expect(caption(told, { language: 'en', detail: 'long' })).not.toBe('');
    }
    expect(made).toBeGreaterThan(10);
  });

  it('is refused where the scene has nothing of the kinds', () => {
    const scene = makeScene(0, { text: 0 });
    expect(() => changed(scene, { rng: new Rng(0), kinds: ['text'] })).toThrow(expect.objectContaining({ code: 'world.option' }));
  });
});

describe('what captions of knowledge tell of', () => {
  it('adds mates of what is there', () => {
    for (let i = 0; i < 40; i++) {
      const scene = makeScene(i, { seed: 5 });
      const was = categories(scene);
      const added = categories(withLikely(scene, new Rng(i))).filter((c) => !was.includes(c));
      if (was.length > 0) expect(added.length).toBeGreaterThan(0);
      let known = was;
      // The second may be a mate of the first.
      for (let n = 0; n < 2; n++)
        known = [...known, ...added.filter((c) => known.some((k) => PARTNER[k] === c || SAME_THEME[k]?.includes(c)))];
      for (const c of added) expect(known).toContain(c);
    }
  });

  it('leaves out what patches cover and what is too small to be made out', () => {
    const clean = makeScene(3, { evidence: 1 });
    expect(onlyShown(clean)).toEqual(clean);
    const [first] = clean.objects as [Scene['objects'][number]];
    const covered = { ...clean, degrade: { ...clean.degrade, patches: [first.box] } };
    expect(onlyShown(covered).objects).not.toContainEqual(first);
    expect(onlyShown({ ...clean, degrade: { ...clean.degrade, blur: 50 } }).objects).toEqual([]);
  });

  it('and the source gives both, with their epsilon; contrasts have hallucinated captions', () => {
    const source = world.knowledge({ scenes: 40, evidence: 0.4 });
    const epsilons = Array.from({ length: 40 }, (_, i) => source.get(i).epsilon);
    expect(new Set(epsilons)).toEqual(new Set([-1, 1]));
    expect(source.get(7)).toEqual(world.knowledge({ scenes: 40, evidence: 0.4 }).get(7));
    const contrasts = world.contrasts({ scenes: 40, negatives: 3, changes: ['object', 'color'] });
    for (let i = 0; i < 40; i++) {
      const { text, hallucinated } = contrasts.get(i);
      expect(hallucinated).toHaveLength(3);
      expect(hallucinated).not.toContain(text);
    }
  });
});
