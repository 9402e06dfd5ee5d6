// `sensorium eval` over files: POPE with an image folder, own questions, a model of text; what it refuses.

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runCommand } from 'citty';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodePng } from '../evaluate/report/png.js';
import { readReport } from '../evaluate/report/write.js';
import { scoreOf } from '../evaluate/runner.js';
import command from './eval.js';

const root = resolve(import.meta.dirname, '../..');
const tiny = join(root, 'models/sensorium-tiny');
let dir: string;
const file = (name: string): string => join(dir, name);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'eval-'));
  await mkdir(file('images'));
  for (const [name, width] of [
    ['a.png', 64],
    ['b.png', 90],
  ] as const)
    await writeFile(file(`images/${name}`), encodePng(new Uint8Array(width * 64 * 3).fill(width), width, 64));
  const probe = (image: string, label: string): string =>
    JSON.stringify({ question_id: 1, image, text: 'Is there a dog in the image?', label });
  await writeFile(file('coco_pope_random.json'), [probe('a.png', 'yes'), probe('b.png', 'no')].join('\n'));
  await writeFile(file('coco_pope_popular.json'), [probe('b.png', 'yes'), probe('a.png', 'no')].join('\n'));
  const turns = [
    { from: 'human', value: 'What is two and two?' },
    { from: 'gpt', value: '4' },
  ];
  await writeFile(file('sums.jsonl'), JSON.stringify({ id: 'x', conversations: turns }));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Runs the command and returns what it prints. */
async function run(...rawArgs: string[]): Promise<string> {
  let out = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  try {
    await runCommand(command, { rawArgs });
  } finally {
    write.mockRestore();
  }
  return out;
}

