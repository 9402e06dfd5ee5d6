// Annotated images of one's own: COCO instances and rows, their truth, and what is counted because it has none.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodePng } from '../media/image.js';
import { annotatedImages } from './annotated.js';
import { trustBench } from './bench.js';
import { extractClaims } from './claims.js';
import type { TrustModel } from './methods/index.js';
import { judgeByTruth } from './truth.js';

const dir = await mkdtemp(join(tmpdir(), 'annotated-'));
afterAll(() => rm(dir, { recursive: true }));
const at = (name: string) => join(dir, name);

beforeAll(async () => {
  const png = await encodePng({ width: 20, height: 10, data: new Uint8Array(600).fill(90) });
  for (const name of ['a.png', 'b.png', 'c.png']) await writeFile(at(name), png);
  await writeFile(at('broken.png'), png.subarray(0, 40));
  const coco = {
    images: ['a.png', 'b.png', 'gone.png', 'c.png', 'broken.png'].map((file_name, i) => ({ id: i + 1, file_name, width: 20, height: 10 })),
    annotations: [
      { image_id: 1, category_id: 18, bbox: [0, 0, 5, 5] },
      { image_id: 1, category_id: 18, bbox: [12, 0, 5, 5] },
      { image_id: 2, category_id: 17, bbox: [1, 1, 4, 4], iscrowd: 1 },
      { image_id: 3, category_id: 17, bbox: [1, 1, 4, 4] },
      { image_id: 5, category_id: 17, bbox: [1, 1, 4, 4] },
    ],
    categories: [
      { id: 17, name: 'cat' },
      { id: 18, name: 'dog' },
    ],
  };
  await writeFile(at('instances.json'), JSON.stringify(coco));
});

test('instances of COCO', async () => {
  const images = await annotatedImages(at('instances.json'), { images: dir });
  expect(images.length).toBe(3);
  expect(images.faults?.map(({ image, reason }) => [image, reason])).toEqual([
    ['gone.png', 'no such image'],
    ['c.png', 'no truth'],
  ]);
  const verdicts = async (index: number, text: string) => {
    const { truth } = await images.image(index);
    return extractClaims(text, images.vocabulary).map((claim) => [claim.type, judgeByTruth(claim, truth).verdict]);
  };
  expect(await verdicts(0, 'Two puppies and a bicycle; no cat.')).toEqual([
    ['count', 'true'],
    ['existence', 'true'],
    // The file does not annotate bicycles.
    ['existence', 'unknown'],
    ['existence', 'true'],
  ]);
  // A crowd has no number.
  expect(await verdicts(1, 'Two cats.')).toEqual([
    ['count', 'unknown'],
    ['existence', 'true'],
  ]);
  expect(images.probes(3).map(({ index, question, answer }) => [index, question, answer])).toEqual([
    [0, 'Is there a dog in the image?', 'yes'],
    [0, 'Is there a cat in the image?', 'no'],
    [1, 'Is there a cat in the image?', 'yes'],
    [1, 'Is there a dog in the image?', 'no'],
    [2, 'Is there a cat in the image?', 'yes'],
    [2, 'Is there a dog in the image?', 'no'],
  ]);
});

test('the bench counts what it cannot score, each by name', async () => {
  const images = await annotatedImages(at('instances.json'), { images: dir });
  const { openImage } = await import('../media/image.js');
  const model: TrustModel = async (image, { question }) => {
    await openImage(image.source);
    return { text: /^Is there/.test(question) ? 'no' : 'A dog.', tokens: [], passes: 1 };
  };
  const bench = await trustBench({ images, model, methods: [], now: () => 0 });
  expect(bench.n).toBe(2);
  expect(bench.left?.map(({ image }) => image)).toEqual(['gone.png', 'c.png', 'broken.png']);
  expect(bench.rows[0]?.scores.find(({ name }) => name === 'CHAIR-i')).toMatchObject({ value: 0.5, n: 2 });
  expect(bench.rows[0]?.pope).toMatchObject({ n: 4, recall: 0 });
});

test('rows of boxes, of labels and of nothing', async () => {
  const rows = [
    { image: 'a.png', objects: [{ label: 'lantern', box: [0, 0, 5, 5] }], text: ['STOP'] },
    { image: 'b.png', labels: ['lantern', 'kite string'] },
    { image: 'c.png', objects: [] },
    { image: 'a.png' },
  ];
  await writeFile(at('rows.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
  const images = await annotatedImages(at('rows.jsonl'), { images: dir });
  expect([images.length, images.faults?.length]).toEqual([3, 1]);
  // The labels are the vocabulary.
  const verdicts = async (index: number, text: string) => {
    const { truth } = await images.image(index);
    return extractClaims(text, images.vocabulary).map((claim) => judgeByTruth(claim, truth).verdict);
  };
  expect(await verdicts(0, 'Two lanterns, and it says "STOP".')).toEqual(['false', 'true', 'true']);
  expect(await verdicts(1, 'Two lanterns.')).toEqual(['unknown', 'true']);
  expect(await verdicts(2, 'A lantern.')).toEqual(['false']);
  expect((await annotatedImages(at('rows.jsonl'), { images: dir, n: 2, seed: 1 })).length).toBeLessThanOrEqual(2);
});

test('files that are something else', async () => {
  await writeFile(at('captions.jsonl'), '{"image_id": 4, "caption": "a dog"}\n');
  await expect(annotatedImages(at('captions.jsonl'), { images: dir })).rejects.toMatchObject({ code: 'evaluate.row' });
  await writeFile(at('none.jsonl'), '{"image": "a.png"}\n{"image": "gone.png", "labels": ["dog"]}\n');
  await expect(annotatedImages(at('none.jsonl'), { images: dir })).rejects.toMatchObject({ code: 'evaluate.rows' });
  await writeFile(at('out.jsonl'), '{"image": "../a.png", "labels": ["dog"]}\n');
  await expect(annotatedImages(at('out.jsonl'), { images: dir })).rejects.toMatchObject({ code: 'evaluate.row' });
  const wrong = { images: [{ id: 1, file_name: 'a.png' }], annotations: [{ image_id: 1, category_id: 3 }], categories: [] };
  await writeFile(at('wrong.json'), JSON.stringify(wrong));
  await expect(annotatedImages(at('wrong.json'), { images: dir })).rejects.toMatchObject({ code: 'evaluate.row' });
});
