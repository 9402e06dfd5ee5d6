// The most related of several scenes: which one it is, that sources take it, and wrong numbers of candidates.

import { describe, expect, it } from 'vitest';
import { mostRelated } from './crowded.js';
import { groupsOf, relationFacts } from './facts.js';
import { makeScene, type Scene } from './scene.js';
import { world } from './sources.js';

const askable = (scene: Scene): number => relationFacts(scene, groupsOf(scene)).reduce((sum, f) => sum + f.weight, 0);

describe('mostRelated', () => {
  it('is the scene itself with one candidate, and none of several has more to ask about', () => {
    for (let i = 0; i < 20; i++) {
      expect(mostRelated(i, { seed: 2 })).toEqual(makeScene(i, { seed: 2 }));
      const best = mostRelated(i, { seed: 2 }, 3);
      const all = [0, 1, 2].map((k) => makeScene(3 * i + k, { seed: 2 }));
      expect(all).toContainEqual(best);
      expect(askable(best)).toBe(Math.max(...all.map(askable)));
    }
  });

  it('is what a source with candidates takes; one candidate changes nothing', () => {
    const plain = world.instructions({ scenes: 20, seed: 4 });
    expect(world.instructions({ scenes: 20, seed: 4, candidates: 1 }).get(7)).toEqual(plain.get(7));
    expect(world.instructions({ scenes: 20, seed: 4, candidates: 2 }).get(7).scene).toEqual(mostRelated(7, { seed: 4 }, 2));
  });

  it.each([0, 1.5, 65, -1])('%s candidates are an error that says what is allowed', (candidates) => {
    expect(() => world.captions({ candidates })).toThrow(/from 1 to 64/);
  });
});
