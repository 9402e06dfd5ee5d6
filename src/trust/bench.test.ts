// The bench of corrections with a model that makes things up in a known way: what each method must do to its captions.

import { expect, test } from 'vitest';
import { worldScenes } from '../evaluate/world-source.js';
import { CATEGORIES, type Scene } from '../world/index.js';
import { loadSprites } from '../world/render.js';
import { trustBench } from './bench.js';
import { worldImages } from './images.js';
import { methodsNamed, otherModel, type TrustMethod, type TrustModel } from './methods/index.js';

/** An object that is not in the scene. */
const absent = (scene: Scene): string => CATEGORIES.find((_, c) => !scene.objects.some(({ category }) => category === c))?.id as string;
const present = (scene: Scene): string => CATEGORIES[scene.objects[0]?.category as number]?.id as string;

test('every method over six scenes', async () => {
  const scenes = worldScenes(await loadSprites(), { seed: 2 });
  const n = 6;
  const sceneOf = new Map(Array.from({ length: n }, (_, i) => [scenes.image(i).part, scenes.scene(i)]));
  // Greedy: one true object, one made up with little confidence. Drawn: the true one alone. VCD: makes up two. Probes: always yes.
  const model: TrustModel = async (image, { question, vcd, seed }) => {
    const scene = sceneOf.get(image) as Scene;
    if (/^Is there/.test(question)) return { text: 'yes', tokens: [{ text: 'yes', logProb: 0 }], passes: 1 };
    const there = { text: `A ${present(scene)}`, logProb: -0.01 };
    const other = CATEGORIES.filter(
      ({ id }) => id !== absent(scene) && !scene.objects.some(({ category }) => CATEGORIES[category]?.id === id),
    )[0]?.id;
    const tokens =
      seed !== undefined
        ? [there, { text: '.', logProb: 0 }]
        : [there, { text: ` and a ${absent(scene)}`, logProb: -2 }, { text: vcd ? ` and a ${other}.` : '.', logProb: 0 }];
    return { text: tokens.map(({ text }) => text).join(''), tokens, passes: tokens.length };
  };
  let passes = 0;
  let clock = 0;
  const bench = await trustBench({
    images: worldImages(scenes),
    n,
    model,
    verifier: {
      passes: () => passes,
      replies: async (conversations) =>
        conversations.map((messages) => {
          passes += 3;
          const [image, question] = (messages[0] as { content: unknown }).content as [object, { text: string }];
          const scene = [...sceneOf].find(([part]) => part.source === (image as { source: unknown }).source)?.[1] as Scene;
          return question.text.includes(` ${present(scene)} `) ? 'yes' : 'no';
        }),
    },
    detector: {
      labels: CATEGORIES.map(({ id }) => id),
      detect: async (image) => {
        const scene = sceneOf.get(image) as Scene;
        return scene.objects.map(({ category, box }) => ({ label: CATEGORIES[category]?.id ?? '', box, score: 1 }));
      },
    },
    // What was masked goes.
    revisor: async (image, { question }) => {
      const scene = sceneOf.get(image) as Scene;
      expect(question).toBe(`Correct this caption: A ${present(scene)} and a [IDK].`);
      return { text: `A ${present(scene)}.`, tokens: [], passes: 2 };
    },
    samples: 2,
    now: () => clock++,
  });
  expect(bench.rows.map(({ method }) => method)).toEqual([
    'base',
    'vcd',
    'log-probability',
    'consistency',
    'woodpecker',
    'woodpecker-detector',
    'lure',
  ]);
  const row = (method: string) => bench.rows.find((r) => r.method === method) as (typeof bench.rows)[number];
  const score = (method: string, name: string) => row(method).scores.find((s) => s.name === name)?.value;
  expect(score('base', 'CHAIR-i')).toBe(0.5);
  expect(score('vcd', 'CHAIR-i')).toBeCloseTo(2 / 3);
  for (const method of ['log-probability', 'consistency', 'woodpecker', 'woodpecker-detector', 'lure']) {
    expect([method, score(method, 'CHAIR-i')]).toEqual([method, 0]);
    expect(score(method, 'coverage')).toBe(score('base', 'coverage'));
  }
  expect([row('base').passes, row('vcd').passes, row('log-probability').passes, row('consistency').passes]).toEqual([3, 6, 3, 3 + 2 * 2]);
  // A question for each of the two objects.
  expect(row('woodpecker').passes).toBe(3 + 2 * 3);
  expect(row('lure').passes).toBe(3 + 2);
  // The detector alone: it knows of both.
  expect(row('woodpecker-detector').passes).toBe(3 + 1);
  expect([row('log-probability').auroc, row('consistency').auroc, row('base').auroc]).toEqual([1, 1, undefined]);
  expect(row('base').pope).toMatchObject({ recall: 1, precision: 0.5, yesRatio: 1 });
  expect(row('woodpecker').pope).toBeUndefined();
  expect(row('base').pair).toBeUndefined();
  expect(row('vcd').pair).toMatchObject({ base: { chair: 0 }, own: { chair: 0, change: 0 } });
  expect(row('vcd').pair?.coverage).toBe(score('base', 'coverage'));
  // At equal coverage nothing was made up before the first object.
  expect(bench.rows.map(({ equal }) => equal.chair)).toEqual([0, 0, 0, 0, 0, 0, 0]);
});

test('methods by name, and what they lack', async () => {
  expect(methodsNamed(['woodpecker', 'vcd']).map(({ name }) => name)).toEqual(['base', 'vcd', 'woodpecker']);
  expect(() => methodsNamed(['woodpeker'])).toThrow(expect.objectContaining({ code: 'trust.method' }));
  const images = worldImages(worldScenes(await loadSprites(), { seed: 2 }));
  const model: TrustModel = async () => ({ text: 'A dog.', tokens: [], passes: 1 });
  const run = (methods?: readonly TrustMethod[]) => trustBench({ images, model, methods, n: 1, now: () => 0 });
  expect((await run()).rows.map(({ method }) => method)).toEqual(['base', 'vcd', 'log-probability', 'consistency']);
  await expect(run(methodsNamed(['woodpecker']))).rejects.toMatchObject({ code: 'trust.method' });
  await expect(run([otherModel('base', model)])).rejects.toMatchObject({ code: 'trust.method' });
  const other = otherModel('other', async (_, { question }) => ({ text: /^Is there/.test(question) ? 'no' : '', tokens: [], passes: 2 }));
  const { rows } = await run([other]);
  expect(rows.map(({ method, passes, pope }) => [method, passes, pope?.yesRatio])).toEqual([
    ['base', 1, 0],
    ['other', 2, 0],
  ]);
});
