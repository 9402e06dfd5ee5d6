// Scenes of twins, expressions that name one object, and pointing: exact by brute force, equal for equal seeds, held out by split.

import { beforeAll, describe, expect, it } from 'vitest';
import { conventionOf } from '../text/index.js';
import { Rng } from '../util/rng.js';
import {
  HELD_OUT_PAIRS,
  isAmbiguous,
  isHeldOutPair,
  isHeldOutTint,
  loadSprites,
  makeTwins,
  nameOf,
  pickReferring,
  pointerShape,
  REFERRING_KINDS,
  referrings,
  relates,
  type Scene,
  SPLITS,
  type Sprites,
  sceneMasks,
  sourceFrom,
  TINTS,
  twinsOf,
  unitBox,
  world,
} from './index.js';

let sprites: Sprites;
beforeAll(async () => {
  sprites = await loadSprites();
});
const scenes = (n: number, options: Parameters<typeof makeTwins>[1] = {}): Scene[] =>
  Array.from({ length: n }, (_, i) => makeTwins(i, options));

describe('makeTwins', () => {
  it('has at least two objects of one category, within the image, in every split', () => {
    for (const split of SPLITS)
      for (const scene of scenes(30, { split })) {
        expect(scene.objects.some((_, i) => twinsOf(scene, i).length > 0)).toBe(true);
        for (const { box } of scene.objects) expect(box.every((v) => v >= 0 && v <= scene.size)).toBe(true);
        const kinds = [...new Set(scene.objects.map(({ category }) => category))];
        const pairs = kinds.flatMap((a) => kinds.filter((b) => a < b && isHeldOutPair(a, b)));
        if (split !== 'test-pairs') expect(pairs).toEqual([]);
        const held = scene.objects.filter(({ category, tint }) => isHeldOutTint(category, tint));
        if (split !== 'test-tints') expect(held).toEqual([]);
      }
    const shown = scenes(40, { split: 'test-pairs' }).filter(({ objects }) =>
      HELD_OUT_PAIRS.some((pair) => pair.every((c) => objects.some(({ category }) => category === c))),
    );
    expect(shown.length).toBeGreaterThan(20);
  });

  it('is the same for the same seed and index, and mostly has twins of other colors', () => {
    expect(scenes(5, { seed: 3 })).toEqual(scenes(5, { seed: 3 }));
    expect(scenes(5, { seed: 3 })).not.toEqual(scenes(5, { seed: 4 }));
    expect(scenes(200).filter((scene) => scene.objects.some((_, i) => isAmbiguous(scene, i))).length).toBeGreaterThan(150);
    expect(() => makeTwins(-1)).toThrow(expect.objectContaining({ code: 'world.option' }));
  });
});

describe('referrings', () => {
  /** Objects that the words of a color or size expression are true of, found anew. */
  const named = (scene: Scene, text: string): number[] => {
    const { objects } = scene;
    const area = (i: number): number => {
      const [x0, y0, x1, y1] = (objects[i] as Scene['objects'][number]).box;
      return (x1 - x0) * (y1 - y0);
    };
    const kin = objects.flatMap((o, i) => (new RegExp(`\\b${nameOf(o.category, 'en')}\\b`).test(text) ? [i] : []));
    const tint = TINTS.findIndex(({ en }) => text.startsWith(`the ${en} `));
    if (tint >= 0) return kin.filter((i) => objects[i]?.tint === tint);
    if (/larg/.test(text)) return kin.filter((i) => kin.every((j) => area(i) >= area(j)));
    return kin.filter((i) => kin.every((j) => area(i) <= area(j)));
  };

  it('names exactly one object', () => {
    const counts = new Map<string, number>();
    for (const scene of scenes(150)) {
      const all = referrings(scene, 'en');
      for (const { kind, text, target } of all) {
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
        // No two objects of a scene have the same expression.
        expect(all.filter((one) => one.text === text).map((one) => one.target)).toEqual([target]);
        if (kind === 'color' || kind === 'size') expect(named(scene, text)).toEqual([target]);
        if (kind === 'relation') {
          const relation = (['left', 'right', 'above', 'below'] as const).find((r) => text.includes(` ${r}`)) as 'left';
          const anchor = scene.objects.findIndex(({ category }) => text.endsWith(` the ${nameOf(category, 'en')}`));
          expect([target, ...twinsOf(scene, target)].filter((i) => relates(scene, i, anchor, relation) !== 'no')).toEqual([target]);
        }
      }
      expect(referrings(scene, 'zh').map(({ target }) => target)).toEqual(all.map(({ target }) => target));
    }
    for (const kind of REFERRING_KINDS) expect(counts.get(kind)).toBeGreaterThan(30);
  });

  it('counts from either side', () => {
    const scene = scenes(200).find((s) => referrings(s, 'en', ['ordinal']).some(({ text }) => text.includes('second'))) as Scene;
    for (const { text, target } of referrings(scene, 'en', ['ordinal'])) {
      const middle = (i: number): number => (scene.objects[i]?.box[0] as number) + (scene.objects[i]?.box[2] as number);
      const row = [target, ...twinsOf(scene, target)].sort((a, b) => middle(a) - middle(b));
      const place = row.indexOf(target);
      const from = /right/.test(text) ? row.length - 1 - place : place;
      expect(from).toBe(/most/.test(text) ? 0 : ['first', 'second', 'third', 'fourth'].findIndex((word) => text.includes(word)));
    }
  });
});

