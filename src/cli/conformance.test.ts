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
    // The other published files: a list of questions, and answers without ids in their order.
    const two = ['dog', 'cat'].map((name, i) => ({
      question_id: i + 1,
      text: `Is there a ${name} in the image?`,
      label: i ? 'no' : 'yes',
    }));
    await writeFile(questions, JSON.stringify(two, null, 1));
    const inOrder = async (...names: string[]) => {
      await writeFile(answers, lines(names.map((name) => ({ question: `is there a ${name} in the image?`, answer: 'yes' }))));
      return run('pope', '--questions', questions, '--answers', answers, '--json', json);
    };
    expect((await inOrder('dog', 'cat')).code).toBe(0);
    expect(JSON.parse(await readFile(json, 'utf8')).scores.official).toMatchObject({ accuracy: 0.5, recall: 1 });
    expect((await inOrder('cat', 'dog')).code).toBe(1);
    expect((await inOrder('dog')).code).toBe(1);
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
  test('amber: descriptions, with its word lists', async () => {
    const write = async (name: string, value: unknown): Promise<string> => {
      await writeFile(join(dir, name), typeof value === 'string' ? value : JSON.stringify(value));
      return join(dir, name);
    };
    const args = [
      '--annotations',
      await write('g-annotations.json', [{ id: 1, type: 'generative', truth: ['dog', 'tree'], hallu: ['cat'] }]),
      '--responses',
      await write('g-responses.json', [{ id: 1, response: 'Two puppies and a cat under the sky, with ideas.' }]),
      '--association',
      await write('relation.json', { dog: ['puppy'], tree: [], cat: [], sky: [] }),
      '--safe',
      await write('safe_words.txt', 'sky\n'),
    ];
    const json = join(dir, 'g.json');
    expect(await run('amber', ...args, '--json', json)).toMatchObject({ code: 0, error: '' });
    // Named: puppy, cat, sky; the cat is made up, and hits the target.
    expect(JSON.parse(await readFile(json, 'utf8')).generative).toMatchObject({
      official: { chair: 1 / 3, cover: 0.5, hal: 1, cog: 1, n: 1 },
      rows: [{ id: 1, named: 3, wrong: 1, covered: 1 }],
    });
    expect((await run('amber', ...args.slice(0, -2))).code).toBe(2);
  });
  test('scienceqa: stored options, the published pattern and ours', async () => {
    const results = join(dir, 'sqa.json');
    const outputs = { '1': 'The answer is B.', '2': 'So it must be **A**.', '3': 'I do not know.' };
    await writeFile(results, JSON.stringify({ acc: 0, results: { '1': 1, '2': 0, '3': 2 }, outputs }));
    const problems = join(dir, 'problems.json');
    const one = { choices: ['x', 'y', 'z'], answer: 1 };
    await writeFile(problems, JSON.stringify({ '1': one, '2': { ...one, answer: 0 }, '3': one }));
    const json = join(dir, 'sqa-out.json');
    const { code, out } = await run('scienceqa', '--results', results, '--problems', problems, '--rows', '--json', json);
    expect(code).toBe(0);
    expect(out).toContain('3  stored C, pattern -, ours -');
    expect(JSON.parse(await readFile(json, 'utf8'))).toMatchObject({ n: 3, pattern: 1, ours: 2, unread: 2 });
    expect((await run('scienceqa', '--results', problems)).code).toBe(1);
  });
  test('mmbench: hits of a table', async () => {
    const table = join(dir, 'mmb.tsv');
    const rows = [
      '0\ta cat\ta dog\tA\tThe answer is A.\t1',
      '1\ta cat\ta dog\tB\tIt is a dog, I think\t0',
      '2\ta cat\ta dog\tB\tno idea\t1',
    ];
    await writeFile(table, ['index\tA\tB\tanswer\tprediction\thit', ...rows].join('\n'));
    const json = join(dir, 'mmb.json');
    const { code, out } = await run('mmbench', '--results', table, '--rows', '--json', json);
    expect(code).toBe(0);
    expect(out).toContain('2  answer B, ours - by none, hit in the table 1');
    expect(JSON.parse(await readFile(json, 'utf8'))).toMatchObject({
      n: 3,
      theirs: 2,
      ours: 2,
      differing: [{ index: '1' }, { index: '2' }],
    });
    await writeFile(table, 'index\tanswer\n0\tA\n');
    expect((await run('mmbench', '--results', table)).code).toBe(1);
  });
  test('coco-caption: the corpus, and image by image', async () => {
    const write = async (name: string, value: unknown): Promise<string> => {
      await writeFile(join(dir, name), JSON.stringify(value));
      return join(dir, name);
    };
    const annotations = await write('c-annotations.json', {
      annotations: [
        { image_id: 1, caption: 'a dog runs' },
        { image_id: 2, caption: 'a cup on a table' },
      ],
    });
    const results = await write('c-results.json', [
      { image_id: 1, caption: 'a dog runs' },
      { image_id: 2, caption: 'two birds' },
    ]);
    const scores = await write('c-scores.json', [
      { image_id: 1, ROUGE_L: 1 },
      { image_id: 2, ROUGE_L: 0.25 },
    ]);
    const json = join(dir, 'c.json');
    const { code, out } = await run(
      'coco-caption',
      '--annotations',
      annotations,
      '--results',
      results,
      '--scores',
      scores,
      '--rows',
      '--json',
      json,
    );
    expect(code).toBe(0);
    expect(out).toContain('2  script 0.2500, ours 0.0000');
    expect(JSON.parse(await readFile(json, 'utf8'))).toMatchObject({
      n: 2,
      corpus: { ROUGE_L: 0.5 },
      rows: { ROUGE_L: { n: 2, equal: 1, most: 0.25 } },
    });
    await write('c-results.json', [{ image_id: 3, caption: 'x' }]);
    expect((await run('coco-caption', '--annotations', annotations, '--results', results)).code).toBe(1);
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
