// Recorded replies: the forms that others write, rows found by name, id, kind, question and order; what is missing, double, unknown or of another question.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cell, workbook, zip } from '../data/xlsx-testing.js';
import type { Benchmark, Row } from './benchmark.js';
import { recordedResponder } from './recorded.js';
import { replyLine } from './report/data.js';
import { type BenchRecord, runBenchmarks, scoreOf } from './runner.js';
import { sampleLines } from './sample-log.js';
import { shareOf } from './scores.js';

let dir: string;
const file = (name: string): string => join(dir, name);
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'recorded-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const row = (kind: string, id: string | undefined, question: string, more: Partial<Row> = {}): Row => ({
  kind,
  ...(id === undefined ? {} : { id }),
  messages: [{ role: 'user', content: question }],
  truth: `truth of ${question}`,
  ...more,
});
const animals = ['dog', 'cat', 'owl'];
/** Two parts with the same ids, as files of POPE have them. */
const rows: Row[] = ['random', 'popular'].flatMap((kind) =>
  animals.map((name, i) => row(kind, String(i + 1), `Is there a ${name}?`, { truth: `${kind} ${name}` })),
);
const bench = (own: readonly Row[] = rows): Benchmark => ({
  name: 'toy',
  title: 'Toy',
  about: '',
  maxTokens: 4,
  constants: null,
  rows: () => own,
  score: (done) => [shareOf('accuracy', done, ({ reply, truth }) => reply === truth)],
  right: ({ reply, truth }) => reply === truth,
});
async function score(files: Record<string, unknown>, own: readonly Row[] = rows) {
  const paths: string[] = [];
  for (const [name, content] of Object.entries(files)) {
    paths.push(file(name));
    const text =
      typeof content === 'string' || content instanceof Uint8Array
        ? content
        : Array.isArray(content)
          ? content.map((line) => JSON.stringify(line)).join('\n')
          : JSON.stringify(content);
    await writeFile(file(name), text);
  }
  const responder = await recordedResponder(paths);
  const records: BenchRecord[] = [];
  const [result] = await runBenchmarks({ benchmarks: [bench(own)], responder, skipBad: true, onRecord: (r) => records.push(r) });
  return {
    result,
    records,
    replies: Object.fromEntries(records.map(({ row: name, reply }) => [name, reply])),
    summary: responder.summary(),
    value: result && scoreOf([result], 'toy', 'accuracy'),
  };
}
const full = { 'random 1': 'a', 'random 2': 'b', 'random 3': 'c', 'popular 1': 'd', 'popular 2': 'e', 'popular 3': 'f' };
const letters = [...'abcdef'];