describe('sensorium eval over files', () => {
  it('POPE: a table, JSON, and a page with pictures beside the replies', async () => {
    const data = `${file('coco_pope_random.json')},${file('coco_pope_popular.json')}`;
    const args = [tiny, '--bench', 'pope', '--data', data, '--images', file('images')];
    const printed = JSON.parse(
      await run(...args, '--json', '--report', file('report'), '--out', file('out.json'), '--replies', file('replies.jsonl')),
    );
    expect(JSON.parse(await readFile(file('out.json'), 'utf8'))).toEqual(printed);
    expect(printed.source.name).toBe('coco_pope_random.json, coco_pope_popular.json');
    const replies = (await readFile(file('replies.jsonl'), 'utf8')).trim().split('\n');
    expect(replies).toHaveLength(4);
    expect(JSON.parse(replies[0] as string)).toMatchObject({
      bench: 'pope',
      row: 'random 0',
      kind: 'random',
      question: 'Is there a dog in the image?',
      media: [file('images/a.png')],
      truth: 'yes',
      reply: expect.any(String),
      right: expect.any(Boolean),
    });
    const report = await readReport(file('report/report.json'));
    expect(report.benchmarks).toEqual(printed.benchmarks);
    expect(scoreOf(report.benchmarks, 'pope', 'accuracy, popular', 'alwaysYes')).toMatchObject({ value: 0.5, n: 2 });
    // The same question about the mean image has one reply: blind, half of all is right.
    expect(scoreOf(report.benchmarks, 'pope', 'accuracy, random', 'blind').value).toBe(0.5);
    const page = await readFile(file('report/report.html'), 'utf8');
    expect(page.match(/<figure/g)).toHaveLength(4);
    // Two images, each in the page once and shown by two rows.
    expect(page.match(/<img class="pixels" id="picture-\d" src="data:image\/png/g)).toHaveLength(2);
    expect(page.match(/<img class="pixels" data-same="picture-\d"/g)).toHaveLength(2);
    expect(
      ['width="90" height="64"', 'Is there a dog in the image?', 'F1 by the official parser'].filter((t) => !page.includes(t)),
    ).toEqual([]);

    const table = await run(...args, '--n', '1', '--no-baselines');
    expect(table).toMatch(/^POPE F1, random +\d\.\d{3} +\d\.\d{3}-\d\.\d{3} +1$/m);
    expect(table).not.toContain('blind');
  });

  it('recorded replies, their log in the form of lmms-eval, and back', async () => {
    const data = `${file('coco_pope_random.json')},${file('coco_pope_popular.json')}`;
    const args = ['--bench', 'pope', '--data', data, '--images', file('images'), '--json'];
    const answers = ['random', 'popular'].flatMap((category) =>
      ['Yes.', 'There is a dog.'].map((text, i) => ({ question_id: i, category, text })),
    );
    await writeFile(
      file('answers.jsonl'),
      answers
        .slice(0, 3)
        .map((line) => JSON.stringify(line))
        .join('\n'),
    );
    const printed = JSON.parse(
      await run('--recorded', file('answers.jsonl'), ...args, '--log-samples', file('log'), '--report', file('recorded')),
    );
    expect(printed).toMatchObject({ model: 'replies of answers.jsonl', recorded: { replies: 3, taken: 3 } });
    expect(scoreOf(printed.benchmarks, 'pope', 'accuracy, random')).toMatchObject({ value: 0.5, n: 2 });
    expect(printed.benchmarks[0]).toMatchObject({ n: 3, faults: [{ kind: 'unanswered', n: 1 }] });
    expect(Object.keys(printed.benchmarks[0].scores)).not.toContain('blind');
    const page = await readFile(file('recorded/report.html'), 'utf8');
    expect(['no reply in answers.jsonl', 'class="claim unknown"'].filter((text) => !page.includes(text))).toEqual([]);
    const again = JSON.parse(await run('--recorded', file('log/samples_pope.jsonl'), ...args));
    expect(again.benchmarks[0].scores.model).toEqual(printed.benchmarks[0].scores.model);
    expect(JSON.parse(await readFile(file('log/results.json'), 'utf8'))).toMatchObject({
      results: { pope: { 'accuracy, random,none': 0.5 } },
      versions: { pope: 1 },
    });
  });

  it('own questions, of a model of text too', async () => {
    const printed = JSON.parse(await run(join(root, 'models/world-llama'), '--data', file('sums.jsonl'), '--json', '--max-tokens', '4'));
    expect(printed.benchmarks.map((b: { name: string; n: number }) => [b.name, b.n])).toEqual([['qa', 1]]);
    expect(Object.keys(printed.benchmarks[0].scores)).toEqual(['model', 'alwaysYes', 'alwaysNo', 'mostFrequent', 'silent']);
    expect(await run(tiny, '--data', file('sums.jsonl'))).toMatch(/^QA exact match /m);
  });

  it.each([
    [['--bench', 'vqa', '--data', 'x.jsonl'], { place: '--bench', expected: expect.stringMatching(/^pope, qa, own, mme, /) }],
    [['--bench', 'qa'], { place: '--bench', expected: expect.stringMatching(/^pope, vqa, caption, world:pope, /) }],
    [['--bench', 'mme'], { place: '--bench', hint: expect.stringContaining('world:mme') }],
    [['--bench', 'pope,world:coco-retrieval'], { place: '--bench', hint: 'Ask for it alone' }],
    [['--images', 'x'], { place: '--images' }],
    [['--data', 'x.jsonl', '--split', 'test'], { place: '--split' }],
    [['--data', 'x.jsonl', '--language', 'zh'], { place: '--language' }],
    [['--bench', 'pope,coco-retrieval', '--data', 'x.json'], { place: '--bench', hint: 'Ask for it alone' }],
    [['--batch', '0'], { place: '--batch' }],
    [['--judge', 'http://localhost:1/v1'], { place: '--judge-model' }],
    [['--judge-model', 'x'], { place: '--judge-model' }],
    [['--judge-repeats', '0'], { place: '--judge-repeats' }],
    [['--model-name', 'x'], { place: '--model-name' }],
    [['--recorded', 'x.jsonl'], { place: '--recorded' }],
  ])('refuses %j', async (args, error) => {
    await expect(run(tiny, ...args)).rejects.toMatchObject({ code: 'cli.usage', ...error });
  });

  it.each([
    [['http://localhost:1/v1'], { place: '--model-name' }],
    [['http://localhost:1/v1', '--model-name', 'x', '--redis', 'redis://localhost:1'], { place: '--redis' }],
    [['http://localhost:1/v1', '--model-name', 'x', '--adapter', 'y'], { place: '--adapter' }],
    [['--recorded', 'x.jsonl', '--bench', 'coco-retrieval', '--data', 'x.json'], { place: '--bench' }],
  ])('refuses %j', async (args, error) => {
    await expect(run(...args)).rejects.toMatchObject({ code: 'cli.usage', ...error });
  });

  it('retrieval with a CLIP, beside chance', async () => {
    const images = ['a.png', 'b.png'].map((filename, i) => ({ filename, split: 'test', sentences: [{ raw: i ? 'a red dog' : 'a cup' }] }));
    await writeFile(file('dataset_flickr30k.json'), JSON.stringify({ images }));
    const args = ['--bench', 'flickr30k-retrieval', '--data', file('dataset_flickr30k.json'), '--images', file('images')];
    const printed = JSON.parse(await run(join(root, 'models/world-clip'), ...args, '--json'));
    expect(scoreOf(printed.benchmarks, 'flickr30k-retrieval', 'text R@5')).toMatchObject({ value: 1, n: 2 });
    expect(scoreOf(printed.benchmarks, 'flickr30k-retrieval', 'image R@1', 'random').value).toBe(0.5);
    await expect(run(tiny, ...args)).rejects.toMatchObject({ code: 'serve.embeddings' });
  });

  it('benchmarks over scenes in the form of official files, and a CLIP that searches their captions', async () => {
    const args = ['--bench', 'world:textvqa,world:owleval', '--n', '3', '--max-tokens', '8', '--json'];
    const printed = JSON.parse(await run(tiny, ...args));
    expect(printed.source.name).toBe('scene world');
    expect(printed.benchmarks.map((b: { name: string; n: number }) => [b.name, b.n])).toEqual([
      ['world:textvqa', 3],
      ['world:owleval', 3],
    ]);
    expect(scoreOf(printed.benchmarks, 'world:owleval', 'level A or B', 'truth').value).toBe(1);
    const found = JSON.parse(await run(join(root, 'models/world-clip'), '--bench', 'world:flickr30k-retrieval', '--n', '4', '--json'));
    expect(scoreOf(found.benchmarks, 'world:flickr30k-retrieval', 'text R@10')).toMatchObject({ value: 1, n: 4 });
    expect(scoreOf(found.benchmarks, 'world:flickr30k-retrieval', 'image R@1', 'random')).toMatchObject({ value: 0.25, n: 20 });
  });

  it('lists what there is without a model', async () => {
    expect(await run('no-such-folder', '--bench', 'list')).toMatch(/^world:mme +scenes +no +perception/m);
  });

  it('a judge where one is needed: a model, or an error before any model is loaded', async () => {
    await writeFile(file('owl.jsonl'), JSON.stringify({ question_id: 1, image: 'a.png', question: 'What is it?' }));
    const args = ['--bench', 'owleval', '--data', file('owl.jsonl'), '--images', file('images'), '--max-tokens', '4', '--no-baselines'];
    await expect(run(tiny, ...args)).rejects.toMatchObject({ code: 'evaluate.judge', place: 'owleval' });
    const judged = ['--judge', join(root, 'models/world-llama'), '--judge-check', '2'];
    const printed = JSON.parse(await run(tiny, ...args, ...judged, '--json'));
    expect(printed.judge).toMatchObject({ n: 2 });
    expect(scoreOf(printed.benchmarks, 'owleval', 'unreadable verdicts')).toMatchObject({ value: 1, n: 1 });
  });

  it('names the file of a missing data set and the images that are not there', async () => {
    await expect(run(tiny, '--bench', 'pope', '--data', file('none.json'))).rejects.toMatchObject({ place: file('none.json') });
    await expect(run(tiny, '--bench', 'pope', '--data', file('coco_pope_random.json'))).rejects.toMatchObject({
      code: 'evaluate.images',
      got: expect.stringContaining(`${file('a.png')} (missing, ${file('coco_pope_random.json')}, line 1)`),
    });
  });
});
