// Conversations of JSON files: rows by index, messages as chat templates take them, bad rows named or left out.

import { appendFile, copyFile, mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkMessages } from '../text/index.js';
import { type BadRow, type Conversation, conversations, mediaOf } from './index.js';
import { indexJson } from './json-index.js';
import { openJson } from './json-table.js';
import { allOf } from './testing.js';

let dir: string;
let count = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-conversations-'));
  for (const name of ['a', 'b'])
    await sharp({ create: { width: 8, height: 8, channels: 3, background: name === 'a' ? 'red' : 'blue' } })
      .png()
      .toFile(join(dir, `${name}.png`));
  await writeFile(join(dir, 'clip.mp4'), 'not looked at');
  await writeFile(join(dir, 'words.png'), 'no image');
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function file(rows: unknown, ending = 'json'): Promise<string> {
  const path = join(dir, `${count++}.${ending}`);
  await writeFile(path, typeof rows === 'string' || rows instanceof Uint8Array ? rows : JSON.stringify(rows));
  return path;
}
const read = async (...rows: unknown[]): Promise<Conversation[]> => allOf(await file(rows));
const one = async (row: unknown): Promise<Conversation> => (await read(row))[0] as Conversation;
const said = (...turns: [string, string][]) => turns.map(([from, value]) => ({ from, value }));
const ask = (q: string, a: string) => said(['human', q], ['gpt', a]);
/** Content with media as `[name]`. */
const short = ({ messages }: Conversation): unknown[] =>
  messages.map(({ content }) =>
    typeof content === 'string' || !content
      ? content
      : content.map((part) => (part.type === 'text' ? part.text : [part.type, (part.origin as { name?: string }).name])),
  );

