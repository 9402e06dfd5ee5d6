// Data sets as other tools and people leave them: choices in columns, turns as text, splits side by side, shards by a pattern, folders of classes.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Conversation, checkData, contactSheet, conversations, formatNamed } from './index.js';
import { allOf } from './testing.js';

let dir: string;
let png: Buffer;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-found-'));
  png = await sharp({ create: { width: 9, height: 9, channels: 3, background: 'teal' } })
    .png()
    .toBuffer();
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function put(name: string, content: string | Buffer | object): Promise<string> {
  const path = join(dir, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content));
  return path;
}
const words = ({ messages }: Conversation): unknown[] =>
  messages.map(({ content }) =>
    Array.isArray(content) ? content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('|') : content,
  );
const failure = (path: string): Promise<{ code: string; key?: string; got?: string; hint?: string }> =>
  allOf(path).then(
    () => {
      throw new Error('expected an error');
    },
    (error) => error,
  );

describe('choices', () => {
  it('in a column each become lines of the question, where the answer is one of them', async () => {
    const path = await put('letters.json', [
      { question: 'Which?', A: 'red', B: 'blue', answer: 'B' },
      { question: 'Which?', A: 'red', B: 'blue', C: 3, answer: 'red' },
      { question: 'Which?', A: 'red', B: 'blue', answer: 'green' },
    ]);
    expect((await allOf(path)).map(words)).toEqual([
      ['Which?\nA. red\nB. blue', 'B'],
      ['Which?\nA. red\nB. blue\nC. 3', 'A'],
      ['Which?', 'green'],
    ]);
  });
  it('may be the text of a list, and nothing else', async () => {
    const path = await put('lists.json', [
      { question: 'Which?', options: `['it\\'s red', "blue"]`, answer: 'B' },
      { question: 'Which?', options: '["red", "blue"]', answer: 'red' },
    ]);
    expect((await allOf(path)).map(words)).toEqual([
      ["Which?\nA. it's red\nB. blue", 'B'],
      ['Which?\nA. red\nB. blue', 'A'],
    ]);
    expect(await failure(await put('no-list.json', [{ question: 'Which?', options: 'red or blue', answer: 'A' }]))).toMatchObject({
      code: 'data.row',
      key: 'options',
    });
  });
});

describe('rows', () => {
  it('may have their turns as text, and roles of other tools', async () => {
    const turns = [
      { role: 'human', content: 'a' },
      { role: 'ai', content: 'b' },
    ];
    expect((await allOf(await put('text.json', [{ messages: JSON.stringify(turns) }]))).map(words)).toEqual([['a', 'b']]);
    expect(await failure(await put('cut.json', [{ messages: '[{"role":' }]))).toMatchObject({ code: 'data.row', key: 'messages' });
    expect(await failure(await put('none.json', [{ messages: [turns[0], { role: 'ai' }] }]))).toMatchObject({ key: 'messages[1].content' });
  });
  it('that name an image within their text are refused', async () => {
    const row = {
      conversations: [
        { from: 'user', value: 'Picture 1: <img>a.png</img>\nWhat?' },
        { from: 'assistant', value: 'Red' },
      ],
    };
    expect(await failure(await put('qwen.json', [row]))).toMatchObject({
      code: 'data.row',
      key: 'conversations[0]',
      got: '<img>a.png</img>',
    });
  });
  it('are not columns', async () => {
    for (const columns of [
      { question: ['a', 'b'], answer: ['c', 'd'] },
      { question: { 0: 'a', 1: 'b' }, answer: { 0: 'c', 1: 'd' } },
    ])
      expect(await failure(await put('columns.json', columns))).toMatchObject({
        code: 'data.read',
        hint: expect.stringContaining('orient="records"'),
      });
  });
  it('are told from comments, from a line of names, and from the cells of a quote that is not closed', async () => {
    const turns = [
      { role: 'user', content: '\ud83d \u0000 <' },
      { role: 'assistant', content: 'b' },
    ];
    const commented = await put('comments.json', `[\n  // first\n  {"messages": ${JSON.stringify(turns)}}\n]`);
    expect(await failure(commented)).toMatchObject({
      code: 'data.read',
      place: expect.stringContaining('line 2'),
      hint: expect.stringContaining('comments'),
    });
    expect(await failure(await put('headless.csv', 'a.png,A box\nb.png,A cup\n'))).toMatchObject({ code: 'data.read', got: 'a.png' });
    const quoted = await put('quoted.tsv', 'question\tanswer\na\t"b\nc\td\ne\tf"\ng\th\n');
    expect(await failure(quoted)).toMatchObject({ code: 'data.row', key: 'answer' });
    // What no picture of text can show is drawn as something else.
    const { first } = await checkData(await put('odd.json', [{ messages: turns }]), { keep: 1 });
    expect((await contactSheet(first)).subarray(1, 4).toString()).toBe('PNG');
  });
  it('without an image are counted among others', async () => {
    await put('bare/a.png', png);
    const path = await put('bare/data.csv', 'image,question,answer\na.png,Q?,Red\n,Q?,Blue\n');
    expect(await checkData(path)).toMatchObject({ samples: 2, images: 1, bare: 1 });
  });
});