describe('recorded replies', () => {
  test.each<[string, Record<string, unknown>]>([
    [
      'answers with a category',
      { 'x.jsonl': rows.map(({ id, kind }, i) => ({ question_id: Number(id), category: kind, text: letters[i] })) },
    ],
    [
      'a file for each part',
      {
        'coco_random_answers.json': animals.map((_, i) => ({ question_id: i + 1, answer: letters[i] })),
        'coco_popular_answers.json': animals.map((_, i) => ({ question_id: i + 1, answer: letters[i + 3] })),
      },
    ],
    ['in order, with questions', { 'x.json': rows.map((_, i) => ({ question: `Is there a ${animals[i % 3]}?`, answer: letters[i] })) }],
    [
      "a log of lmms-eval's",
      {
        '20250102_030405_samples_toy.jsonl': rows.map(({ id, kind }, i) => ({
          doc_id: i,
          doc: { question_id: id, category: kind, question: `Is there a ${animals[i % 3]}?` },
          target: 'x',
          resps: [[letters[i]]],
          filtered_resps: ['filtered'],
        })),
      },
    ],
    [
      'an older one',
      {
        'toy.json': {
          args: {},
          logs: rows.map(({ id, kind }, i) => ({ doc_id: i, doc: { question_id: id, category: kind }, filtered_resps: [letters[i]] })),
        },
      },
    ],
    [
      'a table of VLMEvalKit',
      {
        'x.tsv': [
          'index\tcategory\tquestion\tanswer\tprediction',
          ...rows.map(({ id, kind }, i) => `${id}\t${kind}\tIs there a ${animals[i % 3]}?\ttruth\t${letters[i]}`),
        ].join('\n'),
      },
    ],
    [
      'the same as a workbook',
      {
        'x.xlsx': zip(
          workbook(
            [
              ['index', 'category', 'question', 'answer', 'prediction'],
              ...rows.map(({ id, kind }, i) => [id ?? '', kind, `Is there a ${animals[i % 3]}?`, 'truth', letters[i] ?? '']),
            ]
              .map((cells, r) => `<row r="${r + 1}">${cells.map((text, c) => cell(`${'ABCDE'[c]}${r + 1}`, text)).join('')}</row>`)
              .join(''),
          ),
        ),
      },
    ],
  ])('%s', async (_, files) => {
    const { replies, summary, result } = await score(files);
    expect(replies).toEqual(full);
    expect(summary).toEqual({ replies: 6, taken: 6, duplicates: [], unknown: [] });
    expect(result?.faults).toBeUndefined();
    expect(Object.keys(result?.scores ?? {})).not.toContain('blind');
  });

  test('replies and logs of our own come back to the last digit, rows without ids too', async () => {
    const own = [...rows.slice(0, 3), ...['x', 'y'].map((question) => row('free', undefined, question))];
    const first = await score(
      {
        'x.jsonl': own.map(({ kind, id }, i) =>
          id ? { id, kind, reply: `random ${animals[i]}` } : { row: `free ${i - 3}`, reply: 'truth of x' },
        ),
      },
      own,
    );
    expect(first.value).toMatchObject({ value: 4 / 5, n: 5 });
    const again = await score({ 'replies.jsonl': first.records.map(replyLine).join('') }, own);
    const logged = await score({ 'samples_toy.jsonl': sampleLines(bench(own), first.records) }, own);
    expect([again.result, logged.result]).toEqual([first.result, first.result]);
    const [line] = sampleLines(bench(own), first.records).split('\n');
    expect(JSON.parse(line as string)).toMatchObject({
      doc_id: 0,
      doc: { id: '1', question: 'Is there a dog?', media: [] },
      target: 'random dog',
      arguments: ['Is there a dog?', { max_new_tokens: 4 }],
      resps: [['random dog']],
      filtered_resps: ['random dog'],
      doc_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      row: 'random 1',
      right: true,
      accuracy: 1,
    });
  });

  test('rows that are missing, double or unknown are counted and named, and in no score', async () => {
    const lines = [
      { id: 1, kind: 'random', reply: 'random dog' },
      { id: 1, kind: 'random', reply: 'random dog' },
      { id: 2, kind: 'random', reply: 'one' },
      { id: 2, kind: 'random', reply: 'another' },
      { id: 3, kind: 'random', reply: null },
      { id: 9, kind: 'random', reply: 'whose?' },
      { id: 1, kind: 'popular', reply: '' },
    ];
    const { result, value, summary } = await score({ 'x.jsonl': lines });
    expect(value).toMatchObject({ value: 0.5, n: 2 });
    expect(result).toMatchObject({
      n: 2,
      faults: [
        { kind: 'unanswered', n: 4 },
        { kind: 'empty reply', n: 1 },
      ],
    });
    expect(result?.faults?.[0]?.rows[0]).toMatch(/line 3;.*line 4/);
    expect(summary).toMatchObject({
      replies: 7,
      taken: 6,
      duplicates: [`${file('x.jsonl')}, line 2`, `${file('x.jsonl')}, line 4`],
      unknown: [`${file('x.jsonl')}, line 6`],
    });
  });

  test('of rows that are scored together all go where one fails', async () => {
    const own = [row('a', '1', 'x', { group: 'g' }), row('a', '2', 'y', { group: 'g' }), row('a', '3', 'z')];
    const { result } = await score(
      {
        'x.jsonl': [
          { id: 1, reply: '' },
          { id: 3, reply: '' },
        ],
      },
      own,
    );
    expect(result?.faults?.map(({ kind, n }) => [kind, n])).toEqual([
      ['unanswered', 1],
      ['group', 1],
      ['empty reply', 1],
    ]);
  });

  test.each<[string, Record<string, unknown>, object]>([
    [
      'replies to another question',
      { 'x.jsonl': [{ id: 1, kind: 'random', question: 'Is there a bus?', reply: 'a' }] },
      { place: expect.stringContaining('line 1'), got: '"Is there a bus?"' },
    ],
    ['ids of several parts', { 'x.jsonl': [{ id: 1, reply: 'a' }] }, { expected: expect.stringContaining('random, popular') }],
    ['too few to go by order', { 'x.jsonl': [{ reply: 'a' }] }, { expected: '6 replies', got: '1' }],
    [
      'an order that is not that of the rows',
      { 'x.json': rows.map((_, i) => ({ question: `Is there a ${animals[(i + 1) % 3]}?`, answer: 'a' })) },
      {},
    ],
    ['rows that are no replies', { 'x.jsonl': [{ id: 1, label: 'yes' }] }, { got: 'the fields id, label' }],
    ['an old workbook', { 'x.xls': 'PK' }, { hint: expect.stringContaining('TSV') }],
    ['an empty file', { 'x.json': '[]' }, {}],
  ])('%s: refused', async (_, files, error) => {
    await expect(score(files)).rejects.toMatchObject({ code: 'evaluate.recorded', ...error });
  });

  test('a file in which no row has a reply is refused', async () => {
    await expect(score({ 'x.jsonl': [{ id: 77, kind: 'random', reply: 'a' }] })).rejects.toMatchObject({
      code: 'evaluate.replies',
      place: 'model, toy',
    });
  });
});
