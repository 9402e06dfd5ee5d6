// MIMIC-IT and MMICL: rows as they are published, written and read again, and what they cannot hold.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodePng } from '../../media/index.js';
import { type Conversation, mediaOf } from '../dataset.js';
import { allOf } from '../testing.js';
import { detectFormat, formatNamed } from './index.js';

let dir: string;
let red: Uint8Array;
let blue: Uint8Array;
const plain = (rgb: number[]) => ({ width: 4, height: 4, data: Uint8Array.from({ length: 48 }, (_, i) => rgb[i % 3] as number) });
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-in-context-'));
  [red, blue] = [await encodePng(plain([255, 0, 0])), await encodePng(plain([0, 0, 255]))];
  await writeFile(join(dir, 'red.png'), red);
  await writeFile(join(dir, 'blue.png'), blue);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const shown = (given: Conversation): unknown[] =>
  given.messages.map(({ role, content }) => [
    role,
    Array.isArray(content) ? content.map((part) => (part.type === 'text' ? part.text : '#')) : content,
  ]);
const bytes = (given: Conversation): Promise<Buffer[]> =>
  Promise.all(mediaOf(given).map(async ({ source }) => Buffer.from(typeof source === 'string' ? await readFile(source) : source)));

describe('mimic-it', () => {
  const data = {
    A: { instruction: 'What color?', answer: 'Red.', image_ids: ['I1'], rel_ins_ids: ['B'] },
    B: { instruction: 'And this?', answer: 'Blue.', image_ids: ['I2'], rel_ins_ids: [] },
  };

  it('reads related instructions in front, images in base64, and the rows of the train file', async () => {
    const stem = join(dir, 'DC');
    await writeFile(`${stem}_instructions.json`, JSON.stringify({ meta: {}, data }));
    await writeFile(
      `${stem}.json`,
      JSON.stringify({ I1: Buffer.from(red).toString('base64'), I2: { bytes: Buffer.from(blue).toString('base64') } }),
    );
    expect((await detectFormat(`${stem}_instructions.json`)).format.name).toBe('mimic-it');
    const both = await allOf(`${stem}_instructions.json`);
    expect(both.map(({ id }) => id)).toEqual(['A', 'B']);
    expect(shown(both[0] as Conversation)).toEqual([
      ['user', ['#', 'And this?']],
      ['assistant', 'Blue.'],
      ['user', ['#', 'What color?']],
      ['assistant', 'Red.'],
    ]);
    expect(await bytes(both[0] as Conversation)).toEqual([Buffer.from(blue), Buffer.from(red)]);
    await writeFile(`${stem}_train.json`, JSON.stringify({ B: ['A'] }));
    const [only, ...more] = await allOf(`${stem}_instructions.json`);
    expect([only?.id, more.length, only?.messages.length]).toEqual(['B', 0, 4]);
    await writeFile(`${stem}_train.json`, JSON.stringify({ B: ['C'] }));
    await expect(allOf(`${stem}_instructions.json`)).rejects.toMatchObject({ code: 'data.row', key: 'data.C.' });
  });

  it('comes back as it was written; what it cannot hold is an error', async () => {
    const [given] = await allOf(
      await file('rows.json', [
        { images: ['red.png', 'blue.png'], conversations: turns(['<image>\nWhat?', 'Red.', '<image>\nAnd this?', 'Blue.']) },
      ]),
    );
    const target = join(dir, 'written');
    expect((await formatNamed('mimic-it').write?.(target, [given as Conversation], {}))?.rows).toBe(1);
    const [back] = await allOf(target);
    expect(shown(back as Conversation)).toEqual(shown(given as Conversation));
    expect(await bytes(back as Conversation)).toEqual(await bytes(given as Conversation));
    const system = {
      ...(given as Conversation),
      messages: [{ role: 'system' as const, content: 'Brief.' }, ...(given as Conversation).messages],
    };
    await expect(formatNamed('mimic-it').write?.(join(dir, 'no'), [system], {})).rejects.toMatchObject({ code: 'data.row' });
  });
});

const turns = (texts: string[]) => texts.map((value, i) => ({ from: i % 2 ? 'gpt' : 'human', value }));
async function file(name: string, rows: unknown[]): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, name.endsWith('l') ? rows.map((row) => JSON.stringify(row)).join('\n') : JSON.stringify(rows));
  return path;
}

describe('mmicl', () => {
  it('puts images where they are declared, and comes back as it was written', async () => {
    const rows = [
      {
        input_text: 'Use the image 0: <image0>图图,image 1: <image1>图图 as a visual aid. <image1> is',
        input_image: ['red.png', 'blue.png'],
        output_text: 'blue',
        output_image: '',
      },
      { input_text: 'What is it?', input_image: 'red.png', output_text: 'red', output_image: '' },
      { input_text: 'Hello', input_image: [], output_text: 'Hi', output_image: '' },
    ];
    const path = await file('mic.jsonl', rows);
    expect((await detectFormat(path)).format.name).toBe('mmicl');
    const given = await allOf(path);
    expect(given.map((one) => shown(one)[0])).toEqual([
      ['user', ['Use the image 0: <image0>', '#', ',image 1: <image1>', '#', ' as a visual aid. <image1> is']],
      ['user', ['#', 'What is it?']],
      ['user', 'Hello'],
    ]);
    const target = join(dir, 'mic');
    expect((await formatNamed('mmicl').write?.(target, given, {}))?.rows).toBe(3);
    const back = await allOf(target);
    expect(shown(back[0] as Conversation)).toEqual(shown(given[0] as Conversation));
    expect(shown(back[1] as Conversation)[0]).toEqual(['user', ['image 0: <image0>', '#', '\nWhat is it?']]);
    expect(await bytes(back[0] as Conversation)).toEqual(await bytes(given[0] as Conversation));
  });

  it('names what is wrong', async () => {
    const bad = await file('bad.jsonl', [{ input_text: 'See <image1>', input_image: 'red.png', output_text: 'x' }]);
    await expect(allOf(bad)).rejects.toMatchObject({ code: 'data.row', key: 'input_text' });
    const none = await file('none.jsonl', [{ input_text: 'See', input_image: 'red.png', output_text: '' }]);
    await expect(allOf(none)).rejects.toMatchObject({ code: 'data.row', key: 'output_text' });
  });
});
