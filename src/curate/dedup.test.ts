// Deduplication against brute force: every joined pair is similar, every similar pair is joined, in memory-bounded pieces.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { decodeImage } from '../media/index.js';
import { Rng } from '../util/rng.js';
import { dedup } from './dedup.js';
import { RowSets } from './groups.js';
import { nearHashes } from './hamming-index.js';
import { HashCounts } from './hash-counts.js';
import { bitsToHex, dHash, hamming, hexToBits, pHash, popcount } from './image-hash.js';
import { BandKeys, bandsFor, jaccard, shareChance, shinglesOf } from './minhash.js';
import { blobs, writeFiles } from './testing.js';
import { comparable, hash64 } from './text.js';

const dir = await mkdtemp(join(tmpdir(), 'sensorium-dedup-'));
afterAll(() => rm(dir, { recursive: true, force: true }));

const WORDS = 'red green blue dog cat house tree river boat child woman man street car train bird flower garden table chair window light cloud sky sea beach sand rock mountain snow'.split(' '); // biome-ignore format: a list

/** Sentences, a third of them a copy of an earlier one with one word changed. */
function sentences(n: number, seed: number): string[] {
  const rng = new Rng(seed);
  const out: string[] = [];
  for (let i = 0; i < n; i++) {
    if (i > 10 && rng.bool(0.3)) {
      const words = (out[rng.int(i)] as string).split(' ');
      words[rng.int(words.length)] = `${rng.pick(WORDS)}${rng.int(9)}`;
      out.push(words.join(' '));
    } else out.push(Array.from({ length: 12 + rng.int(20) }, () => `${rng.pick(WORDS)}${rng.int(9)}`).join(' '));
  }
  return out;
}

/** Leaders of the sets of all pairs that are the same. */
function bruteForce(n: number, same: (a: number, b: number) => boolean): number[] {
  const sets = new RowSets(n);
  for (let b = 0; b < n; b++) for (let a = 0; a < b; a++) if (same(a, b)) sets.join(a, b);
  return Array.from({ length: n }, (_, i) => sets.leader(i));
}

describe('dedup', () => {
  it('finds the sets of texts that brute force finds', async () => {
    const texts = sentences(500, 3);
    const shingles = texts.map((text) => shinglesOf(comparable(text), 5));
    const wanted = bruteForce(texts.length, (a, b) => jaccard(shingles[a] as Uint32Array, shingles[b] as Uint32Array) >= 0.7);
    const file = join(dir, 'texts.jsonl');
    await writeFile(file, texts.map((caption, i) => JSON.stringify({ id: `t${i}`, caption })).join('\n'));
    const out = join(dir, 'texts');
    const report = await dedup(file, { out, by: 'text', jaccard: 0.7, to: 'list' });
    const kept = (await readFile(join(out, 'kept.jsonl'), 'utf8')).trim().split('\n').map((line) => (JSON.parse(line) as { row: number }).row); // biome-ignore format: one line
    expect(kept).toEqual(wanted.flatMap((leader, i) => (leader === i ? [i] : [])));
    expect(report).toMatchObject({ rows: 500, kept: kept.length, duplicates: 500 - kept.length, skipped: 0, by: 'text' });
    expect(report.duplicates).toBeGreaterThan(60);
  });

  it('finds all near hashes, and only these', () => {
    const rng = new Rng(5);
    const n = 1500;
    const [high, low] = [new Uint32Array(n), new Uint32Array(n)];
    for (let i = 0; i < n; i++) {
      const from = i > 0 && rng.bool(0.5) ? rng.int(i) : -1;
      [high[i], low[i]] = from < 0 ? [rng.u32(), rng.u32()] : [high[from] as number, low[from] as number];
      for (let k = rng.int(8); from >= 0 && k > 0; k--) {
        const bit = rng.int(64);
        if (bit < 32) high[i] = ((high[i] as number) ^ (1 << bit)) >>> 0;
        else low[i] = ((low[i] as number) ^ (1 << (bit - 32))) >>> 0;
      }
    }
    for (const distance of [0, 1, 3, 4, 7, 9]) {
      const found = new Set<string>();
      const rows = Uint32Array.from({ length: n }, (_, i) => i);
      nearHashes(rows, { high, low, distance, skip: () => false, near: (a, b) => void found.add(`${a},${b}`) });
      const wanted = new Set<string>();
      for (let b = 0; b < n; b++)
        for (let a = 0; a < b; a++)
          if (popcount((high[a] as number) ^ (high[b] as number)) + popcount((low[a] as number) ^ (low[b] as number)) <= distance)
            wanted.add(`${a},${b}`);
      expect(found.size).toBe(wanted.size);
      expect([...wanted].filter((pair) => !found.has(pair))).toEqual([]);
    }
  });

  it('compares images by pHash, also with their texts, and keeps the first', async () => {
    const [dog, cat] = [await blobs(1, { width: 320, height: 240 }), await blobs(2, { width: 320, height: 240 })];
    const small = await sharp(dog).resize(160, 120).jpeg({ quality: 60 }).toBuffer();
    const rows: Record<string, string | Uint8Array> = {
      'a.jpg': dog,
      'a.txt': 'a dog on the grass in front of a house',
      'b.jpg': cat,
      'b.txt': 'a dog on the grass in front of a house',
      'c.jpg': small,
      'c.txt': 'a dog on the grass in front of a house!',
      'd.jpg': small,
      'd.txt': 'something else altogether',
      'e.jpg': 'no picture',
      'e.txt': 'broken',
    };
    const folder = await writeFiles(join(dir, 'pictures'), rows);
    const kept = async (by: 'image' | 'text' | 'either' | 'pair'): Promise<string[]> => {
      const out = join(dir, `by-${by}`);
      await dedup(folder, { out, by, to: 'folder' });
      const names = (await readdir(out, { recursive: true })).filter((name) => name.endsWith('.json') && name.includes('/0'));
      const ids = await Promise.all(names.map(async (name) => (JSON.parse(await readFile(join(out, name), 'utf8')) as { id: string }).id));
      return ids.sort();
    };
    expect(await kept('image')).toEqual(['a', 'b']);
    expect(await kept('text')).toEqual(['a', 'd']);
    expect(await kept('either')).toEqual(['a']);
    expect(await kept('pair')).toEqual(['a', 'b', 'd']);
  });

  it('goes on after a stop, and refuses what it cannot compare', async () => {
    const file = join(dir, 'many.jsonl');
    await writeFile(file, sentences(5500, 8).map((caption) => JSON.stringify({ caption })).join('\n')); // biome-ignore format: one line
    const out = join(dir, 'stopped');
    const stop = new AbortController();
    const onProgress = ({ stage, done }: { stage: string; done: number }): void => {
      if (stage === 'fingerprints' && done > 4500) stop.abort();
    };
    await expect(dedup(file, { out, by: 'text', to: 'list', signal: stop.signal, onProgress })).rejects.toMatchObject({
      name: 'AbortError',
    });
    await expect(dedup(file, { out, by: 'text', jaccard: 0.9, to: 'list', resume: true })).rejects.toMatchObject({ code: 'curate.resume' });
    const resumed = await dedup(file, { out, by: 'text', to: 'list', resume: true });
    expect(resumed).toEqual(await dedup(file, { out: join(dir, 'through'), by: 'text', to: 'list' }));
    expect(await readFile(join(out, 'kept.jsonl'))).toEqual(await readFile(join(dir, 'through', 'kept.jsonl')));
    await expect(dedup(file, { out: join(dir, 'x'), by: 'image' })).rejects.toMatchObject({ code: 'curate.images' });
    await expect(dedup(file, { out: join(dir, 'x'), by: 'text', jaccard: 0.1 })).rejects.toMatchObject({ code: 'curate.option' });
  });
});

