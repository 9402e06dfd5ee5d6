// Two runs: pairs by name, scores with tests by known values, rows that changed sides; runs that cannot be compared.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareRuns } from './compare.js';
import { pairedDifference, pairedRatio } from './metrics/paired.js';
import { comparedSample, comparisonJson, renderComparison } from './report/compare-page.js';
import { readRunRows } from './run-rows.js';

let dir: string;
const file = (name: string): string => join(dir, name);
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'compare-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function run(name: string, lines: readonly object[]) {
  await writeFile(file(name), lines.map((line) => JSON.stringify(line)).join('\n'));
  return readRunRows(file(name));
}
const line = (i: number, right: boolean, more: object = {}) => ({
  bench: 'toy',
  row: `k ${i}`,
  kind: 'k',
  question: `Q${i}?`,
  truth: 'yes',
  reply: right ? 'yes' : 'no',
  right,
  version: 1,
  ...more,
});

describe('paired ratios', () => {
  test('with one below every line it is the difference of means', () => {
    const a = Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? 1 : 0));
    const b = Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? 1 : 0));
    const ones = (values: number[]) => values.map((value) => [value, 1] as const);
    const ratio = pairedRatio(ones(a), ones(b), { samples: 4000 });
    const mean = pairedDifference(a, b, { samples: 4000 });
    expect(ratio).toMatchObject({ a: 1 / 3, b: 1 / 2, n: 60 });
    expect(ratio.difference).toBeCloseTo(mean.difference, 12);
    for (const key of ['low', 'high', 'p'] as const) expect(Math.abs(ratio[key] - mean[key])).toBeLessThan(0.03);
  });
  test('sums over sums, rows with nothing below count nothing', () => {
    // CHAIR-i: 1 of 4 objects against 3 of 6.
    const found = pairedRatio(
      [
        [1, 3],
        [0, 1],
        [0, 0],
      ],
      [
        [2, 3],
        [1, 3],
        [0, 0],
      ],
    );
    expect(found).toMatchObject({ a: 0.25, b: 0.5, difference: 0.25, n: 3 });
    expect(pairedRatio([[1, 2]], [[1, 2]])).toMatchObject({ difference: 0, low: 0, high: 0, p: 1 });
    expect(pairedRatio([], [])).toMatchObject({ a: 0, b: 0, p: 1 });
    // With strata the ratios are added: 1/2 + 1/1 against 1/2 + 0/1.
    const tasks = pairedRatio(
      [
        [1, 2, 'a'],
        [1, 1, 'b'],
      ],
      [
        [1, 2, 'a'],
        [0, 1, 'b'],
      ],
    );
    expect(tasks).toMatchObject({ a: 1.5, b: 0.5, difference: -1, low: -1, high: -1 });
    expect(() => pairedRatio([[1, 1]], [])).toThrow(expect.objectContaining({ code: 'evaluate.paired' }));
  });
});

