// Means over seeds, the front of the figure, and a report that holds its numbers and escapes what it is given.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { TrustRow } from './bench.js';
import { paretoFigure, paretoFront, paretoPoints, seedPoints } from './pareto.js';
import { writeTrustReport } from './report.js';
import { overSeeds, SEED_METRICS, type SeededBench } from './seeds.js';
import { seedCells, trustCells } from './table.js';

const equal = (name: string, chair: number, change = 0) => ({
  name,
  chair,
  low: chair,
  high: chair,
  change,
  changeLow: change,
  changeHigh: change,
});
const row = (method: string, chair: number, coverage: number, change?: number): TrustRow => ({
  method,
  scores: [
    { name: 'CHAIR-i', value: chair, low: chair - 0.1, high: chair + 0.1, n: 10, better: 'lower' },
    { name: 'coverage', value: coverage, low: coverage - 0.1, high: coverage + 0.1, n: 10, better: 'higher' },
    { name: 'words', value: 20, low: 19, high: 21, n: 10, better: 'neither' },
    { name: 'text false', value: 0, low: 0, high: 1, n: 0, better: 'lower' },
  ],
  equal: equal(method, chair, change),
  ...(change === undefined ? {} : { pair: { coverage, base: equal('base', 0.5), own: equal(method, chair, change) } }),
  passes: 30,
  milliseconds: 200,
});
const run = (seed: number, shift = 0): SeededBench => ({
  seed,
  n: 10,
  coverage: 0.3,
  rows: [row('base', 0.5 + shift, 0.6), row('a <b>', 0.3 + shift, 0.5, -0.2 + shift)],
});

test('means over seeds', () => {
  const scores = overSeeds([run(1), run(2, 0.1), run(3, 0.2)]);
  const find = (metric: string, setting: string) => scores.find((s) => s.metric === metric && s.setting === setting);
  expect(find('CHAIR-i', 'base')).toMatchObject({ n: 3, mean: expect.closeTo(0.6) });
  // Student's t of two degrees of freedom: 4.303 * 0.1 / sqrt(3).
  expect(find('CHAIR-i', 'base')?.low).toBeCloseTo(0.6 - 0.2484, 3);
  expect(find(SEED_METRICS.change, 'a <b>')?.values).toEqual([-0.2, -0.1, 0]);
  expect(find(SEED_METRICS.change, 'base')).toBeUndefined();
  expect(find('text false', 'base')).toBeUndefined();
  const cells = seedCells([run(1), run(2, 0.1), run(3, 0.2)]);
  expect(cells[0]).toEqual(['', 'base', 'a <b>']);
  const after = (name: string) => cells[cells.findIndex(([head]) => head === name) + 1];
  expect(after(SEED_METRICS.change)?.at(-1)).toBe('2 of 3');
  expect(cells.find(([head]) => head === 'seeds')).toEqual(['seeds', '1, 2, 3']);
});

test('the front has what no other beats in both numbers', () => {
  const points = [
    { x: 1, y: 5 },
    { x: 2, y: 3 },
    { x: 3, y: 4 },
    { x: 4, y: 1 },
  ];
  expect(paretoFront(points, 'lower')).toEqual([points[0], points[1], points[3]]);
  expect(paretoFront(points, 'higher')).toEqual([points[3]]);
  expect(
    paretoFront(
      [
        { x: 1, y: 1 },
        { x: 1, y: 1 },
      ],
      'lower',
    ),
  ).toHaveLength(2);
});

test('the figure has a mark for each method in each panel', () => {
  const svg = paretoFigure(paretoPoints(run(1).rows), 'a & b');
  expect(svg.match(/<circle/g)).toHaveLength(2 + 4 * 2);
  expect(svg).toContain('a &#38; b');
  expect(svg).not.toMatch(/NaN|Infinity/);
  // One method alone: ranges without width.
  expect(paretoFigure(seedPoints([{ ...run(1), rows: [row('base', 0, 0)] }]), 'one')).not.toMatch(/NaN|Infinity/);
});

test('a report in a folder', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'trust-report-'));
  try {
    const left = [{ image: '<gone>.png', reason: 'no such image', place: 'x.json' }];
    const report = {
      model: 'm',
      source: 's',
      runs: [{ ...run(1), left }, run(2)],
      methods: { base: 'as it is' },
      command: 'sensorium trust m',
    };
    const files = await writeTrustReport(dir, report);
    const page = await readFile(files.html, 'utf8');
    expect(page).toContain('a &#60;b&#62;');
    expect(page).toContain('&#60;gone&#62;.png');
    expect(page).not.toContain('<gone>');
    expect(page.match(/<table>/g)).toHaveLength(5);
    expect(JSON.parse(await readFile(files.json, 'utf8'))).toEqual(JSON.parse(JSON.stringify(report)));
    expect(await readFile(files.figure, 'utf8')).toMatch(/^<svg/);
    expect(trustCells({ ...run(1), left }).at(-1)).toEqual(['not scored', '1']);
  } finally {
    await rm(dir, { recursive: true });
  }
});
