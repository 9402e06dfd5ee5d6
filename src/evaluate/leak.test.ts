// Leakage found: the same picture, the same compressed again, the same words; and not found where nothing is shared.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Conversation, Dataset } from '../data/index.js';
import { openImage } from '../media/index.js';
import { loadSprites, makeScene, renderScene } from '../world/index.js';
import type { Benchmark, Row } from './benchmark.js';
import { findLeaks, pictureHash } from './leak.js';

let dir: string;
const files: string[] = [];
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-leak-'));
  const sprites = await loadSprites();
  for (let i = 0; i < 4; i++) {
    const scene = makeScene(i, { seed: 5, size: 96 });
    files.push(join(dir, `${i}.png`));
    await sharp(renderScene(scene, sprites), { raw: { width: 96, height: 96, channels: 3 } })
      .png()
      .toFile(files[i] as string);
  }
  await sharp(files[1]).resize(120, 120).jpeg({ quality: 80 }).toFile(join(dir, 'again.jpg'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const conversation = (image: string, question: string, answer: string): Conversation => ({
  id: image,
  messages: [
    {
      role: 'user',
      content: [
        { type: 'image', source: image, origin: { key: 'image' } },
        { type: 'text', text: question },
      ],
    },
    { role: 'assistant', content: answer },
  ],
  at: { file: 'train', row: 0 },
});
const set = (...rows: Conversation[]): Dataset<Conversation> => ({
  length: rows.length,
  describe: {},
  get: async (i) => rows[i] as Conversation,
});
const bench = (...rows: [image: string, question: string, truth: string][]): Benchmark => ({
  ...{ name: 'mine', title: 'Mine', about: '', maxTokens: 8, score: () => [], right: () => true },
  rows: () =>
    rows.map(([image, question, truth], i): Row => {
      const content = [
        { type: 'image' as const, source: image },
        { type: 'text' as const, text: question },
      ];
      return { id: `r${i}`, kind: 'all', truth, messages: [{ role: 'user', content }] };
    }),
});

describe('leaks', () => {
  it('are found by pixels, by looks and by words', async () => {
    const long = 'What is the color of the small thing that stands to the left of the large house?';
    const data = set(
      conversation(files[0] as string, 'How many dogs are there?', 'two'),
      conversation(files[1] as string, `Well. ${long}`, 'red'),
    );
    const [found] = await findLeaks({
      data,
      benchmarks: [
        bench(
          [files[0] as string, 'How many dogs are there?', 'two'],
          [join(dir, 'again.jpg'), 'Is there a cup?', 'no'],
          [files[2] as string, long, 'blue'],
          [files[3] as string, 'How many dogs are there?', 'three'],
        ),
      ],
    });
    expect(found).toMatchObject({ bench: 'mine', rows: 4, images: 1, nearImages: 1, texts: 2, both: 1 });
    expect(found?.examples).toEqual([
      { row: 'r0', image: 0, text: 0 },
      { row: 'r1', image: 1 },
      { row: 'r2', text: 1 },
    ]);
  });

  it('are not found where nothing is shared, and other pictures look different', async () => {
    const data = set(conversation(files[0] as string, 'How many dogs are there?', 'two'));
    const [found] = await findLeaks({ data, benchmarks: [bench([files[1] as string, 'Where is the cat?', 'left'])] });
    expect(found).toMatchObject({ images: 0, nearImages: 0, texts: 0, both: 0, examples: [] });
    const hashes = await Promise.all(files.map(async (file) => pictureHash(await openImage(file))));
    expect(new Set(hashes.map(({ near }) => near)).size).toBe(4);
    await expect(findLeaks({ data, benchmarks: [], words: 0 })).rejects.toMatchObject({ code: 'data.option' });
  });
});