describe('two runs', () => {
  test('rows are paired by name, in any order; the others are named', async () => {
    const a = await run('a.jsonl', [line(0, true), line(1, true), line(2, false), line(3, true), line(8, true)]);
    const b = await run('b.jsonl', [line(3, true), line(2, true), line(1, false), line(0, false), line(9, true)]);
    const [toy] = compareRuns(a, b).benchmarks;
    expect(toy).toMatchObject({ bench: 'toy', n: 4, onlyA: ['k 8'], onlyB: ['k 9'], right: { a: 0.75, b: 0.5, onlyA: 2, onlyB: 1, p: 1 } });
    expect(toy?.gained.map((pair) => pair.a.row)).toEqual(['k 2']);
    expect(toy?.lost.map((pair) => pair.b.row)).toEqual(['k 0', 'k 1']);
  });

  test('each score has its test; F1 follows from precision and recall', async () => {
    // A: 3 TP, 1 FN, 1 FP, 3 TN. B: 4 TP, 0 FN, 2 FP, 2 TN.
    const scores = (truth: boolean, yes: boolean) => ({
      'accuracy, k': truth === yes ? 1 : 0,
      ...(yes ? { 'precision, k': truth ? 1 : 0 } : {}),
      ...(truth ? { 'recall, k': yes ? 1 : 0 } : {}),
    });
    const rows = (said: boolean[]) =>
      said.map((yes, i) => line(i, i < 4 === yes, { ...scores(i < 4, yes), 'CHAIR-i': { score: 0.5, n: 2 } }));
    const a = await run('a.jsonl', rows([true, true, true, false, true, false, false, false]));
    const b = await run('b.jsonl', rows([true, true, true, true, true, true, false, false]));
    const { scores: found } = compareRuns(a, b).benchmarks[0] ?? { scores: [] };
    const values = Object.fromEntries(found.map(({ name, a: x, b: y, n }) => [name, [x, y, n]]));
    expect(values).toEqual({
      'accuracy, k': [0.75, 0.75, 8],
      'F1, k': [6 / 8, 8 / 10, 6],
      'precision, k': [3 / 4, 4 / 6, 6],
      'recall, k': [3 / 4, 1, 4],
      'CHAIR-i': [0.5, 0.5, 8],
    });
    expect(found.find(({ name }) => name === 'CHAIR-i')).toMatchObject({ difference: 0, p: 1 });
    expect(compareRuns(a, b, { seed: 3, samples: 200 })).toEqual(compareRuns(a, b, { seed: 3, samples: 200 }));
  });

  test('what one run has alone is not compared, but F1 of one that never says yes is 0', async () => {
    const a = await run('a.jsonl', [line(0, false, { 'recall, k': 0, 'F1, k': 0, odd: 0 })]);
    const b = await run('b.jsonl', [line(0, true, { 'recall, k': 1, 'precision, k': 1 })]);
    const found = compareRuns(a, b).benchmarks[0]?.scores.map((score) => [score.name, score.a, score.b]);
    expect(found).toEqual([
      ['F1, k', 0, 1],
      ['recall, k', 0, 1],
    ]);
  });

  test('sums over tasks are compared task by task; what weighs rows by all others only over the same rows', async () => {
    const image = (task: string, i: number, score: number, cider: number) =>
      line(i, true, { perception: { score, n: 1, stratum: task }, 'CIDEr-D': { score: cider, n: 1, corpus: true } });
    const a = await run('a.jsonl', [image('count', 0, 200, 1), image('count', 1, 50, 2), image('color', 2, 100, 0)]);
    const b = await run('b.jsonl', [image('count', 0, 200, 1), image('count', 1, 200, 2), image('color', 2, 0, 3)]);
    const scores = compareRuns(a, b).benchmarks[0]?.scores;
    expect(scores).toMatchObject([
      { name: 'perception', a: 225, b: 200, difference: -25, n: 3 },
      { name: 'CIDEr-D', a: 1, b: 2, difference: 1, n: 3 },
    ]);
    const less = await run('c.jsonl', [image('count', 0, 200, 1), image('color', 2, 100, 0)]);
    expect(compareRuns(a, less).benchmarks[0]).toMatchObject({ uncompared: ['CIDEr-D'], scores: [{ name: 'perception', a: 300, b: 300 }] });
  });

  test('logs of lmms-eval: metrics plain and nested, rows by the ids of their data', async () => {
    const log = (i: number, score: number) => ({
      doc_id: i,
      doc: { question_id: `q${i}`, category: 'c', question: 'x' },
      target: 'yes',
      resps: [['r']],
      pope_accuracy: { question_id: `q${i}`, score, prediction: 'r' },
      exact_match: score === 1,
    });
    const a = await run('20250102_030405_samples_pope.jsonl', [log(0, 1), log(1, 0)]);
    const b = await run('samples_pope_2025-01-02T03-04-05.678.jsonl', [log(1, 1), log(0, 1)]);
    expect(a.rows[0]).toMatchObject({ bench: 'pope', row: 'c q0', reply: 'r', truth: 'yes' });
    const [pope] = compareRuns(a, b).benchmarks;
    expect(pope?.scores.map(({ name, a: x, b: y }) => [name, x, y])).toEqual([
      ['pope_accuracy', 0.5, 1],
      ['exact_match', 0.5, 1],
    ]);
    expect(pope?.right).toBeUndefined();
  });

  test('a folder with its directions', async () => {
    await writeFile(file('samples_toy.jsonl'), JSON.stringify(line(0, true, { 'CHAIR-i': 1 })));
    await writeFile(file('results.json'), JSON.stringify({ higher_is_better: { toy: { 'CHAIR-i': false } } }));
    await rm(file('20250102_030405_samples_pope.jsonl'), { force: true });
    await rm(file('samples_pope_2025-01-02T03-04-05.678.jsonl'), { force: true });
    const folder = await readRunRows(dir);
    expect(folder.rows).toHaveLength(1);
    expect(compareRuns(folder, folder).benchmarks[0]?.scores).toMatchObject([{ name: 'CHAIR-i', better: 'lower' }]);
  });

  test.each<[string, object[], object[], object]>([
    ['another question', [line(0, true)], [line(0, true, { question: 'Other?' })], { got: expect.stringContaining('"Other?"') }],
    ['another truth', [line(0, true)], [line(0, true, { truth: 'no' })], { expected: expect.stringContaining('truth "yes"') }],
    ['another version', [line(0, true)], [line(0, true, { version: 2 })], { place: 'toy', expected: expect.stringContaining('version 1') }],
    ['no row in common', [line(0, true)], [line(1, true)], { expected: 'rows such as toy, k 0' }],
    ['a row twice', [line(0, true), line(0, true)], [line(0, true)], { got: expect.stringContaining('line 1') }],
    ['something else', [{ a: 1 }], [line(0, true)], { got: 'the fields a' }],
  ])('%s: refused', async (_, a, b, error) => {
    await expect((async () => compareRuns(await run('a.jsonl', a), await run('b.jsonl', b)))()).rejects.toMatchObject({
      code: 'evaluate.paired',
      ...error,
    });
  });

  test('the page escapes its texts and shows both replies of rows that changed sides', async () => {
    const hostile = '<script>alert(1)</script>';
    const a = await run('a.jsonl', [line(0, true, { question: hostile, reply: hostile, accuracy: 1 })]);
    const b = await run('b.jsonl', [line(0, false, { question: hostile, accuracy: 0 })]);
    const comparison = compareRuns(a, b);
    const samples = comparison.benchmarks.flatMap(({ bench, lost }) => lost.map((pair) => comparedSample(bench, pair)));
    const page = renderComparison({ comparison, samples, samplesNote: '1 row', command: hostile, versions: {} });
    expect(page).not.toContain('<script>alert');
    expect(['data-result="lost"', 'accuracy', '−1.000', '✓ right', '✗ wrong'].filter((text) => !page.includes(text))).toEqual([]);
    expect(comparisonJson(comparison)).toMatchObject({
      benchmarks: [{ gained: [], lost: [{ row: 'k 0', a: `${file('a.jsonl')}, line 1` }] }],
    });
  });
});
