// The machinery of `hostile`: bars and verdicts, attacks that are told apart, files that are what they seem. Speeds are not tested.

import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { fileType } from '../src/media/file-type.js';
import { ATTACKS } from './hostile/attacks.js';
import { gifBomb, manyChunks, scanBomb, tiffLoop } from './hostile/image-bombs.js';
import { grayPng, runBmp } from './hostile/images.js';
import { BARS, countOf, failures, type Row, summary, tableHead, tableRow } from './hostile/verdict.js';

const good: Row = {
  name: 'nothing',
  seconds: 3,
  main: 0.2,
  statuses: {},
  ...{ pause: BARS.pause, health: BARS.health, healthMost: 90, chunks: 100, failed: 0, refused: 0, clientLate: 3 },
  ...{ block: 20, waited: 5, late: 30, heap: 40, external: 100 },
  ...{ rss: 200 + 256, rssAfter: 120, recovery: 0, recovered: true, quiet: 100, cached: 0, allowed: 0 },
};

describe('a row', () => {
  it('passes at every bar', () => {
    expect(failures(good)).toEqual([]);
    expect(failures({ ...good, statuses: { 200: 1, 0: 2, 429: 5, 503: 4 }, rss: 200 + 256 + 64 + 10, allowed: 64, cached: 10 })).toEqual(
      [],
    );
    expect(failures({ ...good, crowded: true, refused: 3 })).toEqual([]);
    expect(tableRow(good).split('|')).toHaveLength(tableHead().split('\n')[0]?.split('|').length ?? 0);
  });

  it.each<[string, Partial<Row>]>([
    ['pause', { pause: 251 }],
    ['block', { block: 251 }],
    ['health', { health: 51 }],
    ['honest', { failed: 1 }],
    ['honest', { refused: 1 }],
    ['status 500', { statuses: { 200: 3, 500: 1 } }],
    ['memory', { rss: 457 }],
    ['memory stays', { recovered: false, rssAfter: 130 }],
    ['no end', { broken: 'no end' }],
  ])('fails the bar of %s', (what, change) => {
    expect(failures({ ...good, ...change })).toEqual([expect.stringContaining(what)]);
    expect(tableRow({ ...good, ...change })).toContain('FAILED');
  });

  it('on a busy machine is not held to wall time', () => {
    expect(failures({ ...good, pause: 9000, health: 900 }, true)).toEqual([]);
    expect(failures({ ...good, block: 9000 }, true)).toHaveLength(1);
  });

  it('counts in the summary', () => {
    const bad = { ...good, name: 'worst', pause: 800 };
    expect(summary([good, bad])).toMatchObject({ attacks: 2, failed: ['worst'], worst: { pause: { value: 800, attack: 'worst' } } });
    expect(countOf([200, 429, 200])).toEqual({ 200: 2, 429: 1 });
  });
});

describe('attacks', () => {
  it('have names of their own', () => {
    const names = ATTACKS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(150);
  });

  it('hold files of the kind that they say', async () => {
    const kinds = [grayPng(8, 8), runBmp(100, 50), gifBomb(20, 10, 5), tiffLoop(), await scanBomb(16, 16, 3)].map(
      (file) => fileType(file)?.name,
    );
    expect(kinds).toEqual(['a PNG image', 'a BMP image', 'a GIF image', 'a TIFF image', 'a JPEG image']);
    expect(await sharp(gifBomb(20, 10, 5)).metadata()).toMatchObject({ width: 20, height: 10, pages: 5 });
    expect(await sharp(manyChunks(100)).metadata()).toMatchObject({ width: 64, height: 64 });
  });
});
