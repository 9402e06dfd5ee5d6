// Benchmarks of places: the truth is right everywhere, silence nowhere, equal seeds give equal rows, the region does not give the color away.

import { beforeAll, describe, expect, it } from 'vitest';
import { mediaParts } from '../../../text/index.js';
import { readMasks, writeMask } from '../../../text/mask-text.js';
import { loadSprites, type Scene } from '../../../world/index.js';
import type { Answered, Row } from '../../benchmark.js';
import { cumulativeIou, maskIou, maskOverlap } from '../../metrics/masks.js';
import type { Scenes } from '../../scenes.js';
import { worldScenes } from '../../world-source.js';
import { rowsOf } from '../files-testing.js';
import { WORLD_PLACES } from './index.js';
import { worldReferring, worldRegions } from './places.js';

let scenes: Scenes<Scene>;
beforeAll(async () => {
  scenes = worldScenes(await loadSprites(), { seed: 5 });
});
const N = 6;
const mask = (rows: readonly string[]) => ({
  width: (rows[0] as string).length,
  height: rows.length,
  data: Uint8Array.from(rows.join(''), (c) => (c === '#' ? 1 : 0)),
});

describe('benchmarks of places', () => {
  it('are right by the truth, wrong by silence, and the same for the same seed', async () => {
    for (const make of WORLD_PLACES) {
      const benchmark = make(scenes);
      const rows = await rowsOf(benchmark, { n: N });
      expect(rows).toHaveLength(5 * N);
      const reply = (text: (row: Row) => string): Answered[] => rows.map((row) => ({ ...row, reply: text(row) }));
      const true_ = reply(({ truth }) => truth);
      expect(true_.every((row) => benchmark.right(row))).toBe(true);
      expect(reply(() => '').some((row) => benchmark.right(row))).toBe(false);
      expect(benchmark.score(true_)[0]?.value).toBeGreaterThan(0.99);
      expect(benchmark.score(reply(() => ''))[0]?.value).toBe(0);
      const words = (list: readonly Row[]) =>
        list.map(({ truth, kind, messages }) => [truth, kind, JSON.stringify(messages.at(-1)?.content).length]);
      expect(words(await rowsOf(benchmark, { n: N }))).toEqual(words(rows));
    }
  });

  it('referring: the middle and the whole image are no answer', async () => {
    const benchmark = worldReferring(scenes);
    const rows = await rowsOf(benchmark, { n: 20 });
    for (const reply of Object.values(benchmark.constants ?? {}))
      expect(benchmark.score(rows.map((row) => ({ ...row, reply })))[0]?.value).toBeLessThan(0.1);
    expect(rows.every(({ truth }) => /^\[[\d.,]+\]$/.test(truth))).toBe(true);
  });

  it('regions: with a region and without one, and the words are the same for every color', async () => {
    const rows = await rowsOf(worldRegions(scenes), { n: 10 });
    const regions = ({ messages }: Row): number =>
      messages.flatMap(({ content }) => (Array.isArray(content) ? content : [])).filter(({ type }) => type === 'region').length;
    for (const row of rows) {
      expect(regions(row)).toBe(row.kind === 'no region' ? 0 : 1);
      expect(mediaParts(row.messages)).toHaveLength(1);
    }
    expect(new Set(rows.map(({ truth }) => truth)).size).toBeGreaterThan(4);
  });
});

describe('masks', () => {
  const a = mask(['##..', '##..']);
  const b = mask(['.##.', '.##.']);

  it('are read as they were written', () => {
    for (const one of [a, b, mask(['....']), mask(['####'])]) expect(readMasks(`it is ${writeMask(one)}.`)).toEqual([one]);
    expect(writeMask(a)).toBe('<mask 4x2 0,2,2,2,2>');
    expect(readMasks('<mask 4x2 0,2> <mask 99999x99999 1> <mask 2x2 1,1,2>')).toHaveLength(1);
  });

  it('overlap in pixels of the truth, whatever the size of the other', () => {
    expect(maskOverlap(a, b)).toEqual({ intersection: 2, union: 6 });
    expect(maskIou(maskOverlap(a, a))).toBe(1);
    expect(maskIou(maskOverlap(a, undefined))).toBe(0);
    expect(maskIou(maskOverlap(a, mask(['#.'])))).toBe(1);
    const scores = [maskOverlap(a, a), maskOverlap(a, b)];
    expect(cumulativeIou(scores).value).toBeCloseTo(6 / 10, 10);
    expect(cumulativeIou([]).n).toBe(0);
  });
});
