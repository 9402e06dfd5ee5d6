// Questions of a data set: rows of conversations, several true answers, scores, baselines.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ChatMessage, mediaParts } from '../../text/index.js';
import { type Benchmark, questionOf, type Row } from '../benchmark.js';
import { anls } from '../metrics/anls.js';
import { encodePng } from '../report/png.js';
import { runBenchmarks, scoreOf } from '../runner.js';
import { qa } from './qa.js';

let dir: string;
const file = (name: string): string => join(dir, name);
const rowsOf = async (benchmark: Benchmark, options = {}): Promise<Row[]> => {
  const rows: Row[] = [];
  for await (const row of benchmark.rows(options)) rows.push(row);
  return rows;
};
const turns = (...texts: string[]) => texts.map((value, i) => ({ from: i % 2 ? 'gpt' : 'human', value }));
const write = (name: string, rows: readonly object[]) => writeFile(file(name), rows.map((row) => JSON.stringify(row)).join('\n'));

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'qa-'));
  for (const i of [0, 1]) await writeFile(file(`${i}.png`), encodePng(new Uint8Array((i + 2) * 9).fill(i), i + 2, 3));
  await write('mine.jsonl', [
    { id: 'a', image: '0.png', conversations: turns('<image>\nWhat color is it?', 'Red.', 'How many are there?', 'two') },
    { id: 'b', image: '1.png', conversations: turns('<image>\nWhat color is it?', 'blue') },
    { id: 'c', conversations: turns('What color is the sky?', 'blue') },
  ]);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('questions of a data set', () => {
  test('every answer is a row, behind all that comes before it', async () => {
    const rows = await rowsOf(qa({ data: [file('mine.jsonl')] }));
    expect(rows.map(({ messages, truth }) => [questionOf(messages), truth, messages.length, mediaParts(messages).length])).toEqual([
      ['What color is it?', 'Red.', 1, 1],
      ['How many are there?', 'two', 3, 1],
      ['What color is it?', 'blue', 1, 1],
      ['What color is the sky?', 'blue', 1, 0],
    ]);
    expect(mediaParts(rows[2]?.messages ?? [])[0]?.source).toBe(file('1.png'));
  });

  test('scores with baselines; a responder is never given the answer it is asked for', async () => {
    const given: ChatMessage[][] = [];
    const results = await runBenchmarks({
      benchmarks: [qa({ data: [file('mine.jsonl')] })],
      responder: {
        async replies(batch) {
          given.push(...batch.map((messages) => [...messages]));
          return batch.map((messages) => (questionOf(messages).startsWith('How') ? '2' : 'The answer is blu'));
        },
      },
    });
    expect(given.every((messages) => messages.at(-1)?.role === 'user')).toBe(true);
    expect(scoreOf(results, 'qa', 'exact match')).toMatchObject({ value: 0.25, n: 4 });
    expect(scoreOf(results, 'qa', 'exact match', 'mostFrequent').value).toBe(0.75); // blue, to three questions; two, to the other
    expect(scoreOf(results, 'qa', 'exact match', 'alwaysYes').value).toBe(0);
    expect(scoreOf(results, 'qa', 'VQA accuracy').n).toBe(0);
    expect(Object.keys(results[0]?.scores ?? {}).at(-1)).toBe('blind');
  });

  test('several true answers: any of them is exact, agreement is counted', async () => {
    await write('vqa.jsonl', [
      {
        conversations: turns('What?', 'red'),
        answers: ['red', 'red', 'dark red', 'red', 'red', 'red', 'red', 'red', 'crimson', 'crimson'],
      },
      { conversations: turns('Who?', 'a'), answers: [{ answer: 'a dog' }, { answer: 'a cat' }, { answer: 'dog' }] },
    ]);
    const right = async (reply: string) => {
      const results = await runBenchmarks({
        benchmarks: [qa({ data: [file('vqa.jsonl')] })],
        responder: { replies: async (batch) => batch.map(() => reply) },
        baselines: false,
      });
      return ['exact match', 'ANLS', 'VQA accuracy'].map((name) => scoreOf(results, 'qa', name).value);
    };
    expect(await right('crimson')).toEqual([0.5, 0.5, expect.closeTo((0.6 + 0) / 2)]);
    expect(await right('dog')).toEqual([0.5, 0.5, expect.closeTo((0 + (1 / 3 + 1 / 3 + 2 / 3) / 3) / 2)]);
  });

  test('columns of a table: several answers, numbers, lettered choices answered in full', async () => {
    await write('table.jsonl', [
      { image: '0.png', question: 'How many?', answers: [2, 2, 3] },
      { image: '1.png', question: 'What is it?', choices: ['a red cup', 'a boat'], answer: 1 },
    ]);
    const replies: Record<string, string> = { 'How many?': 'Three.', 'What is it?': 'It is a boat.' };
    const results = await runBenchmarks({
      benchmarks: [qa({ data: [file('table.jsonl')] })],
      responder: { replies: async (batch) => batch.map((m) => replies[questionOf(m).split('\n')[0] as string] ?? '') },
    });
    expect(scoreOf(results, 'qa', 'exact match')).toMatchObject({ value: 1, n: 2 });
    expect(scoreOf(results, 'qa', 'VQA accuracy')).toMatchObject({ value: expect.closeTo(2 / 9), n: 1 });
    replies['What is it?'] = 'A red cup';
    const wrong = await runBenchmarks({
      benchmarks: [qa({ data: [file('table.jsonl')] })],
      responder: { replies: async (batch) => batch.map((m) => replies[questionOf(m).split('\n')[0] as string] ?? '') },
      baselines: false,
    });
    expect(scoreOf(wrong, 'qa', 'exact match').value).toBe(0.5);
  });

  test('each file is scored by itself, n conversations of each are drawn with a seed', async () => {
    await write(
      'many.jsonl',
      Array.from({ length: 30 }, (_, i) => ({ conversations: turns(`Question ${i}?`, `answer ${i}`) })),
    );
    const benchmark: Benchmark = qa({ data: [file('many.jsonl'), file('mine.jsonl')] });
    const rows = await rowsOf(benchmark, { n: 2, seed: 4 });
    expect(rows.filter((row) => row.kind === 'many')).toHaveLength(2);
    expect(await rowsOf(benchmark, { n: 2, seed: 4 })).toEqual(rows);
    expect(await rowsOf(benchmark, { n: 2, seed: 5 })).not.toEqual(rows);
    expect(benchmark.score(rows.map((row) => ({ ...row, reply: row.truth }))).map(({ name, value }) => [name, value])).toContainEqual([
      'exact match, many',
      1,
    ]);
  });

  test('a missing image and a file of another kind are named', async () => {
    await write('lost.jsonl', [{ image: 'lost.png', conversations: turns('<image>What?', 'red') }]);
    await expect(rowsOf(qa({ data: [file('lost.jsonl')] }))).rejects.toMatchObject({ code: 'data.row' });
    await expect(rowsOf(qa({ data: [file('0.png')] }))).rejects.toMatchObject({ code: 'data.read', place: file('0.png') });
    await expect(rowsOf(qa({ data: [file('none.jsonl')] }))).rejects.toMatchObject({ code: 'data.read', place: file('none.jsonl') });
  });
});

test('ANLS', () => {
  expect(anls('Hello  World', ['hello world'])).toBe(1);
  expect(anls('helo world', ['hello world'])).toBeCloseTo(1 - 1 / 11);
  expect(anls('kitten', ['sitting', 'kitchen'])).toBeCloseTo(1 - 2 / 7); // the nearer one
  expect(anls('kitten', ['sitting'])).toBeCloseTo(1 - 3 / 7);
  expect(anls('red', ['blue'])).toBe(0); // below one half
  expect(anls('abcd', ['abxy'])).toBe(0.5);
  expect(anls('', ['red'])).toBe(0);
  expect(anls('red', [])).toBe(0);
  expect(anls('x'.repeat(1e6), ['x'])).toBe(0); // bounded
});
