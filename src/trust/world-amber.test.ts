// AMBER's questions over scenes, and the claims that stand in for a judge.

import { beforeAll, expect, test } from 'vitest';
import type { Answered, Benchmark, Row } from '../evaluate/benchmark.js';
import { worldScenes, worldVocabulary } from '../evaluate/world-source.js';
import { caption, loadSprites, makeScene, type Sprites } from '../world/index.js';
import { worldAmber } from './world-amber.js';
import { checkWorldClaims } from './world-claims.js';

let sprites: Sprites;
beforeAll(async () => {
  sprites = await loadSprites();
});

test('always no is right about all existence questions and half of the balanced ones', async () => {
  const benchmark = worldAmber(worldScenes(sprites, { seed: 2 })) as unknown as Benchmark;
  const rows: Row[] = [];
  for await (const row of benchmark.rows({ n: 10 })) rows.push(row);
  expect(rows).toHaveLength(50);
  const value = (reply: (row: Row) => string, name: string): number => {
    const done: Answered[] = rows.map((row) => ({ ...row, reply: reply(row) }));
    return benchmark.score(done).find((score) => score.name === name)?.value ?? Number.NaN;
  };
  expect(value(() => 'No.', 'accuracy, existence')).toBe(1);
  expect(value(() => 'No.', 'accuracy, existence, balanced')).toBe(0.5);
  expect(value(() => 'No.', 'accuracy, attribute')).toBe(0.5);
  expect(value(() => 'No.', 'accuracy, relation')).toBe(0.5);
  expect(value(({ truth }) => truth, 'F1, all')).toBe(1);
});

test('captions of the world make true claims only; a thing that is not there is a false one', () => {
  const vocabulary = worldVocabulary();
  for (let i = 0; i < 40; i++) {
    const scene = makeScene(i, { split: 'test', seed: 3 });
    const text = caption(scene, { language: 'en', detail: 'long' });
    const { right, wrong, cover } = checkWorldClaims(scene, text, vocabulary);
    expect([wrong, cover], text).toEqual([0, 1]);
    expect(right).toBeGreaterThan(scene.objects.length > 0 ? 0 : -1);
  }
  const scene = makeScene(0, { split: 'test', seed: 3, maxObjects: 1 });
  const absent = scene.objects[0]?.category === 0 ? 'cat' : 'dog';
  expect(checkWorldClaims(scene, `There is a ${absent}.`, vocabulary)).toMatchObject({ right: 0, cover: 0 });
  expect(checkWorldClaims(scene, `There is a ${absent}.`, vocabulary).wrong).toBeGreaterThan(0);
  expect(checkWorldClaims(scene, `There is no ${absent}.`, vocabulary)).toMatchObject({ right: 1, wrong: 0 });
});
