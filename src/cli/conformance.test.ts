// The comparisons with published scripts over small files, and the methods of `sensorium trust`.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { main } from './conformance.js';
import { chooseMethods } from './trust.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'conformance-'));
});
afterAll(() => rm(dir, { recursive: true }));

async function run(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  const text = { out: '', error: '' };
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((part) => {
    text.out += String(part);
    return true;
  });
  const error = vi.spyOn(process.stderr, 'write').mockImplementation((part) => {
    text.error += String(part);
    return true;
  });
  try {
    return { code: await main(args), ...text };
  } finally {
    out.mockRestore();
    error.mockRestore();
  }
}
const lines = (rows: unknown[]): string => rows.map((row) => JSON.stringify(row)).join('\n');

describe('npm run conformance', () => {
  test('chair', async () => {
    const gold = join(dir, 'gold.jsonl.gz');
    const row = {
      image_id: 1,
      caption: 'Two dogs and a bus.',
      words: ['two', 'dog', 'and', 'a', 'bu', '.'],
      truth: ['bus'],
      mentioned: ['dog'],
      hallucinated: ['dog'],
      CHAIRs: 1,
      CHAIRi: 1,
    };
    await writeFile(gold, gzipSync(lines([row])));
    await writeFile(join(dir, 'synonyms.txt'), 'dog, puppy\nbus\n');
    const json = join(dir, 'out.json');
    expect(await run('chair', '--gold', gold, '--synonyms', join(dir, 'synonyms.txt'), '--json', json)).toMatchObject({
      code: 0,
      error: '',
    });
    const result = JSON.parse(await readFile(json, 'utf8'));
    expect(result.official).toMatchObject({ rows: 1, sets: 1, mentions: 1, words: 1, CHAIRs: [1, 1], CHAIRi: [1, 1], differing: [] });
    expect(result.own).toMatchObject({ both: 1, official: 0, own: 1, CHAIRi: 0.5 });
  });
  test('pope: one reply, four readings', async () => {
    const [questions, answers, json] = ['questions.jsonl', 'answers.jsonl', 'pope.json'].map((name) => join(dir, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(questions, lines([{ question_id: 1, text: 'Is there a dog in the image?', label: 'no' }]));
    await writeFile(answers, lines([{ question_id: 1, answer: "There isn't a dog." }]));
    expect((await run('pope', '--questions', questions, '--answers', answers, '--json', json)).code).toBe(0);
    const { scores, differing } = JSON.parse(await readFile(json, 'utf8'));
    expect([scores.official.accuracy, scores['lmms-eval'].unknown, scores.VLMEvalKit.unknown, scores.robust.accuracy, differing]).toEqual([
      0, 1, 1, 1, 1,
    ]);
    await writeFile(answers, lines([{ question_id: 2, answer: 'no' }]));
    expect((await run('pope', '--questions', questions, '--answers', answers)).code).toBe(1);
  });
  test('amber: what its script prints', async () => {
    const [annotations, responses, json] = ['annotations.json', 'responses.json', 'amber.json'].map((name) => join(dir, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(
      annotations,
      JSON.stringify([
        { id: 1, type: 'discriminative-hallucination', truth: 'no' },
        { id: 2, type: 'relation', truth: 'yes' },
      ]),
    );
    await writeFile(
      responses,
      JSON.stringify([
        { id: 1, response: 'No' },
        { id: 2, response: 'yes' },
      ]),
    );
    expect((await run('amber', '--annotations', annotations, '--responses', responses, '--json', json)).code).toBe(0);
    const rows = JSON.parse(await readFile(json, 'utf8')) as { parser: string; dimension: string; accuracy: number; f1: number }[];
    const at = (parser: string, dimension: string) => rows.find((r) => r.parser === parser && r.dimension === dimension);
    expect(at('official', 'all')).toMatchObject({ n: 2, accuracy: 50, precision: 100, recall: 100, f1: 100 });
    expect(at('robust', 'all')).toMatchObject({ accuracy: 100 });
  });
  test('called wrongly', async () => {
    expect((await run()).code).toBe(2);
    expect((await run('spice')).code).toBe(2);
    expect((await run('chair')).code).toBe(2);
    expect((await run('chair', '--what')).code).toBe(2);
    expect((await run('--help')).code).toBe(0);
    expect((await run('chair', '--gold', join(dir, 'none.jsonl'))).code).toBe(1);
    await writeFile(join(dir, 'short.jsonl'), lines([{ caption: 'a dog' }]));
    expect((await run('chair', '--gold', join(dir, 'short.jsonl'))).code).toBe(1);
    await writeFile(join(dir, 'empty.jsonl'), '\n');
    expect((await run('chair', '--gold', join(dir, 'empty.jsonl'))).code).toBe(1);
  });
});

test('the base is always among the methods', () => {
  expect(chooseMethods('vcd')?.map(({ name }) => name)).toEqual(['base', 'vcd']);
  expect(chooseMethods(undefined)).toBeUndefined();
  expect(() => chooseMethods('vcd,opera')).toThrow(expect.objectContaining({ code: 'cli.usage' }));
});
