// Worlds of one medium: the same seed gives the same items, answers are true of what is drawn, and guesses and lost order stay at chance.

import { describe, expect, test } from 'vitest';
import { Rng } from '../util/rng.js';
import { type MediaSourceOptions, type MediaWorld, mediaSource } from './media-world.js';
import { type CloudItem, cloudPoints, MEDIA_WORLDS, points, SHAPES_3D, soundSamples, sounds, VOICES, videos } from './media-worlds.js';
import { loadSprites, renderScene } from './render.js';
import type { Film } from './videos.js';
import { frameScene } from './videos.js';
import { CATEGORIES } from './vocabulary.js';

const open = (world: MediaWorld, options: Readonly<Record<string, unknown>>) => mediaSource(world, options as MediaSourceOptions);

describe.each(MEDIA_WORLDS.map((world) => [world.name, world] as const))('%s', (_, world) => {
  test('equal seeds and numbers give equal items, others do not', () => {
    const [a, b, c] = [open(world, { seed: 3 }), open(world, { seed: 3 }), open(world, { seed: 4 })];
    for (const i of [0, 7, 999]) {
      expect(a.get(i)).toEqual(b.get(i));
      expect(a.get(i)).not.toEqual(c.get(i));
      expect(a.get(i).key).not.toBe(c.get(i).key);
    }
    expect(a.get(1).item).not.toEqual(open(world, { seed: 3, split: 'test' }).get(1).item);
    expect(open(world, { seed: 3, offset: 5 }).get(2)).toEqual(a.get(7));
  });

  test('refuses unknown options, by name', () => {
    for (const wrong of [{ split: 'nowhere' }, { kinds: ['nothing'] }, { kinds: [] }, { items: -1 }, { language: 'xx' }, { captions: 2 }])
      expect(() => open(world, wrong), JSON.stringify(wrong)).toThrow(expect.objectContaining({ code: 'world.option' }));
    for (const [dial, { to }] of Object.entries(world.dials))
      expect(() => open(world, { [dial]: to + 1 })).toThrow(expect.objectContaining({ code: 'world.option' }));
    expect(() => open(world, { items: 2 }).get(2)).toThrow(expect.objectContaining({ code: 'world.index' }));
  });

  test('every kind of question comes, in both languages, in every split', () => {
    for (const split of world.splits)
      for (const language of ['en', 'zh']) {
        const source = open(world, { split, language, items: 150 });
        const kinds = new Set<string>();
        for (let i = 0; i < 150; i++) {
          const { item, turns } = source.get(i);
          expect(turns.length).toBeGreaterThan(1);
          for (const kind of world.kinds) {
            const asked = world.ask(item, kind, { language: language as 'en' | 'zh', rng: new Rng(i) });
            if (!asked) continue;
            kinds.add(kind);
            expect(asked.answer, asked.question).not.toBe('');
            expect(asked.question).not.toMatch(/[XYZ]|undefined/);
          }
          expect(world.caption(item, { language: language as 'en' | 'zh', rng: new Rng(i) })).not.toMatch(/undefined|NaN/);
        }
        const missing = world.kinds.filter((kind) => !kinds.has(kind));
        expect(missing, `${split} ${language}`).toEqual(world.name === 'points' && split === 'test-rotated' ? ['position'] : []);
      }
  });
});

