// The existing path nearest to a misspelled one: over folders and names, with other cases and endings, and what is said where there is none.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nearestPath, pathHint } from './near-path.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-near-'));
  await mkdir(join(dir, 'examples/finetune'), { recursive: true });
  for (const name of ['train.json', 'test.json', 'Photo.JPG']) await writeFile(join(dir, 'examples/finetune', name), '');
});
afterAll(() => rm(dir, { recursive: true, force: true }));

it.each([
  ['examples/fintune/trian.json', 'examples/finetune/train.json'],
  ['examples/finetune/train', 'examples/finetune/train.json'],
  ['examples/finetune/photo.jpg', 'examples/finetune/Photo.JPG'],
  ['exmaples/./finetune/', 'examples/finetune'],
])('%s', (path, near) => {
  expect(nearestPath(join(dir, path))).toBe(join(dir, near));
});

it('says how far a path leads where nothing is close', () => {
  expect(nearestPath(join(dir, 'examples/other/train.json'))).toBeUndefined();
  expect(pathHint(join(dir, 'examples/other/train.json'))).toBe(`Check the path: ${join(dir, 'examples')} holds nothing called other`);
  expect(pathHint('no-such-thing-at-all')).toContain(`${process.cwd()} holds nothing called no-such-thing-at-all`);
  expect(pathHint(join(dir, 'examples/finetune/train.json/more'))).toContain('holds nothing called more');
});