describe('sources', () => {
  it('world.referring writes the box of what it asks for, in the convention asked for', () => {
    for (const place of [
      { name: 'shikra', digits: 2 },
      { name: 'ofa', bins: 64 },
    ] as const) {
      const source = world.referring({ scenes: 20, place });
      const convention = conventionOf(place);
      for (let i = 0; i < source.length; i++) {
        const { scene, turns, targets = [] } = source.get(i);
        expect(turns).toHaveLength(2 * targets.length);
        expect(targets.length).toBeGreaterThan(0);
        for (const [t, target] of targets.entries()) {
          const [box] = convention.parse(turns[2 * t + 1]?.content as string);
          const true_ = unitBox(scene, scene.objects[target] as Scene['objects'][number]);
          for (const [k, v] of (box as number[]).entries())
            expect(Math.abs(v - (true_[k] as number))).toBeLessThanOrEqual(convention.error + 1e-9);
        }
      }
      expect(sourceFrom(JSON.parse(JSON.stringify(source.description))).get(3)).toEqual(source.get(3));
    }
    const masks = world.referring({ scenes: 3, place: { mask: '<SEG>' }, by: ['color'] }).get(0);
    expect(masks.turns).toHaveLength(2);
    expect(masks.turns[1]?.content).toContain('<SEG>');
  });

  it('named replies name the thing before the same box', () => {
    for (const language of ['en', 'zh'] as const) {
      const said = (named: boolean, i: number): string[] =>
        world
          .referring({ scenes: 20, language, named })
          .get(i)
          .turns.map(({ content }) => content);
      for (let i = 0; i < 20; i++) {
        const plain = said(false, i);
        for (const [k, reply] of said(true, i).entries()) {
          if (k % 2 === 0) continue;
          const [words = '', box] = reply.split(/ (?=\[)/);
          expect(box).toBe(plain[k]);
          expect(words).not.toBe('');
          expect(plain[k - 1]?.toLowerCase()).toContain(words.toLowerCase());
        }
      }
    }
  });

  it('world.referring of single scenes asks for the one object', () => {
    const { scene, turns, targets } = world.referring({ scenes: 4, single: true, place: { name: 'ofa', bins: 64 } }).get(2);
    expect(scene.objects).toHaveLength(1);
    expect(targets).toEqual([0]);
    expect(turns).toHaveLength(2);
    expect(() => world.referring({ single: true, by: ['color'] })).toThrow(expect.objectContaining({ code: 'world.option' }));
    expect(() => world.regions({ single: true })).toThrow(expect.objectContaining({ code: 'world.option' }));
  });

  it('world.regions points at what it asks about', () => {
    const source = world.regions({ scenes: 12, turns: 3 });
    for (let i = 0; i < source.length; i++) {
      const { scene, turns } = source.get(i);
      expect(turns).toHaveLength(6);
      for (const [t, { pointer }] of turns.entries()) {
        if (!pointer) continue;
        const shape = pointerShape(scene, pointer, sprites);
        const { box, tint } = scene.objects[pointer.target] as Scene['objects'][number];
        const inside = ([x, y]: readonly number[]): boolean =>
          (x as number) * scene.size >= box[0] &&
          (x as number) * scene.size <= box[2] &&
          (y as number) * scene.size >= box[1] &&
          (y as number) * scene.size <= box[3];
        if ('point' in shape) expect(inside(shape.point)).toBe(true);
        if ('scribble' in shape) expect(shape.scribble.every(inside)).toBe(true);
        if ('mask' in shape) expect(shape.mask.data).toEqual(sceneMasks(scene, sprites)[pointer.target]);
        const { content: asked } = turns[t] as { content: string };
        if (/color/.test(asked)) expect(turns[t + 1]?.content).toBe(TINTS[tint]?.en);
      }
    }
  });

  it('refuses options that cannot be', () => {
    for (const wrong of [{ by: ['mood'] }, { by: [] }, { turns: 0 }])
      expect(() => world.referring(wrong as never)).toThrow(expect.objectContaining({ code: 'world.option' }));
    expect(() => world.referring({ place: { name: 'x' } as never })).toThrow(expect.objectContaining({ code: 'text.box' }));
    expect(() => world.regions({ pointers: ['finger'] as never })).toThrow(expect.objectContaining({ code: 'world.option' }));
    expect(pickReferring({ ...makeTwins(0), objects: [] }, { language: 'en', rng: new Rng(0) })).toBeUndefined();
  });
});
