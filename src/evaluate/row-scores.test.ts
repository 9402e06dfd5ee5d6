// The parts of rows in scores: their means are the scores, and scores that are no means have none.

import { describe, expect, test } from 'vitest';
import type { Answered, Benchmark } from './benchmark.js';
import { cocoCaptions } from './benchmarks/captions.js';
import { mmbench } from './benchmarks/mmbench.js';
import { mme } from './benchmarks/mme.js';
import { type PopeRow, popeRight, popeScoreList } from './pope.js';
import { isUnparsed, rowScores } from './row-scores.js';
import { share } from './scores.js';

const pope = {
  name: 'pope',
  title: 'POPE',
  about: '',
  maxTokens: 1,
  rows: () => [],
  score: popeScoreList,
  right: popeRight,
} as Benchmark<PopeRow>;
const probe = (i: number, truth: 'yes' | 'no', reply: string): Answered<PopeRow> => ({
  kind: i % 2 ? 'a' : 'b',
  messages: [{ role: 'user', content: 'Is there a dog in the image?' }],
  truth,
  reply,
});

describe('scores of rows', () => {
  const done = [
    probe(0, 'yes', 'Yes.'),
    probe(1, 'yes', 'Yes.'),
    probe(2, 'no', 'Yes.'),
    probe(3, 'no', 'No.'),
    probe(4, 'yes', 'Yes.'),
    probe(5, 'no', 'Perhaps.'),
  ];
  const scores = rowScores(pope, done);

  test('their means are the scores of all rows; F1 has none', () => {
    for (const { name, value, n } of popeScoreList(done).filter(({ name: own, n: some }) => some > 0 && !own.startsWith('F1'))) {
      const own = scores.flatMap((row) => row.get(name) ?? []);
      expect([
        name,
        own.reduce((sum, part) => sum + part.value * part.n, 0) / own.reduce((sum, part) => sum + part.n, 0),
        own.length,
      ]).toEqual([name, value, n]);
    }
    expect(scores.flatMap((row) => [...row.keys()]).filter((name) => name.startsWith('F1'))).toEqual([]);
    expect(scores.map(isUnparsed)).toEqual([false, false, false, false, false, true]);
  });

  test('a mean over objects has their number', () => {
    const objects: Benchmark = {
      ...(pope as unknown as Benchmark),
      score: (rows) => [
        share(
          'made up',
          rows.flatMap(({ reply }) => [...reply]).filter((c) => c === 'x').length,
          rows.flatMap(({ reply }) => [...reply]).length,
        ),
      ],
    };
    const rows = ['xoo', '', 'x'].map((reply) => ({ ...probe(0, 'yes', reply) }));
    expect(rowScores(objects, rows).map((row) => row.get('made up'))).toEqual([{ value: 1 / 3, n: 3 }, undefined, { value: 1, n: 1 }]);
  });
});

describe('scores of groups and of the whole', () => {
  const source = { data: [], images: undefined };
  const yesNo = (kind: string, image: number, ...replies: string[]) =>
    replies.map((reply, i) => ({
      kind,
      group: `${kind}/${image}`,
      messages: [{ role: 'user', content: 'Is this a dog?' }],
      truth: i === 0 ? 'yes' : 'no',
      reply,
    }));
  const at = (benchmark: unknown, done: unknown, name: string) =>
    rowScores(benchmark as Benchmark, done as Answered[]).map((row) => row.get(name));

  test('a sum over tasks stands at the first row of each image, with its task', () => {
    const done = [...yesNo('count', 0, 'Yes', 'No'), ...yesNo('count', 1, 'Yes', 'Yes'), ...yesNo('color', 0, 'No', 'No')];
    const perception = at(mme(source as never), done, 'perception');
    expect(perception).toEqual([
      { value: 200, n: 1, stratum: 'count' },
      undefined,
      { value: 50, n: 1, stratum: 'count' },
      undefined,
      { value: 50, n: 1, stratum: 'color' },
      undefined,
    ]);
    expect(
      mme(source as never)
        .score(done as never)
        .find(({ name }) => name === 'perception')?.value,
    ).toBe(125 + 50);
    expect(at(mme(source as never), done, 'accuracy+, count')).toEqual([{ value: 1, n: 1 }, undefined, { value: 0, n: 1 }, ...Array(3)]);
    expect(at(mme(source as never), done, 'accuracy, color').slice(4)).toEqual([
      { value: 0, n: 1 },
      { value: 1, n: 1 },
    ]);
  });

  test('right in every order is of the question, right in the first order of its row', () => {
    const turn = (group: string, pass: number, truth: string, reply: string) => ({
      kind: 'all',
      group,
      pass,
      truth,
      reply,
      options: ['a dog', 'a cat'],
      choices: ['A. a dog', 'B. a cat'],
      messages: [],
    });
    const done = [turn('0', 0, 'A', 'A'), turn('0', 1, 'B', 'A'), turn('1', 0, 'A', 'A'), turn('1', 1, 'B', 'B')];
    const bench = mmbench(source as never);
    expect(at(bench, done, 'circular accuracy')).toEqual([{ value: 0, n: 1 }, undefined, { value: 1, n: 1 }, undefined]);
    expect(at(bench, done, 'vanilla accuracy')).toEqual([{ value: 1, n: 1 }, undefined, { value: 1, n: 1 }, undefined]);
  });

  test('CIDEr-D is weighed by the references of all, whatever the replies are', () => {
    const row = (reply: string, ...references: string[]) => ({ kind: 'captions', messages: [], truth: '', reply, references });
    const done = [
      row('a dog runs', 'a dog runs', 'the dog is running'),
      row('a red cup', 'a cup', 'a red cup on a table'),
      row('', 'two cats'),
    ];
    const bench = cocoCaptions(source as never);
    const cider = at(bench, done, 'CIDEr-D');
    const whole = bench.score(done as never).find(({ name }) => name === 'CIDEr-D');
    expect(cider.map((score) => score?.corpus)).toEqual([true, true, true]);
    expect(cider.reduce((sum, score) => sum + (score?.value ?? 0), 0) / 3).toBeCloseTo(whole?.value ?? 0, 12);
    const other = at(bench, [done[0], { ...done[1], reply: 'x' }, done[2]], 'CIDEr-D');
    expect(other[0]).toEqual(cider[0]);
    expect(other[1]?.value).toBe(0);
  });
});
