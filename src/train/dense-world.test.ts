// Dense samples: what patches are told about relations, checked against the scene, and which scenes are taken.

import { describe, expect, it } from 'vitest';
import { cellLabels, groupsOf, loadSprites, makeScene, RELATIONS, relationFacts, type Scene, type Sprites } from '../world/index.js';
import { denseSample, denseScenes, RELATION_GROUPS } from './dense-world.js';

const sprites: Sprites = await loadSprites();
const GRID = 8;

describe('relations of patches', () => {
  it('name what can be asked for, at every patch of what it is asked about', () => {
    let seen = 0;
    for (let i = 0; i < 30; i++) {
      const scene = makeScene(i);
      const { labels } = denseSample(scene, sprites, GRID);
      const cells = cellLabels(scene, sprites, GRID);
      for (const f of relationFacts(scene, groupsOf(scene)))
        cells.forEach((k, patch) => {
          if (k !== f.referent.objects[0]) return;
          seen++;
          expect(labels[f.relation]?.[patch]).toBe(f.category);
        });
      for (const r of RELATIONS) expect([...cells].some((k, patch) => k < 0 && (labels[r]?.[patch] as number) >= 0)).toBe(false);
    }
    expect(seen).toBeGreaterThan(100);
  });

  it('have a class for every category, which the text tower need not embed', () => {
    expect(RELATION_GROUPS.map((g) => g.name)).toEqual([...RELATIONS]);
    expect(RELATION_GROUPS.every((g) => g.unspoken && g.phrases.length === 48)).toBe(true);
  });
});

describe('denseScenes', () => {
  const weight = (scene: Scene): number => relationFacts(scene, groupsOf(scene)).reduce((sum, f) => sum + f.weight, 0);

  it('takes the scene in which most can be asked of relations', () => {
    const at = denseScenes(sprites, GRID, { seed: 3, singles: 16, candidates: 4 });
    for (let i = 0; i < 15; i++) {
      const scenes = [0, 1, 2, 3].map((k) => makeScene(4 * i + k, { seed: 3 }));
      const best = scenes.reduce((a, b) => (weight(b) > weight(a) ? b : a));
      expect(at(i).pixels).toEqual(denseSample(best, sprites, GRID).pixels);
    }
  });

  it('shows a single object as often as is asked for', () => {
    const at = denseScenes(sprites, GRID, { seed: 3, singles: 4 });
    for (let i = 0; i < 12; i++)
      expect(at(i).pixels).toEqual(denseSample(makeScene(i, { seed: 3, single: i % 4 === 3 }), sprites, GRID).pixels);
  });
});