describe('videos', () => {
  const films = (n: number, o = {}) => {
    const source = videos({ items: n, seed: 1, ...o });
    return Array.from({ length: n }, (_, i) => source.get(i).item);
  };

  test('questions of order have the first and the second name as answer equally often', () => {
    const counts: Record<string, [number, number]> = {};
    for (const [i, film] of films(600).entries())
      for (const kind of ['order', 'direction', 'color', 'size', 'turn']) {
        const asked = videos.world.ask(film, kind, { language: 'en', rng: new Rng(i) });
        if (!asked) continue;
        const [before = '', after = ''] = asked.question.split(' or ');
        const at = counts[kind] ?? [0, 0];
        counts[kind] = at;
        const inFirst = before.includes(asked.answer);
        expect(inFirst || after.includes(asked.answer), asked.question).toBe(true);
        at[inFirst ? 0 : 1]++;
      }
    for (const [kind, [a, b]] of Object.entries(counts)) expect(Math.abs(a - b) / Math.sqrt(a + b), kind).toBeLessThan(3.3);
  });

  test('frames without their order tell nothing: a film backwards has the same frames and the other answer', () => {
    const backwards = (film: Film): Film => ({
      ...film,
      // Who came first comes last.
      actors: [...film.actors.slice(0, film.parts).reverse(), ...film.actors.slice(film.parts)].map((actor) => ({
        ...actor,
        frames: [...actor.frames].reverse(),
      })),
    });
    let compared = 0;
    for (const [i, film] of films(250, { frames: 9 }).entries()) {
      if (film.plot === 'visits') {
        const long = film.actors.slice(0, film.parts).map(({ frames }) => frames.filter((frame) => frame !== null).length);
        expect(new Set(long).size).toBe(1);
      }
      for (const kind of ['direction', 'color', 'size', 'turn', 'order']) {
        const asked = videos.world.ask(film, kind, { language: 'en', rng: new Rng(i) });
        if (!asked) continue;
        // Of two parts, the same draws name the same actors in the other order.
        if (kind === 'color' || (kind === 'order' && film.parts !== 2)) continue;
        const other = videos.world.ask(backwards(film), kind, { language: 'en', rng: new Rng(i) });
        expect(other?.answer, asked.question).not.toBe(asked.answer);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(60);
  });

  test('what is drawn is what the film says', async () => {
    const sprites = await loadSprites();
    const film = films(200).find(({ plot }) => plot === 'turns') as Film;
    const [up, down] = [0, film.frames - 1].map((t) => renderScene(frameScene(film, t), sprites));
    expect(up).not.toEqual(down);
    const part = videos.world.part(film, 'k', sprites) as unknown as { frames: { data: Uint8Array }[] };
    expect(part.frames).toHaveLength(film.frames);
    expect(part.frames[0]?.data).toEqual(up);
    for (const actor of film.actors) expect(CATEGORIES[actor.category]).toBeDefined();
  });
});

describe('points', () => {
  test('lie on their shapes: spheres have one radius, cubes a face, plates one height', () => {
    for (const [shape, { en, sample }] of SHAPES_3D.entries()) {
      const rng = new Rng(shape);
      for (let i = 0; i < 200; i++) {
        const [x, y, z] = sample(rng);
        if (en === 'sphere') expect(Math.hypot(x, y, z)).toBeCloseTo(1, 10);
        if (en === 'cube') expect(Math.max(Math.abs(x), Math.abs(y), Math.abs(z))).toBe(0.8);
        if (en === 'plate') expect(y).toBe(0);
        if (en === 'torus') expect((Math.hypot(x, z) - 0.75) ** 2 + y * y).toBeCloseTo(0.0625, 10);
        if (en === 'cone' && y > -1) expect(Math.hypot(x, z)).toBeCloseTo((0.8 * (1 - y)) / 2, 10);
      }
    }
  });

  test('have the asked number, finite places and colors of their tints', () => {
    const { item } = points({ points: 256, noise: 0 }).get(5);
    const cloud = cloudPoints(item);
    expect(cloud.points.length).toBe(256 * 6);
    expect(cloud.points.every(Number.isFinite)).toBe(true);
    expect(cloudPoints(item)).toEqual(cloud);
  });

  test('held-out colors of shapes are in their split alone', () => {
    const pairs = (split: string): Set<string> => {
      const source = points({ split, items: 400 });
      return new Set(
        Array.from({ length: 400 }, (_, i) => source.get(i).item as CloudItem).flatMap(({ solids }) =>
          solids.map((s) => `${s.shape}/${s.tint}`),
        ),
      );
    };
    const [train, held] = [pairs('train'), pairs('test-pairs')];
    expect([...held].filter((pair) => train.has(pair))).toEqual([]);
  });
});

describe('sounds', () => {
  test('are as long as they say, within full scale, and silent between events', () => {
    const source = sounds({ noise: 0, seconds: 3, seed: 2, items: 50 });
    for (let i = 0; i < 5; i++) {
      const { item } = source.get(i);
      const samples = soundSamples(item);
      expect(samples.length).toBe(48_000);
      expect(samples.every((v) => Math.abs(v) <= 1)).toBe(true);
      const inside = (t: number): boolean => item.events.some(({ at, seconds }) => t >= at - 1e-3 && t <= at + seconds + 1e-3);
      const loud = item.events.map(({ at, seconds }) => {
        let sum = 0;
        for (let t = Math.round(at * 16_000); t < (at + seconds) * 16_000; t++) sum += (samples[t] ?? 0) ** 2;
        return sum;
      });
      expect(Math.min(...loud)).toBeGreaterThan(1);
      expect(samples.some((v, k) => v !== 0 && !inside(k / 16_000))).toBe(false);
      expect(item.events.every(({ at }, k) => k === 0 || at > (item.events[k - 1]?.at ?? 0))).toBe(true);
    }
  });

  test('sweeps rise and fall: crossings of zero come denser or rarer', () => {
    for (const [name, rises] of [
      ['rising sweep', true],
      ['falling sweep', false],
    ] as const) {
      const { sample } = VOICES.find(({ en }) => en.one === name) as (typeof VOICES)[number];
      const crossings = (from: number, to: number): number => {
        let count = 0;
        for (let t = from; t < to; t += 1e-4)
          if (sample(t, { seconds: 1, pitch: 1, rng: new Rng(0) }) < 0 !== sample(t + 1e-4, { seconds: 1, pitch: 1, rng: new Rng(0) }) < 0)
            count++;
        return count;
      };
      expect(crossings(0.02, 0.3) < crossings(0.7, 0.98), name).toBe(rises);
    }
  });
});
