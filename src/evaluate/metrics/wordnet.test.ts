// WordNet's files read: synsets, exceptions, endings; METEOR with its synonyms.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meteorCounts, meteorOf } from './meteor.js';
import { readWordNet } from './wordnet.js';

let dir: string;
const licence = '  1 This is the head of a file, which is no entry.\n';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'wordnet-'));
  const files: Record<string, string> = {
    'index.noun':
      'car n 2 3 @ ~ + 2 1 02958343 02959942  \nauto n 1 2 @ ~ 1 1 02958343  \nhot_dog n 1 1 @ 1 0 07697537  \nmouse n 1 1 @ 1 0 02330245  \n',
    'index.verb': 'car v 1 1 @ 1 0 09999999  \ndash v 1 1 @ 1 1 02055649  \nscoot v 1 1 @ 1 1 02055649  \n',
    'index.adj': 'big a 1 1 & 1 1 01382086  \nlarge a 1 1 & 1 1 01382086  \n',
    'index.adv': 'fast r 1 0 1 0 00086000  \n',
    'noun.exc': 'mice mouse\n',
    'verb.exc': '',
    'adj.exc': 'bigger big\n',
    'adv.exc': '',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), name.startsWith('index') ? licence + text : text);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('WordNet', () => {
  it('synonyms share a synset, by themselves or by their base forms', async () => {
    const { synonyms, words } = await readWordNet(dir);
    expect(words).toBe(8);
    expect(synonyms('car', 'auto')).toBe(true);
    expect(synonyms('cars', 'autos')).toBe(true);
    expect(synonyms('dashes', 'scooted')).toBe(true);
    expect(synonyms('bigger', 'largest')).toBe(true);
    expect(synonyms('mice', 'mouse')).toBe(true);
    expect(synonyms('car', 'mouse')).toBe(false);
    expect(synonyms('nonsense', 'car')).toBe(false);
    // The same number in another part of speech is another synset.
    expect(synonyms('car', 'fast')).toBe(false);
  });

  it('METEOR counts a synonym with weight 0.8, and not without the table', async () => {
    const { synonyms } = await readWordNet(dir);
    const counts = (own?: typeof synonyms) => meteorCounts(['a', 'big', 'car'], [['a', 'large', 'auto']], own);
    expect(counts()[1]).toBe(1);
    expect(counts(synonyms)[1]).toBe(3);
    expect(counts(synonyms)[2]).toBeCloseTo(0.25 + 2 * 0.8 * 0.75, 12);
    expect(meteorOf(counts(synonyms))).toBeGreaterThan(meteorOf(counts()));
  });

  it('other files are named', async () => {
    await expect(readWordNet(join(dir, 'nowhere'))).rejects.toMatchObject({ code: 'util.missing' });
    await writeFile(join(dir, 'index.adv'), 'this is prose\n');
    await expect(readWordNet(dir)).rejects.toMatchObject({ code: 'evaluate.wordnet' });
  });
});
