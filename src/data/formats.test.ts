// Every format: found by its content, read as it is in the wild, written and read again without loss.

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Conversation, type ConversationOptions, conversations, detectFormat, FORMATS, formatNamed, mediaOf } from './index.js';
import { allOf } from './testing.js';

let dir: string;
let count = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-formats-'));
  for (const [name, background] of [
    ['a.png', 'red'],
    ['b.png', 'blue'],
    ['deep/c.jpg', 'green'],
  ] as const) {
    await mkdir(join(dir, 'deep'), { recursive: true });
    await sharp({ create: { width: 12, height: 8, channels: 3, background } }).toFile(join(dir, name));
  }
  await writeFile(join(dir, 'clip.mp4'), '\0\0\0\x18ftypmp42');
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const fresh = (name = ''): string => join(dir, `t${count++}${name}`);
async function file(content: unknown, name: string, folder = dir): Promise<string> {
  const path = join(folder, `${count++}-${name}`);
  const lines = (rows: unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  await writeFile(
    path,
    typeof content === 'string' || content instanceof Uint8Array
      ? content
      : name.endsWith('l')
        ? lines(content as unknown[])
        : JSON.stringify(content),
  );
  return path;
}
/** What must come back: ids, words, places, the bytes of media, and what white space stood around marks. */
async function essence(given: Conversation, spaces: boolean): Promise<unknown> {
  const media = await Promise.all(mediaOf(given).map(async ({ source }) => (typeof source === 'string' ? readFile(source) : source)));
  let next = 0;
  const messages = given.messages.map(({ marked: _, ...message }) => ({
    ...message,
    content: Array.isArray(message.content)
      ? message.content.map((part) => {
          if (part.type === 'text') return part;
          const { origin, source: __, ...rest } = part as { origin: { before?: string; after?: string }; source: unknown; type: string };
          return {
            ...rest,
            bytes: Buffer.from(media[next++] as Uint8Array).toString('base64'),
            ...(spaces ? { before: origin.before, after: origin.after } : {}),
          };
        })
      : message.content,
  }));
  return { id: given.id, messages, ...(given.tools ? { tools: given.tools } : {}), ...(given.extra ? { extra: given.extra } : {}) };
}
const essences = (given: Conversation[], spaces = false): Promise<unknown[]> => Promise.all(given.map((one) => essence(one, spaces)));
const ask = (q: string, a: string) => [
  { from: 'human', value: q },
  { from: 'gpt', value: a },
];
async function through(name: string, given: Conversation[], options?: ConversationOptions): Promise<Conversation[]> {
  const format = formatNamed(name);
  const target = fresh(format.target === 'folder' ? '' : format.target);
  const written = await format.write?.(target, given, {});
  expect(written?.rows).toBe(given.length);
  const found = await detectFormat(target);
  expect(found.format.name === name || name === 'cauldron' || given.length > 0).toBe(true);
  return allOf(target, options);
}

const rows = [
  { id: 'one', image: 'a.png', conversations: ask('<image>\nWhat, "exactly"?', 'red; or,\nnot') },
  { id: '1', conversations: ask('Hi', 'Hello') },
  {
    id: 'two',
    image: ['a.png', 'deep/c.jpg'],
    conversations: [...ask('Compare <image> with <image>, please', 'no'), ...ask('Sure?', 'yes')],
  },
  { id: 'late', image: 'b.png', conversations: [...ask('Hi', 'Hello'), ...ask('What is this?\n<image>', 'blue')] },
  {
    id: 'odd',
    image: ['b.png'],
    conversations: [{ from: 'system', value: 'Be brief.' }, { from: 'gpt', value: 'Hello' }, ...ask('  <image> x', '1')],
  },
];
const calls = {
  id: 'calls',
  tools: [{ type: 'function', function: { name: 'zoom' } }],
  image: 'a.png',
  conversations: [
    { from: 'human', value: '<image>\nZoom' },
    { from: 'function_call', value: '{"name": "zoom", "arguments": {"at": 3}}' },
    { from: 'observation', value: '{"x": 1}' },
    { from: 'gpt', value: 'Done' },
  ],
};
const clip = { id: 'clip', video: 'clip.mp4', conversations: ask('<video>\nWhat?', 'a run') };

describe('every writer gives back what it was given', () => {
  it.each(['llava', 'sharegpt', 'openai', 'swift', 'json', 'parquet', 'webdataset', 'csv', 'imagefolder'])('%s', async (name) => {
    const given = await allOf(await file(rows, 'rows.json'));
    expect(await essences(await through(name, given))).toEqual(await essences(given));
  });

  it.each(['llava', 'sharegpt', 'swift', 'webdataset', 'json', 'csv', 'imagefolder'])(
    '%s: white space around marks, where it is kept',
    async (name) => {
      const given = (await allOf(await file(rows, 'rows.json'))).slice(2);
      expect(await essences(await through(name, given), true)).toEqual(await essences(given, true));
    },
  );

  it.each(['llava', 'sharegpt', 'openai', 'swift', 'webdataset', 'json', 'imagefolder'])(
    '%s: calls of tools and other keys',
    async (name) => {
      const given = await allOf(await file([{ ...calls, source: 'us', score: 0.5 }], 'rows.json'));
      expect(await essences(await through(name, given))).toEqual(await essences(given));
    },
  );

  it.each(['llava', 'sharegpt', 'openai', 'swift', 'webdataset', 'json', 'csv', 'imagefolder'])('%s: videos', async (name) => {
    const given = await allOf(await file([clip], 'rows.json'));
    expect(await essences(await through(name, given))).toEqual(await essences(given));
  });

  it('cauldron, where there is nothing but pairs; ids are those of the images', async () => {
    const given = (await allOf(await file(rows, 'rows.json'))).slice(0, 4);
    const back = await through('cauldron', given);
    const plain = (list: unknown[]): unknown[] => list.map((one) => ({ ...(one as object), id: '' }));
    expect(plain(await essences(back))).toEqual(plain(await essences(given)));
  });

  it('coco captions', async () => {
    const given = await allOf(
      await file(
        [3, 7].map((id) => ({ id, image: 'a.png', caption: `number ${id}` })),
        'rows.jsonl',
      ),
    );
    expect(await essences(await through('coco', given))).toEqual(await essences(given));
  });

  it('any texts, in any order of turns', async () => {
    const text = fc
      .array(fc.constantFrom('a', ' ', '\n', '"', ',', 'é', '[', '{', '\\', "'", '\t', '=', '[1]'), { minLength: 1, maxLength: 6 })
      .map((x) => x.join(''));
    const reply = text.filter((t) => t.trim() !== '');
    const row = fc.record({
      images: fc.integer({ min: 0, max: 2 }),
      pairs: fc.array(fc.tuple(text, reply), { minLength: 1, maxLength: 2 }),
    });
    const source = fc.array(row, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        source,
        fc.constantFrom('llava', 'sharegpt', 'openai', 'swift', 'json', 'parquet', 'webdataset', 'csv', 'imagefolder'),
        async (list, name) => {
          const made = list.map(({ images, pairs }, i) => ({
            id: `r${i}`,
            images: ['a.png', 'b.png'].slice(0, images),
            conversations: pairs.flatMap(([q, a], k) => ask(`${k === 0 ? '<image>'.repeat(images) : ''}${q}`, a)),
          }));
          const given = await allOf(await file(made, 'rows.json'));
          expect(await essences(await through(name, given))).toEqual(await essences(given));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('counts what a format has no place for, and refuses what it cannot hold', async () => {
    const given = await allOf(await file([{ ...rows[0], source: 'us' }, calls], 'rows.json'));
    expect(await formatNamed('csv').write?.(fresh(), given.slice(0, 1), {})).toEqual({ rows: 1, lost: { source: 1 } });
    await expect(formatNamed('parquet').write?.(fresh('.parquet'), given, {})).rejects.toMatchObject({ code: 'data.row', at: { row: 1 } });
    const bad: unknown[] = [];
    const written = await formatNamed('cauldron').write?.(fresh('.parquet'), given, { onBad: (error) => bad.push(error) });
    expect([written?.rows, bad.length]).toEqual([1, 1]);
    const spelled = await allOf(
      await file(
        [
          {
            messages: [
              {
                role: 'user',
                content: [
                  { type: 'image', path: 'a.png' },
                  { type: 'text', text: 'Is it <image>?' },
                ],
              },
              { role: 'assistant', content: 'x' },
            ],
          },
        ],
        'rows.json',
      ),
    );
    await expect(formatNamed('llava').write?.(fresh(), spelled, {})).rejects.toMatchObject({ code: 'data.row' });
    expect(await essences(await through('openai', spelled))).toEqual(await essences(spelled));
  });

  it('copies a file that several rows name once, and never two files to one name', async () => {
    await mkdir(join(dir, 'DEEP'), { recursive: true });
    await sharp(join(dir, 'a.png'))
      .jpeg()
      .toFile(join(dir, 'DEEP', 'C.JPG'));
    const made = ['deep/c.jpg', 'DEEP/C.JPG', 'deep/c.jpg'].map((image) => ({ image, conversations: ask('<image>\nWhat?', 'x') }));
    const given = await allOf(await file(made, 'rows.json'));
    const back = await through('llava', given);
    expect(await essences(back)).toEqual(await essences(given));
    expect(new Set(back.map((one) => mediaOf(one)[0]?.source)).size).toBe(2);
  });
});

const texts = (given: Conversation[]): unknown[] =>
  given.map(({ messages }) =>
    messages.map(({ content }) =>
      Array.isArray(content) ? content.map((part) => (part.type === 'text' ? part.text : part.type)).join('|') : content,
    ),
  );

describe('data sets as they are', () => {
  it.each<[string, string, unknown]>([
    ['llava', 'json', [rows[0]]],
    ['llava', 'jsonl', [rows[0]]],
    ['sharegpt', 'json', [{ images: ['a.png'], conversations: ask('<image>x', 'y') }]],
    [
      'openai',
      'jsonl',
      [
        {
          messages: [
            { role: 'user', content: 'x' },
            { role: 'assistant', content: 'y' },
          ],
        },
      ],
    ],
    [
      'swift',
      'jsonl',
      [
        {
          images: ['a.png'],
          messages: [
            { role: 'user', content: '<image>x' },
            { role: 'assistant', content: 'y' },
          ],
        },
      ],
    ],
    ['json', 'jsonl', [{ image: 'a.png', question: 'x', answer: 'y' }]],
    ['coco', 'json', { info: {}, images: [{ id: 1, file_name: 'a.png' }], annotations: [{ id: 1, image_id: 1, caption: 'x' }] }],
    ['coco', 'json', { images: [{ id: 1, file_name: 'a.png' }], annotations: [{ id: 1, image_id: 1, caption: 'x' }] }],
    [
      'swift',
      'jsonl',
      [
        {
          images: [{ path: 'a.png' }],
          messages: [
            { role: 'user', content: '<image>x' },
            { role: 'assistant', content: 'y' },
          ],
        },
      ],
    ],
    ['csv', 'csv', 'image,caption\na.png,x\n'],
    ['csv', 'tsv', 'image\tcaption\na.png\tx\n'],
  ])('%s in %s', async (name, ending, content) => {
    const path = await file(content, `x.${ending}`);
    expect((await detectFormat(path)).format.name).toBe(name);
    expect(await allOf(path)).toHaveLength(1);
    expect(await allOf(path, { format: name })).toHaveLength(1);
  });

  it('plain columns: questions, captions, labels, choices', async () => {
    const made = [
      { image: 'a.png', question: 'What?', answer: 'red' },
      { image: 'a.png', question: 'What?', answers: ['red', 'blue', 'blue'], question_id: 5 },
      { image: 'a.png', question: 'What?', multiple_choice_answer: 'blue', answers: [{ answer: 'red' }, { answer: 'blue' }] },
      { image: 'a.png', question: 'Is <image> red?', answer: 1 },
      { image: 'a.png', question: 'Which?', choices: ['x', 'y'], answer: 1 },
      { image: 'a.png', caption: 'A square.' },
      { file_name: 'a.png', text: 'A square.' },
      { image: 'a.png', label: 3 },
      { images: ['a.png', 'b.png'], query: 'Same?', label: ['no'] },
    ];
    const path = await file(made, 'x.jsonl');
    const given = await allOf(path);
    expect(texts(given)).toEqual([
      ['image|What?', 'red'],
      ['image|What?', 'blue'],
      ['image|What?', 'blue'],
      ['Is |image| red?', '1'],
      ['image|Which?\nA. x\nB. y', 'B'],
      ['image|Describe the image.', 'A square.'],
      ['image|Describe the image.', 'A square.'],
      ['image|What is in the image?', '3'],
      ['image|image|Same?', 'no'],
    ]);
    expect(given[1]?.extra).toEqual({ question_id: 5, answers: ['red', 'blue', 'blue'] });
    expect(texts(await allOf(path, { prompt: 'Say!' }))[5]).toEqual(['image|Say!', 'A square.']);
    const bad = await file(
      [
        { image: 'a.png', question: 'x', answer: '' },
        { image: 'a.png', question: 'x', choices: ['a'], answer: 4 },
        { file_name: 'z.png', text: 'x' },
        { image: 'a.png', question: 3, answer: 'x' },
      ],
      'x.jsonl',
    );
    const set = await conversations(bad).open();
    for (const [row, key] of ['answer', 'answer', 'file_name', 'question'].entries())
      await expect(set.get(row)).rejects.toMatchObject({ code: 'data.row', key });
    set.dispose();
  });

  it('boxes and names of ms-swift', async () => {
    const row = {
      images: ['a.png'],
      objects: {
        ref: ['the cup'],
        bbox: [
          [1, 2, 30.5, 4],
          [5, 6, 7, 8],
        ],
      },
      messages: [
        { role: 'user', content: '<image>Find <ref-object>' },
        { role: 'assistant', content: '<bbox> and <bbox>' },
      ],
    };
    const path = await file([row], 'x.jsonl');
    const given = await allOf(path);
    expect(texts(given)).toEqual([['image|Find the cup', '[1, 2, 30.5, 4] and [5, 6, 7, 8]']]);
    const target = fresh();
    await formatNamed('swift').write?.(target, given, {});
    const written = JSON.parse(await readFile(join(target, 'data.jsonl'), 'utf8'));
    expect(written).toEqual({ ...row, images: ['images/a.png'] });
    const few = await file([{ ...row, objects: { ref: [], bbox: [[1, 2, 3, 4]] } }], 'x.jsonl');
    await expect(allOf(few)).rejects.toMatchObject({ code: 'data.row', key: 'objects.ref' });
  });

  it('CSV with quotes, line breaks, a mark at its start and other separators', async () => {
    const path = await file('\ufeffimage;question;answer\r\na.png;"Is it ""red""; or\nnot?";ja\r\n\r\nb.png;Größe?;5" wide\r\n', 'x.csv');
    const given = await allOf(path);
    expect(texts(given)).toEqual([
      ['image|Is it "red"; or\nnot?', 'ja'],
      ['image|Größe?', '5" wide'],
    ]);
    expect(given.map(({ at }) => at.line)).toEqual([2, 5]);
    const bad = await file('image,caption\na.png,x\nb.png\n', 'x.csv');
    await expect(allOf(bad)).rejects.toMatchObject({ code: 'data.row', at: { row: 1, line: 3 } });
    await expect(allOf(await file('image,caption\na.png,"x\n', 'x.csv'))).rejects.toMatchObject({ code: 'data.read' });
    // What a spreadsheet saves in the encoding of its system, and a file that changes while it is open.
    const latin = join(dir, 'latin.csv');
    await writeFile(latin, Buffer.from('image,caption\na.png,x\na.png,caf\xe9\n', 'latin1'));
    await expect(allOf(latin)).rejects.toMatchObject({ code: 'data.row', at: { row: 1, line: 3 } });
    const set = await conversations(latin).open();
    await writeFile(latin, 'image,caption\n"');
    await expect(set.get(0)).rejects.toMatchObject({ code: 'data.row', at: { file: latin, row: 0 } });
    set.dispose();
  });

  it('folders of images: with metadata, and one for each class', async () => {
    const set = fresh();
    for (const label of ['cat', 'dog']) await mkdir(join(set, label), { recursive: true });
    for (const name of ['cat/1.png', 'cat/2.png', 'dog/1.png']) await sharp(join(dir, 'a.png')).toFile(join(set, name));
    await writeFile(join(set, 'cat', 'notes.txt'), 'x');
    const given = await allOf(set);
    expect(given.map(({ id }) => id)).toEqual(['cat/1.png', 'cat/2.png', 'dog/1.png']);
    expect(texts(given)[2]).toEqual(['image|What is in the image?', 'dog']);
    await writeFile(join(set, 'metadata.csv'), 'file_name,text\ncat/1.png,A cat.\n');
    expect(texts(await allOf(set))).toEqual([['image|Describe the image.', 'A cat.']]);
    await writeFile(join(set, 'metadata.jsonl'), '{"file_name": "dog/1.png", "question": "What?", "answer": "A dog."}\n');
    expect(texts(await allOf(set))).toEqual([['image|What?', 'A dog.']]);
  });

  it('parquet of every kind, in every compression', async () => {
    const golden = (name: string): string => fileURLToPath(new URL(`../../test/golden/parquet/${name}.parquet`, import.meta.url));
    for (const codec of ['none', 'snappy', 'gzip', 'brotli', 'lz4', 'zstd'])
      expect(texts(await allOf(golden(codec)))[1]).toEqual([`image|image|${'Same?'.repeat(40)}`, 'no', 'Sure?', 'yes']);
    expect(texts(await allOf(golden('onevision')))).toEqual([
      ['image|What?', 'red'],
      ['Hi', 'Hello'],
    ]);
    expect(texts(await allOf(golden('trl')))).toEqual([['Be brief.', 'Here: |image| What?', 'red']]);
    expect(texts(await allOf(golden('labels'))).map((row) => (row as unknown[])[1])).toEqual(['cat', 'dog']);
  });

  it('shards of parquet and tar in one folder, in the order of their names', async () => {
    const given = await allOf(await file(rows.slice(0, 3), 'rows.json'));
    for (const [name, ending] of [
      ['parquet', '.parquet'],
      ['webdataset', '.tar'],
    ] as const) {
      const set = fresh();
      await mkdir(set);
      for (const k of [2, 0, 1]) await formatNamed(name).write?.(join(set, `part-${k}${ending}`), given.slice(k, k + 1), {});
      const open = await conversations(set).open();
      expect([open.format, open.length]).toEqual([name, 3]);
      expect((await open.get(2)).at).toEqual({ file: join(set, `part-2${ending}`), row: 0 });
      open.dispose();
      expect(await essences(await allOf(set))).toEqual(await essences(given));
    }
  });

  it('tar files of other programs: captions, classes, long names, folders between', async () => {
    const golden = fileURLToPath(new URL('../../test/golden/webdataset.tar', import.meta.url));
    const given = await allOf(golden);
    expect(given.map(({ id }) => id)).toEqual(['set/000', 'set/001', `set/${'long'.repeat(40)}`]);
    expect(texts(given)).toEqual([
      ['image|Describe the image.', 'A red square.'],
      ['image|What is in the image?', '7'],
      ['image|image|Which?', 'The first.'],
    ]);
    const bytes = await readFile(golden);
    await expect(allOf(await file(bytes.subarray(0, 3000), 'x.tar'))).rejects.toMatchObject({ code: 'data.read' });
    bytes.fill(7, 520, 600);
    await expect(allOf(await file(bytes, 'x.tar'))).rejects.toMatchObject({ code: 'data.read' });
  });

  it('COCO instances, joined by the ids of images', async () => {
    const path = await file(
      {
        info: { note: 'a ] } [ { "' },
        licenses: [{ id: 1 }],
        images: [
          { id: 9, file_name: 'a.png' },
          { id: 4, file_name: 'b.png' },
        ],
        annotations: [
          { id: 1, image_id: 4, category_id: 2, bbox: [1.2, 2, 3, 4], segmentation: [[1, 2, 3]] },
          { id: 2, image_id: 9, category_id: 1, bbox: [0, 0, 5, 5], segmentation: { counts: '}]"', size: [1, 2] } },
          { id: 3, image_id: 4, category_id: 1, bbox: [5, 5, 5, 5] },
          { id: 4, image_id: 4, category_id: 2, bbox: [6, 6, 2, 2] },
        ],
        categories: [
          { id: 1, name: 'cat' },
          { id: 2, name: 'dog' },
        ],
      },
      'x.json',
    );
    expect(texts(await allOf(path))).toEqual([
      ['image|Which objects are in the image?', 'cat'],
      ['image|Which objects are in the image?', 'dog, cat'],
    ]);
    expect(texts(await allOf(path, { objects: 'boxes', prompt: 'Boxes?' }))[1]).toEqual([
      'image|Boxes?',
      'dog [1, 2, 4, 6]\ncat [5, 5, 10, 10]\ndog [6, 6, 8, 8]',
    ]);
  });

  it('names what is not a data set, and formats that are not there', async () => {
    await expect(allOf(join(dir, 'a.png'))).rejects.toMatchObject({ code: 'data.read', got: expect.stringContaining('png') });
    await expect(allOf(join(dir, 'nothing'))).rejects.toMatchObject({ code: 'data.read' });
    await expect(allOf(dir, { format: 'lava' })).rejects.toMatchObject({ code: 'data.format', hint: expect.stringContaining('llava') });
    for (const { name } of FORMATS.filter((format) => format.name !== 'imagefolder'))
      await expect(allOf(join(dir, 'deep'), { format: name })).rejects.toMatchObject({ code: 'data.read' });
    expect(new Set(FORMATS.map(({ name }) => name)).size).toBe(FORMATS.length);
  });
});
