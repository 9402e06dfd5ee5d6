// `sensorium data lrv`: scenes and boxes of one's own as files that are read again, names in two languages, and what is refused.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conversations } from '../data/index.js';
import { worldVocabulary } from '../evaluate/world-source.js';
import { readerOf } from './data-lrv.js';
import { main } from './main.js';

describe('sensorium data lrv', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sensorium-cli-lrv-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));
  const run = (...args: string[]): Promise<number> => main(['data', 'lrv', ...args], { out: () => {}, err: () => {} });

  it('writes scenes with their images', async () => {
    const out = join(dir, 'world.jsonl');
    expect(await run('--from', 'world', '--out', out, '--scenes', '4', '--language', 'mixed', '--seed', '5')).toBe(0);
    const set = await conversations(out).open();
    expect(set.length).toBe(4);
    expect((await set.get(3)).messages.length).toBeGreaterThan(1);
    set.dispose();
    expect(await run('--from', 'world', '--out', out, '--scenes', '4')).toBe(1);
  });

  it('reads boxes of COCO, with names in Chinese', async () => {
    await sharp({ create: { width: 60, height: 40, channels: 3, background: '#555' } })
      .png()
      .toFile(join(dir, 'a.png'));
    const annotations = [{ id: 1, image_id: 1, category_id: 1, bbox: [1, 1, 20, 20] }];
    const coco = { images: [{ id: 1, file_name: 'a.png' }], categories: [{ id: 1, name: 'dog' }], annotations };
    await writeFile(join(dir, 'coco.json'), JSON.stringify(coco));
    const out = join(dir, 'coco.jsonl');
    expect(await run('--from', join(dir, 'coco.json'), '--out', out, '--language', 'zh', '--negatives', '0')).toBe(0);
    expect(await readFile(out, 'utf8')).toMatch(/图中有一个狗/);
  });

  it('captions are searched for the objects of a vocabulary', () => {
    const { nameOf, mentions } = readerOf(worldVocabulary());
    expect(nameOf('butterfly')).toMatchObject({ en: 'butterfly', enPlural: 'butterflies', zh: '蝴蝶' });
    expect(nameOf('spaceship')).toMatchObject({ en: 'spaceship', zh: 'spaceship' });
    expect(mentions?.('two dogs and a red dog near a bus')).toEqual(['dog', 'bus']);
  });

  it.each([
    ['no data', ['--out', 'x.jsonl']],
    ['a language', ['--from', 'world', '--out', 'x.jsonl', '--language', 'fr']],
    ['a share', ['--from', 'world', '--out', 'x.jsonl', '--negatives', '2']],
  ])('%s is refused as a wrong call', async (_, args) => {
    expect(await run(...args)).toBe(2);
  });
});
