// The parts of rows in scores: their means are the scores, and scores that are no means have none.

import { describe, expect, test } from 'vitest';
import type { Answered, Benchmark } from './benchmark.js';
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