describe('files of images', () => {
  it('in another folder are found for the hint', async () => {
    await put('coco/train/1.png', png);
    const path = await put('coco/annotations/captions.json', {
      images: [{ id: 1, file_name: '1.png' }],
      annotations: [{ id: 1, image_id: 1, caption: 'A box.' }],
    });
    expect((await failure(path)).hint).toContain(join(dir, 'coco/train'));
    const { bad } = await checkData(path);
    expect(bad).toMatchObject([{ row: 0, key: 'file_name', hint: expect.stringContaining('--images') }]);
  });
  it('in folders of classes are rows with a label, others bad rows', async () => {
    for (const name of ['red ball/1.png', 'red ball/2.png', 'cup/1.png', 'cup/old/3.png', '4.png', 'cup/._1.png', '__MACOSX/5.png'])
      await put(`classes/${name}`, png);
    for (const name of ['red ball/.DS_Store', 'cup/.DS_Store', 'red ball/Thumbs.db']) await put(`classes/${name}`, 'x');
    const { format, samples, bad } = await checkData(join(dir, 'classes'), { keep: 9 });
    expect([format, samples]).toEqual(['imagefolder', 3]);
    expect(bad).toMatchObject([
      { key: 'label', problem: expect.stringContaining('4.png') },
      { key: 'label', problem: expect.stringContaining('cup/old/3.png') },
    ]);
  });
  it.each([
    ['with metadata in each', ['train/metadata.jsonl', 'train/a.png', 'test/metadata.jsonl', 'test/a.png'], 'train'],
    ['of images alone', ['train/a.png', 'test/a.png'], undefined],
    ['or of all images beside their rows', ['images/a.png', 'more/a.png', 'train.json'], 'train.json'],
    ['or of one class, which says nothing', ['pictures/a.png'], undefined],
    ['of classes', ['train/cup/a.png', 'test/cup/a.png'], 'test, train'],
  ])('in folders of splits %s are not of classes', async (_, names, hint) => {
    const set = `splits-${names.length}-${names[0]?.length}`;
    for (const name of names) await put(`${set}/${name}`, name.endsWith('png') ? png : '{"file_name":"a.png","text":"A box."}\n');
    const error = await failure(join(dir, set));
    expect(error.code).toBe('data.read');
    if (hint) expect(error.hint).toContain(hint);
  });
  it('alone say what is missing beside them', async () => {
    await put('flat/a.png', png);
    expect((await failure(join(dir, 'flat'))).hint).toContain('metadata.jsonl');
  });
});

describe('shards', () => {
  const row = (answer: string) => ({
    id: answer,
    messages: [
      { role: 'user' as const, content: 'a' },
      { role: 'assistant' as const, content: answer },
    ],
    at: { file: 'x', row: 0 },
  });
  beforeAll(async () => {
    await mkdir(join(dir, 'shards'));
    for (const [format, ending] of [
      ['parquet', 'parquet'],
      ['webdataset', 'tar'],
    ] as const)
      for (const name of ['train-0-of-2', 'train-1-of-2', 'test-0-of-1'])
        await formatNamed(format).write?.(join(dir, 'shards', `${name}.${ending}`), [row(name)], {});
  });
  it.each(['parquet', 'tar'])('of one split are named by a pattern; %s of several are not read as one', async (ending) => {
    const read = await allOf(join(dir, 'shards', `train-*.${ending}`));
    expect(read.map((each) => words(each)[1])).toEqual(['train-0-of-2', 'train-1-of-2']);
    expect((await allOf(join(dir, 'shards', `t?st-*.${ending}`))).map((each) => words(each)[1])).toEqual(['test-0-of-1']);
    expect((await failure(join(dir, 'shards', `none-*.${ending}`))).code).toBe('data.read');
    const both = await conversations(join(dir, 'shards'), { format: ending === 'tar' ? 'webdataset' : 'parquet' })
      .open()
      .catch((error: unknown) => error);
    expect(both).toMatchObject({ code: 'data.read', hint: expect.stringContaining(join(dir, 'shards', 'train-*')) });
  });
  it('have further fields of JSON and text under their names', async () => {
    const files: [string, string | Buffer][] = [
      ['a.png', png],
      ['a.captions.json', '["A box.", "A box.", "Teal."]'],
      ['a.source.txt', 'mine'],
      ['b.png', png],
      ['b.json', '{"caption":"A tile."}'],
    ];
    const blocks = files.flatMap(([name, content]) => {
      const header = Buffer.alloc(512);
      header.write(name);
      header.write(`${Buffer.byteLength(content).toString(8).padStart(11, '0')}\0`, 124);
      header.write('        0', 148);
      header.write('ustar', 257);
      header.write(
        `${header
          .reduce((n, byte) => n + byte, 0)
          .toString(8)
          .padStart(6, '0')}\0 `,
        148,
      );
      return [header, Buffer.from(content), Buffer.alloc((512 - (Buffer.byteLength(content) % 512)) % 512)];
    });
    const read = await allOf(await put('fields.tar', Buffer.concat([...blocks, Buffer.alloc(1024)])));
    expect(read.map((each) => words(each)[1])).toEqual(['A box.', 'A tile.']);
    expect(read[0]?.extra).toMatchObject({ source: 'mine' });
  });
  it('of Arrow say how they become parquet', async () => {
    await put('arrow/state.json', {});
    const file = await put('arrow/data-00000-of-00001.arrow', Buffer.from([255, 255, 255, 255, 16, 0, 0, 0]));
    expect((await failure(join(dir, 'arrow'))).hint).toContain('load_from_disk');
    expect((await failure(file)).hint).toContain('to_parquet');
    expect((await failure(await put('sheet.xlsx', 'PK\x03\x04'))).hint).toContain('CSV');
  });
});