describe('hashes', () => {
  it('of an image stay near when it is scaled and compressed, and differ between images', async () => {
    const [one, two] = [
      await decodeImage(await blobs(7, { width: 400, height: 300 })),
      await decodeImage(await blobs(8, { width: 400, height: 300 })),
    ];
    const small = await decodeImage(await sharp(await blobs(7, { width: 400, height: 300 })).resize(133, 100).webp({ quality: 50 }).toBuffer()); // biome-ignore format: one line
    for (const hash of [pHash, dHash]) {
      expect(hamming(hash(one), hash(small))).toBeLessThanOrEqual(4);
      expect(hamming(hash(one), hash(two))).toBeGreaterThan(12);
      expect(hexToBits(bitsToHex(hash(one)))).toEqual(hash(one));
    }
    // A picture of one color has no frequencies.
    const flat = { width: 40, height: 40, data: new Uint8Array(4800).fill(77) };
    expect(hamming(pHash(flat), pHash({ ...flat, data: new Uint8Array(4800).fill(200) }))).toBe(0);
  });

  it('of bands meet as often as the formula says', () => {
    const bands = bandsFor(0.8);
    expect(bands.bands * bands.rows).toBeLessThanOrEqual(64);
    expect(shareChance(bands, 0.8)).toBeGreaterThanOrEqual(0.999);
    expect(shareChance({ bands: 16, rows: 4 }, 0.5)).toBeCloseTo(1 - (1 - 0.0625) ** 16, 12);
    const [keys, rng] = [new BandKeys(bands), new Rng(1)];
    const [a, b] = [new Uint32Array(64), new Uint32Array(64)];
    let [met, wanted] = [0, 0];
    const trials = 1500;
    for (let t = 0; t < trials; t++) {
      const shared = Array.from({ length: 20 }, () => rng.u32());
      const sets = [0, 1].map(() => Uint32Array.from([...shared, ...Array.from({ length: 12 }, () => rng.u32())]).sort());
      keys.of(sets[0] as Uint32Array, a);
      keys.of(sets[1] as Uint32Array, b);
      wanted += shareChance(bands, jaccard(sets[0] as Uint32Array, sets[1] as Uint32Array));
      if (Array.from({ length: bands.bands }, (_, k) => a[k] === b[k]).some(Boolean)) met++;
    }
    // Five standard deviations.
    expect(Math.abs(met - wanted)).toBeLessThan(5 * Math.sqrt(trials * 0.25));
  });

  it('of texts are counted exactly', () => {
    const counts = new HashCounts();
    const rng = new Rng(9);
    const plain = new Map<string, number>();
    for (let i = 0; i < 20_000; i++) {
      const text = `caption ${rng.int(3000)}`;
      plain.set(text, (plain.get(text) ?? 0) + 1);
      expect(counts.add(hash64(text))).toBe(plain.get(text));
    }
    expect(counts.size).toBe(plain.size);
    expect([...counts.above(10)].length).toBe([...plain.values()].filter((n) => n > 10).length);
    expect(counts.get(hash64('another'))).toBe(0);
  });
});
