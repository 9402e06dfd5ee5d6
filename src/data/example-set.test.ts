// The data set in examples/finetune: whole, small, and with nothing of the test in training.

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkData, conversations, mediaOf } from './index.js';

const dir = join(import.meta.dirname, '..', '..', 'examples', 'finetune');

async function names(file: string): Promise<Set<string>> {
  const set = await conversations(join(dir, file)).open();
  const found = new Set<string>();
  for (let i = 0; i < set.length; i++) for (const { origin } of mediaOf(await set.get(i))) found.add(origin.name as string);
  set.dispose();
  return found;
}

it('has good rows only, each picture in one of its two parts, in less than 1.5 MB', async () => {
  expect(await checkData(join(dir, 'train.json'))).toMatchObject({ format: 'llava', samples: 100, images: 100, turns: 215, badRows: 0 });
  expect(await checkData(join(dir, 'test.json'))).toMatchObject({ samples: 22, images: 22, badRows: 0 });
  const [train, test] = [await names('train.json'), await names('test.json')];
  expect([train.size, test.size, new Set([...train, ...test]).size]).toEqual([50, 11, 61]);
  const files = await readdir(join(dir, 'images'));
  expect(files.map((name) => `images/${name}`).sort()).toEqual([...train, ...test].sort());
  let bytes = 0;
  for (const name of files) bytes += (await stat(join(dir, 'images', name))).size;
  expect(bytes).toBeLessThan(1.5e6);
});