describe('conversations', () => {
  it('are messages with parts, in any order of reading', async () => {
    const set = await conversations(
      await file([
        { id: 'x', image: 'a.png', conversations: ask('<image>\nWhat?', 'red') },
        { conversations: ask('Hi', 'Hello'), source: 'us' },
      ]),
    ).open();
    expect(set.length).toBe(2);
    expect(await set.get(1)).toMatchObject({
      id: '1',
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello' },
      ],
      extra: { source: 'us' },
      at: { row: 1, line: 1 },
    });
    const { id, messages } = await set.get(0);
    expect(id).toBe('x');
    expect(messages[0]?.content).toEqual([
      { type: 'image', source: join(dir, 'a.png'), origin: { name: 'a.png', key: 'image', before: '', after: '\n' } },
      { type: 'text', text: 'What?' },
    ]);
    for (const index of [-1, 2, 0.5]) await expect(set.get(index)).rejects.toMatchObject({ code: 'data.index' });
    set.dispose();
  });

  it('have media where the marks stand; the space around marks is not text', async () => {
    const image = ['a.png', 'b.png'];
    const contents = async (text: string, names: unknown = image): Promise<unknown> =>
      short(await one({ image: names, conversations: ask(text, 'x') }))[0];
    const [a, b] = image.map((name) => ['image', name]);
    expect(await contents('<image>\n<image>\nWhich?')).toEqual([a, b, 'Which?']);
    expect(await contents('Compare <image> with <image>, please')).toEqual(['Compare ', a, ' with ', b, ', please']);
    expect(await contents('What is this?\n<image>', 'a.png')).toEqual(['What is this?', a]);
    expect(await contents(' <image> Which? \n<image>\n')).toEqual([a, 'Which?', b]);
    expect(await contents('<image><image>')).toEqual([a, b]);
    expect(await contents('<image>', 'a.png')).toEqual([a]);
    expect(short(await one({ image: 'a.png', conversations: ask('Draw', '<image> done') }))[1]).toEqual([a, 'done']);
    const clip = await one({ video: 'clip.mp4', image: 'a.png', conversations: ask('<image>\n<video>\nWhat?', 'x') });
    expect(short(clip)[0]).toEqual([a, ['video', 'clip.mp4'], 'What?']);
    expect(short(await one({ videos: ['clip.mp4'], conversations: ask('<video>\nWhat?', 'x') }))[0]).toEqual([
      ['video', 'clip.mp4'],
      'What?',
    ]);
  });

  it('keep every character of the text around marks', async () => {
    const texts = fc.array(fc.constantFrom('<image>', ' ', '\n', 'What', 'x y', '\t'), { minLength: 1, maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(texts, async (pieces) => {
        const text = pieces.join('');
        const images = text.split('<image>').length - 1;
        const path = await file([{ images: Array(images).fill('a.png'), conversations: ask(text, 'x') }]);
        const content = ((await allOf(path))[0] as Conversation).messages[0]?.content;
        await rm(path);
        if (typeof content === 'string') return void expect(content).toBe(text);
        const parts = content as unknown as (
          | { type: 'text'; text: string }
          | { type: 'image'; origin: { before: string; after: string } }
        )[];
        expect(parts.map((p) => (p.type === 'text' ? p.text : `${p.origin.before}<image>${p.origin.after}`)).join('')).toBe(text);
        const texts = parts.filter((p) => p.type === 'text');
        if (parts[0]?.type === 'image' && parts[1]?.type === 'text' && texts.length === 1)
          expect(parts[1].text).toBe(parts[1].text.trimStart());
      }),
      { numRuns: 150 },
    );
  });

  it('take messages of the chat API: parts, tools, calls and their results', async () => {
    const call = { id: 'c1', type: 'function', function: { name: 'zoom', arguments: '{"at": 3}' } };
    const url = `data:image/png;base64,${(await sharp(join(dir, 'a.png')).toBuffer()).toString('base64')}`;
    const conversation = await one({
      tools: [{ type: 'function', function: { name: 'zoom' } }],
      messages: [
        { role: 'developer', content: 'Be brief.' },
        {
          role: 'user',
          name: 'Ann',
          content: [
            { type: 'text', text: 'Is <image> this?\n' },
            { type: 'image_url', image_url: { url, detail: 'low' } },
          ],
        },
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'c1', content: 'red' },
        { role: 'assistant', content: 'Red.' },
      ],
    });
    checkMessages(conversation.messages);
    expect(conversation.tools).toHaveLength(1);
    expect(conversation.messages[1]).toMatchObject({
      name: 'Ann',
      content: [
        { type: 'text', text: 'Is <image> this?\n' },
        { type: 'image', detail: 'low', source: expect.any(Uint8Array), origin: { key: 'messages[1].content[1]' } },
      ],
    });
    expect(conversation.messages.slice(2, 4)).toEqual([
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'c1', content: 'red' },
    ]);
  });

  it('take parts of parquet files: every part has every key, and the number of its image', async () => {
    const conversation = await one({
      images: ['a.png', 'b.png'],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image', text: null, index: 1 },
            { type: 'text', text: 'or', index: null },
            { type: 'image', text: null, index: 0 },
          ],
        },
        { role: 'assistant', content: [{ type: 'text', text: 'x', index: null }] },
      ],
    });
    expect(short(conversation)).toEqual([[['image', 'b.png'], 'or', ['image', 'a.png']], 'x']);
    const [first] = mediaOf(conversation);
    expect(Object.keys(first ?? {})).toEqual(['type', 'source', 'origin']);
    const twice = { role: 'user', content: [0, 0].map((index) => ({ type: 'image', index })) };
    await expect(one({ images: ['a.png', 'b.png'], messages: [twice, { role: 'assistant', content: 'x' }] })).rejects.toMatchObject({
      code: 'data.row',
      key: 'images',
    });
  });

  it('take calls and observations of ShareGPT', async () => {
    const tools = JSON.stringify([{ name: 'zoom' }]);
    const turns = said(
      ['human', 'a'],
      ['function_call', '{"name": "zoom", "arguments": {"at": 3}}'],
      ['observation', '{"x": 1}'],
      ['gpt', 'b'],
    );
    const conversation = await one({ tools, system: 's', conversations: turns });
    expect(conversation.tools).toEqual([{ name: 'zoom' }]);
    expect(conversation.messages.map((m) => m.role)).toEqual(['system', 'user', 'assistant', 'tool', 'assistant']);
    expect(conversation.messages[2]).toEqual({
      role: 'assistant',
      content: null,
      tool_calls: [{ type: 'function', function: { name: 'zoom', arguments: { at: 3 } } }],
    });
  });

  it.each<[string, unknown, string | undefined]>([
    ['an empty reply', { conversations: ask('a', ' \n') }, 'conversations[1]'],
    ['no reply', { conversations: said(['human', 'a']) }, 'conversations'],
    ['too few marks', { image: ['a.png', 'b.png'], conversations: ask('<image>', 'x') }, 'conversations'],
    ['a video without a mark', { video: 'clip.mp4', conversations: ask('a', 'x') }, 'conversations'],
    ['a missing image', { image: 'z.png', conversations: ask('<image>', 'x') }, 'image'],
    ['a folder for an image', { image: '.', conversations: ask('<image>', 'x') }, 'image'],
    [
      'a missing image in the text',
      {
        messages: [
          { role: 'user', content: [{ type: 'image', path: 'z.png' }] },
          { role: 'assistant', content: 'x' },
        ],
      },
      'messages[0].content[0]',
    ],
    ['a call that is not JSON', { conversations: said(['human', 'a'], ['function_call', 'b'], ['gpt', 'c']) }, 'conversations[1].value'],
    ['a sound', { audio: 'a.wav', conversations: ask('a', 'x') }, 'audio'],
    [
      'a reply that is learnt by half',
      {
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content: 'b', weight: 0.5 },
        ],
      },
      'messages[1].weight',
    ],
    ['no object', 3, undefined],
  ])('name %s by row and key', async (_name, row, key) => {
    const path = await file(`{"conversations":${JSON.stringify(ask('a', 'b'))}}\n\n${JSON.stringify(row)}\n`, 'jsonl');
    await expect(allOf(path)).rejects.toMatchObject({ code: 'data.row', key, at: { file: path, row: 1, line: 3 } });
  });

  it('leave bad rows out when asked, name all of them, and keep numbers of rows', async () => {
    const rows = ['a.png', 'words.png', 'z.png', 'b.png'].map((image, i) => ({
      id: `${i}`,
      image,
      conversations: ask('<image>\nWhat?', 'x'),
    }));
    const bad: BadRow[] = [];
    const path = await file(rows);
    const set = await conversations(path, { onBad: (row) => bad.push(row) }).open();
    expect([set.length, set.rows]).toEqual([2, 4]);
    expect(bad.map(({ row, key }) => [row, key])).toEqual([
      [1, 'image'],
      [2, 'image'],
    ]);
    expect(set.bad).toEqual(bad);
    expect(await set.get(1)).toMatchObject({ id: '3', at: { row: 3 } });
    const quick = await conversations(path, { skipBad: true, check: 'rows' }).open();
    expect(quick.length).toBe(3);
    expect(quick.describe).not.toEqual(set.describe);
    set.dispose();
    quick.dispose();
    const none = await file(rows.slice(1, 3));
    await expect(conversations(none, { skipBad: true }).open()).rejects.toMatchObject({
      code: 'data.bad',
      got: expect.stringContaining('row 0'),
    });
    await expect(conversations(path, { skipBad: true }).open(AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('have an identity that moves with the file and changes with its content', async () => {
    const path = await file([{ conversations: ask('a', 'b') }]);
    await mkdir(join(dir, 'moved'), { recursive: true });
    await copyFile(path, join(dir, 'moved', 'other.json'));
    const identity = async (p: string): Promise<unknown> => {
      const set = await conversations(p).open();
      set.dispose();
      return set.describe;
    };
    const before = await identity(path);
    expect(await identity(join(dir, 'moved', 'other.json'))).toEqual(before);
    await writeFile(path, JSON.stringify([{ conversations: ask('a', 'c') }]));
    expect(await identity(path)).not.toEqual(before);
  });
});

describe('openJson', () => {
  const values = async (path: string): Promise<unknown[]> => {
    const table = await openJson(path);
    const order = Array.from({ length: table.length }, (_, i) => (i * 7 + 3) % Math.max(1, table.length));
    for (const i of order) await table.record(i);
    const out = [];
    for (let i = 0; i < table.length; i++) out.push(await table.record(i));
    table.dispose();
    return out;
  };
  const rows = fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4, noNullPrototype: true }), { maxLength: 9 });

  it('gives every row back, whatever the layout', async () => {
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom(0, 1, 2, 3, 4), async (given, layout) => {
        const lines = given.map((row) => JSON.stringify(row));
        const wide = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');
        const text = [
          () => JSON.stringify(given),
          () => `\ufeff${JSON.stringify(given, null, 2)}\n`,
          () => `${lines.join('\n\r\n')}\r\n`,
          () => given.map((row) => JSON.stringify(row, null, 1)).join('\n'),
          () => wide(lines.join('\n')),
        ][layout]?.() as string;
        if (given.length === 0 && layout > 1) return;
        const path = await file(text);
        expect(await values(path)).toEqual(JSON.parse(JSON.stringify(given)));
        await rm(path);
      }),
      { numRuns: 200 },
    );
  });

  it('finds the same rows however the file is cut into pieces', async () => {
    const tricky = fc.array(
      fc.dictionary(fc.constantFrom('a', '\\"', '{', '}'), fc.constantFrom('x', '\\', '"', '\\\\"', '[{', '}]', '\n', 'é'), {
        noNullPrototype: true,
      }),
      {
        minLength: 1,
        maxLength: 5,
      },
    );
    await fc.assert(
      fc.asyncProperty(tricky, fc.integer({ min: 1, max: 7 }), fc.constantFrom(0, 1, 2), async (given, chunkBytes, layout) => {
        const text = layout === 2 ? given.map((row) => JSON.stringify(row)).join('\r\n') : JSON.stringify(given, null, layout);
        const path = await file(text);
        const handle = await open(path);
        const index = await indexJson(handle, { start: 0, chunkBytes });
        await handle.close();
        const bytes = Buffer.from(text);
        const parts = Array.from(index?.starts ?? [], (start, i) => JSON.parse(bytes.subarray(start, index?.ends[i]).toString()));
        expect(parts).toEqual(given);
        const lines = Array.from(index?.starts ?? [], (start) => bytes.subarray(0, start).toString().split('\n').length);
        expect([...(index?.lines ?? [])]).toEqual(lines);
        await rm(path);
      }),
      { numRuns: 300 },
    );
  });

  it('names faults of rows where they are, and goes on behind them', async () => {
    const path = await file('{"a": 1}\n{"a": tru}\n{"a": 1, "b": {"a": 2, "a": 3}}\n{"a": 4}\n', 'jsonl');
    const table = await openJson(path);
    expect(table.length).toBe(4);
    await expect(table.record(1)).rejects.toMatchObject({ code: 'data.read', place: expect.stringContaining('line 2, column 7 (row 1)') });
    await expect(table.record(2)).rejects.toMatchObject({ code: 'data.read', got: '"a"', place: expect.stringContaining('line 3') });
    expect(await table.record(3)).toEqual({ a: 4 });
    table.dispose();
    const array = await openJson(await file('[\n {"a": 1}, {"a": tru},\n {"a": 2}]'));
    await expect(array.record(1)).rejects.toMatchObject({ place: expect.stringContaining('line 2, column 18 (row 1)') });
    expect(await array.record(2)).toEqual({ a: 2 });
    array.dispose();
    const split = await openJson(await file('{"a": "x\n{"a": 2}\n', 'jsonl'));
    await expect(split.record(0)).rejects.toMatchObject({ code: 'data.read', place: expect.stringContaining('line 1') });
    expect(await split.record(1)).toEqual({ a: 2 });
    split.dispose();
  });

  it('refuses a file that is cut off, and one that is something else', async () => {
    await expect(openJson(await file('[{"a": 1}, {"a": '))).rejects.toMatchObject({ code: 'data.read' });
    await expect(openJson(await file('[{"a": 1}, {"a": 2}'))).rejects.toMatchObject({ code: 'data.read' });
    await expect(openJson(await file('[{"a": 1}] [2]'))).rejects.toMatchObject({ code: 'data.read' });
    await expect(openJson(join(dir, 'absent.json'))).rejects.toMatchObject({ code: 'data.read' });
    const path = await file('[{"a": 1}]');
    await appendFile(path, '\0\0');
    await expect(openJson(path)).rejects.toMatchObject({ code: 'data.read' });
  });
});
