// POPE from its official files: rows, kinds, scores, the choice of rows, faults named with file and line.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeImage } from '../../media/index.js';
import { type ChatMessage, mediaParts } from '../../text/index.js';
import { questionOf, type Row } from '../benchmark.js';
import { encodePng } from '../report/png.js';
import { runBenchmarks, scoreOf } from '../runner.js';
import { pope } from './pope.js';

let dir: string;
const file = (name: string): string => join(dir, name);
const line = (i: number, label: string, image = `COCO_val2014_00000${i % 3}.png`): string =>
  JSON.stringify({ question_id: i, image, text: `Is there a ${label === 'yes' ? 'dog' : 'cat'} in the image?`, label });
const rowsOf = async (source: Parameters<typeof pope>[0], options = {}): Promise<Row[]> => {
  const rows: Row[] = [];
  for await (const row of pope(source).rows(options)) rows.push(row);
  return rows;
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pope-'));
  await mkdir(file('val2014'));
  // Images of different sizes: the first byte of each is its number.
  for (const i of [0, 1, 2])
    await writeFile(file(`val2014/COCO_val2014_00000${i}.png`), encodePng(new Uint8Array((i + 2) * 9).fill(i), i + 2, 3));
  for (const kind of ['random', 'popular', 'adversarial'])
    await writeFile(file(`coco_pope_${kind}.json`), `${Array.from({ length: 12 }, (_, i) => line(i, i % 2 ? 'no' : 'yes')).join('\n')}\n`);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('POPE from files', () => {
  test('three files, images of any size: official scores, baselines, one question once', async () => {
    const data = ['random', 'popular', 'adversarial'].map((kind) => file(`coco_pope_${kind}.json`));
    const seen: string[] = [];
    // Answers the first image always wrongly, in the negated form that the official parser reads as yes.
    const reply = async (messages: readonly ChatMessage[]): Promise<string> => {
      const source = mediaParts(messages)[0]?.source;
      const { data: pixels } = typeof source === 'string' ? await decodeImage(source) : { data: [99] };
      seen.push(`${source} ${questionOf(messages)}`);
      const dog = questionOf(messages).includes('dog') !== (pixels[0] === 0);
      return dog ? 'Yes, there is.' : "There isn't one.";
    };
    const results = await runBenchmarks({
      benchmarks: [pope({ data, images: file('val2014') })],
      responder: { replies: (batch) => Promise.all(batch.map(reply)) },
    });
    for (const kind of ['random', 'popular', 'adversarial']) {
      // 4 of 12 wrong: 2 of 6 yes, 2 of 6 no.
      expect(scoreOf(results, 'pope', `accuracy, ${kind}`)).toMatchObject({ value: 8 / 12, n: 12 });
      expect(scoreOf(results, 'pope', `F1, ${kind}`).value).toBeCloseTo(2 / 3);
      expect(scoreOf(results, 'pope', `F1 by the official parser, ${kind}`).value).toBeCloseTo(12 / 18); // every reply a yes
      expect(scoreOf(results, 'pope', `F1, ${kind}`, 'alwaysYes').value).toBeCloseTo(2 / 3);
      expect(scoreOf(results, 'pope', `accuracy, ${kind}`, 'alwaysNo').value).toBe(0.5);
    }
    expect(Object.keys(results[0]?.scores ?? {})).toEqual(['model', 'alwaysYes', 'alwaysNo', 'random', 'mostFrequent', 'silent', 'blind']);
    expect(seen).toHaveLength(6 + 2); // three images, two questions; and the two questions over the mean image
    expect(seen.filter((text) => text.startsWith(join(dir, 'val2014', 'COCO_val2014_000001.png')))).toHaveLength(2);
  });

  test('kinds: the sampler of the name, or the name where two files share a sampler', async () => {
    await writeFile(file('aokvqa_pope_random.json'), line(1, 'Yes'));
    const images = file('val2014');
    const kinds = async (...names: string[]) => [...new Set((await rowsOf({ data: names.map(file), images })).map((row) => row.kind))];
    expect(await kinds('coco_pope_random.json', 'coco_pope_popular.json')).toEqual(['random', 'popular']);
    expect(await kinds('coco_pope_random.json', 'aokvqa_pope_random.json')).toEqual(['coco_pope_random', 'aokvqa_pope_random']);
    await writeFile(file('mine.jsonl'), line(1, 'no'));
    expect(await kinds('mine.jsonl')).toEqual(['mine']);
  });

  test('n rows of each file, drawn with a seed, in their order', async () => {
    const source = { data: [file('coco_pope_random.json')], images: file('val2014') };
    const ids = async (options: object) => (await rowsOf(source, options)).map((row) => (row as unknown as { place: string }).place);
    const [a, b, c] = [await ids({ n: 5, seed: 1 }), await ids({ n: 5, seed: 1 }), await ids({ n: 5, seed: 2 })];
    expect(a).toHaveLength(5);
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
    const lineOf = (place: string): number => Number(place.split(' ').at(-1));
    expect(a.map(lineOf)).toEqual(a.map(lineOf).sort((x, y) => x - y));
    expect(await ids({ n: 100 })).toHaveLength(12);
  });

  test('missing images are listed, with the lines that name them', async () => {
    const data = file('missing.json');
    await writeFile(data, [line(0, 'yes'), line(1, 'no', 'gone.jpg'), line(2, 'no', 'gone.jpg'), line(3, 'yes', 'lost.jpg')].join('\n'));
    await expect(rowsOf({ data: [data], images: file('val2014') })).rejects.toMatchObject({
      code: 'evaluate.images',
      expected: '3 image files',
      got: `2 that cannot be read: ${file('val2014/gone.jpg')} (missing, ${data}, line 2), ${file('val2014/lost.jpg')} (missing, ${data}, line 4)`,
    });
    // Without --images they are beside the file.
    await expect(rowsOf({ data: [file('coco_pope_random.json')] })).rejects.toMatchObject({ code: 'evaluate.images' });
  });

  test.each([
    ['label', line(1, 'maybe')],
    ['label', '{"image": "a.png", "text": "Is there a dog?"}'],
    ['text', '{"image": "a.png", "text": "", "label": "yes"}'],
    ['image', '{"image": 7, "text": "Is there a dog?", "label": "yes"}'],
  ])('a wrong %s is named with its line', async (key, wrong) => {
    const data = file('wrong.json');
    await writeFile(data, `${line(0, 'yes')}\n${wrong}\n`);
    await expect(rowsOf({ data: [data], images: file('val2014') })).rejects.toMatchObject({
      code: 'evaluate.row',
      place: `${data}, line 2`,
      got: expect.stringContaining(`${key}:`),
    });
  });

  test('no JSON, no file, no rows, a path out of the folder', async () => {
    const data = file('bad.json');
    const images = file('val2014');
    await writeFile(data, `${line(0, 'yes')}\n{"image": \n`);
    await expect(rowsOf({ data: [data], images })).rejects.toMatchObject({
      code: 'data.read',
      place: expect.stringContaining(`${data}, line 3`),
    });
    await expect(rowsOf({ data: [file('none.json')], images })).rejects.toMatchObject({ code: 'data.read', place: file('none.json') });
    await writeFile(data, '\n');
    await expect(rowsOf({ data: [data], images })).rejects.toMatchObject({ code: 'evaluate.rows', place: data });
    await writeFile(data, line(0, 'yes', '../coco_pope_random.json'));
    await expect(rowsOf({ data: [data], images })).rejects.toMatchObject({ code: 'evaluate.row', place: `${data}, line 1` });
  });
});
