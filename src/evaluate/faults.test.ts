// Bad rows and replies: an error that names them, or counted and named in the result; never silently dropped or scored.

import { describe, expect, test } from 'vitest';
import type { Benchmark, Row } from './benchmark.js';
import { questionOf } from './benchmark.js';
import { folder } from './benchmarks/files-testing.js';
import { own } from './benchmarks/own.js';
import { qa } from './benchmarks/qa.js';
import { FAULT_KINDS, Faults } from './faults.js';
import type { PartialResponder } from './responder.js';
import { type BenchRecord, type BenchResult, runBenchmarks } from './runner.js';

/** Six questions in groups of two; the score is how many rows are there, and how many replies are right. */
const pairs: Benchmark = {
  name: 'pairs',
  title: 'Pairs',
  about: 'two by two',
  maxTokens: 4,
  *rows() {
    for (let i = 0; i < 6; i++)
      yield { kind: 'k', group: String(i >> 1), messages: [{ role: 'user', content: `q${i}` }], truth: String(i) } satisfies Row;
  },
  score: (done) => [
    { name: 'right', value: done.filter((r) => r.reply === r.truth).length, low: 0, high: 6, n: done.length, better: 'higher' },
  ],
  right: (row) => row.reply === row.truth,
};
const says = (reply: (question: string) => string | undefined): PartialResponder => ({
  replies: async (conversations) => conversations.map((messages) => reply(questionOf(messages))),
});
const run = async (responder: PartialResponder, more = {}): Promise<BenchResult> => {
  const [result] = await runBenchmarks({ benchmarks: [pairs], responder, ...more });
  return result as BenchResult;
};

describe('rows without a reply', () => {
  const partly = says((q) => (q === 'q3' ? undefined : q.slice(1)));

  test('are an error that names them', async () => {
    await expect(run(partly)).rejects.toMatchObject({
      code: 'evaluate.replies',
      place: 'model, pairs',
      expected: '6 replies',
      got: '5; there is none for pairs, k, row 4',
    });
  });

  test('are left out when that is wanted, with what is scored together with them, for everybody', async () => {
    const records: BenchRecord[] = [];
    const result = await run(partly, { skipBad: true, onRecord: (record: BenchRecord) => records.push(record) });
    expect(result.faults).toEqual([
      { kind: 'unanswered', n: 1, rows: ['pairs, k, row 4'] },
      { kind: 'group', n: 1, rows: ['pairs, k, row 3'] },
    ]);
    expect(result.n).toBe(4);
    expect(Object.values(result.scores).map(([score]) => score?.n)).toEqual(Object.keys(result.scores).map(() => 4));
    expect(result.scores.model?.[0]?.value).toBe(4);
    expect(records.map(({ truth }) => truth)).toEqual(['0', '1', '4', '5']);
  });

  test('are an error where no row has one', async () => {
    await expect(
      run(
        says(() => undefined),
        { skipBad: true },
      ),
    ).rejects.toMatchObject({ code: 'evaluate.replies', got: expect.stringMatching(/^0; /) });
  });
});

test('empty and very long replies are scored and named', async () => {
  const result = await run(says((q) => (q === 'q0' ? ' \n' : q === 'q1' ? 'x'.repeat(20_001) : q.slice(1))));
  expect(result.scores.model?.[0]).toMatchObject({ value: 4, n: 6 });
  expect(result.faults).toEqual([
    { kind: 'empty reply', n: 1, rows: ['pairs, k, row 1'] },
    { kind: 'long reply', n: 1, rows: ['pairs, k, row 2'] },
  ]);
  expect(await run(says((q) => q.slice(1)))).not.toHaveProperty('faults');
});

test('faults are counted without end and named to twenty', () => {
  const faults = new Faults();
  for (let i = 0; i < 100; i++) faults.add('empty reply', `row ${i}`);
  faults.add('image', 'x');
  expect(faults.list.map(({ kind, n, rows }) => [kind, n, rows.length])).toEqual([
    ['image', 1, 1],
    ['empty reply', 100, 20],
  ]);
  expect(Object.keys(FAULT_KINDS)).toContain('unanswered');
});

describe('rows of files', () => {
  const { path, write, images } = folder();
  const question = (id: string, image?: string) => ({ id, question: `about ${id}?`, image, truth: id });
  const yes = says((q) => q.slice(6, -1));

  test('with ids that come twice and images that are gone: an error, or left out and named', async () => {
    await images('a.png');
    await write('empty.png', new Uint8Array());
    const file = await write('rows.jsonl', [question('1', 'a.png'), question('2', 'gone.png'), question('3', 'empty.png'), question('4')]);
    const twice = await write('twice.jsonl', [question('1'), question('2'), question('1')]);
    const measure = (data: string, more = {}) =>
      runBenchmarks({ benchmarks: [own({ data: [data] })], responder: yes, baselines: false, ...more });
    await expect(measure(file)).rejects.toMatchObject({ code: 'evaluate.images' });
    await expect(measure(twice)).rejects.toMatchObject({ code: 'evaluate.row', place: `${twice}, line 3` });
    const [result] = await measure(file, { skipBad: true });
    expect(result).toMatchObject({
      n: 2,
      faults: [
        { kind: 'image', n: 2, rows: [`${file}, line 2 (${path('gone.png')}: missing)`, `${file}, line 3 (${path('empty.png')}: empty)`] },
      ],
    });
    expect((await measure(twice, { skipBad: true }))[0]).toMatchObject({
      n: 2,
      faults: [{ kind: 'duplicate id', n: 1, rows: [`${twice}, line 3 (1, as in ${twice}, line 1)`] }],
    });
    const gone = await write('gone.jsonl', [question('1', 'gone.png')]);
    await expect(measure(gone, { skipBad: true })).rejects.toMatchObject({ code: 'evaluate.rows', place: gone });
  });

  test('of a data set of conversations, too', async () => {
    const turns = [
      { from: 'human', value: 'about x?' },
      { from: 'gpt', value: 'x' },
    ];
    const file = await write('set.jsonl', [
      { id: 'a', conversations: turns },
      { id: 'b', image: 'not-there.png', conversations: [{ from: 'human', value: '<image>\nabout x?' }, turns[1]] },
    ]);
    const measure = (more = {}) => runBenchmarks({ benchmarks: [qa({ data: [file] })], responder: yes, baselines: false, ...more });
    await expect(measure()).rejects.toMatchObject({ code: 'data.row' });
    const [result] = await measure({ skipBad: true });
    expect(result).toMatchObject({ n: 1, faults: [{ kind: 'row', n: 1, rows: [expect.stringContaining(`${file}, row 1 (image`)] }] });
  });
});
