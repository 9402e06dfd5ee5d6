// Rows as real data has them: places of images, roles, keys, parquet columns and compressions; whole data sets checked.

import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BadRow, checkData, type DataSample, messagesOf, readLlava, readParquet, writeLlava, writeParquet } from './index.js';

let dir: string;
let count = 0;
const pixel = (background: string): Promise<Buffer> =>
  sharp({ create: { width: 8, height: 8, channels: 3, background } })
    .png()
    .toBuffer();

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-rows-'));
  await writeFile(join(dir, 'a.png'), await pixel('red'));
  await writeFile(join(dir, 'b.png'), await pixel('blue'));
  const jpeg = await sharp({
    create: { width: 300, height: 300, channels: 3, noise: { type: 'gaussian', mean: 128, sigma: 60 }, background: 'red' },
  })
    .jpeg()
    .toBuffer();
  await writeFile(join(dir, 'cut.jpg'), jpeg.subarray(0, 4000));
  await writeFile(join(dir, 'empty.png'), '');
  await writeFile(join(dir, 'words.png'), 'no image');
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const ask = (q: string, a: string) => [
  { from: 'human', value: q },
  { from: 'gpt', value: a },
];
const said = (...turns: [string, string][]) => turns.map(([from, value]) => ({ from, value }));

async function file(rows: unknown): Promise<string> {
  const path = join(dir, `${count++}.json`);
  await writeFile(path, typeof rows === 'string' ? rows : JSON.stringify(rows));
  return path;
}
async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const x of source) out.push(x);
  return out;
}
const read = async (...rows: unknown[]): Promise<DataSample[]> => collect(readLlava(await file(rows)));
const golden = (name: string): string => fileURLToPath(new URL(`../../test/golden/parquet/${name}.parquet`, import.meta.url));

describe('places of images', () => {
  const interleaved = [
    { image: ['a.png', 'b.png'], conversations: ask('Compare <image> with <image>, please', 'same') },
    { image: ['a.png', 'b.png'], conversations: [...ask('<image>\nColor?', 'red'), ...ask('<image>\nAnd this?', 'blue')] },
    { image: 'a.png', conversations: ask('What is this?\n<image>', 'red') },
    { image: 'a.png', conversations: ask('<image>  What?', 'red') },
    { image: ['a.png', 'b.png'], conversations: [...ask('Hi', 'Hello'), ...ask('<image><image>', 'two')] },
    { image: 'a.png', conversations: ask('Draw', '<image> done') },
    { conversations: ask('Hi', 'The mark is spelled here') },
    {
      image: 'a.png',
      conversations: said(['system', 'Be brief.'], ['gpt', 'Hello'], ['human', 'a'], ['human', '<image>b'], ['gpt', 'c'], ['human', 'd']),
    },
  ];

  it('are kept as parts', async () => {
    const [compare, second, end, , , reply] = await read(...interleaved);
    expect(messagesOf(compare as DataSample)[0]).toEqual({
      role: 'user',
      parts: [
        { type: 'text', text: 'Compare ' },
        { type: 'image', image: 0 },
        { type: 'text', text: ' with ' },
        { type: 'image', image: 1 },
        { type: 'text', text: ', please' },
      ],
    });
    expect(compare?.turns).toEqual([{ user: 'Compare <image> with <image>, please', assistant: 'same' }]);
    expect(messagesOf(second as DataSample).map((m) => m.parts.map((p) => (p.type === 'image' ? p.image : p.text)))).toEqual([
      [0, '\nColor?'],
      ['red'],
      [1, '\nAnd this?'],
      ['blue'],
    ]);
    expect(messagesOf(end as DataSample)[0]?.parts).toEqual([
      { type: 'text', text: 'What is this?\n' },
      { type: 'image', image: 0 },
    ]);
    expect(messagesOf(reply as DataSample)[1]?.parts[0]).toEqual({ type: 'image', image: 0 });
  });

  it('come back where they stood', async () => {
    const set = join(dir, 'again');
    await writeLlava(set, await read(...interleaved), { force: true });
    const written = JSON.parse(await readFile(join(set, 'data.json'), 'utf8')) as { conversations: unknown; image?: string | string[] }[];
    expect(written.map((row) => row.conversations)).toEqual(interleaved.map((row) => row.conversations));
    const bytes = (s: DataSample): string[] => s.images.map((i) => Buffer.from(i.bytes).toString('base64'));
    expect((await collect(readLlava(set))).map(bytes)).toEqual((await read(...interleaved)).map(bytes));
  });

  it('come back from parquet, which refuses what pairs cannot hold', async () => {
    const path = join(dir, 'places.parquet');
    const pairs = await read(...interleaved.slice(0, 6));
    await writeParquet(path, pairs);
    const back = await collect(readParquet(path));
    expect(back.map(messagesOf)).toEqual(pairs.map(messagesOf));
    await expect(writeParquet(join(dir, 'no.parquet'), await read(interleaved.at(-1)))).rejects.toMatchObject({ code: 'data.row' });
  });

  it('a sample whose images have no place is refused', async () => {
    const [sample] = await read(interleaved[0]);
    const lost = { ...(sample as DataSample), messages: [{ role: 'user' as const, parts: [{ type: 'image' as const, image: 1 }] }] };
    await expect(writeLlava(join(dir, 'lost'), [lost])).rejects.toMatchObject({ code: 'data.row' });
  });
});

describe('roles and keys', () => {
  it.each<[string, unknown, string[]]>([
    ['first turn gpt', { conversations: said(['gpt', 'Hello'], ['human', 'Hi'], ['gpt', 'Well']) }, ['assistant', 'user', 'assistant']],
    ['two human in a row', { conversations: said(['human', 'a'], ['human', 'b'], ['gpt', 'c']) }, ['user', 'user', 'assistant']],
    ['ends with human', { conversations: said(['human', 'a'], ['gpt', 'b'], ['human', 'c']) }, ['user', 'assistant', 'user']],
    ['a system turn', { conversations: said(['system', 's'], ['human', 'a'], ['gpt', 'b']) }, ['system', 'user', 'assistant']],
    ['a system key', { system: 's', conversations: ask('a', 'b') }, ['system', 'user', 'assistant']],
    [
      'chatgpt and bing',
      { conversations: said(['user', 'a'], ['chatgpt', 'b'], ['human', 'c'], ['bing', 'd']) },
      ['user', 'assistant', 'user', 'assistant'],
    ],
    [
      'role and content',
      {
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content: 'b' },
        ],
      },
      ['user', 'assistant'],
    ],
  ])('%s', async (_name, row, roles) => {
    const [sample] = await read(row);
    expect(messagesOf(sample as DataSample).map((m) => m.role)).toEqual(roles);
  });

  it('images, lists of parts and data URLs', async () => {
    const url = `data:image/png;base64,${(await pixel('red')).toString('base64')}`;
    const [images, parts, inline] = await read(
      { images: ['a.png'], conversations: ask('<image>\nWhat?', 'red') },
      {
        images: ['a.png'],
        messages: [
          { role: 'user', content: [{ type: 'text', text: 'See ' }, { type: 'image' }] },
          { role: 'assistant', content: [{ type: 'text', text: 'red' }] },
        ],
      },
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'image_url', image_url: { url } },
              { type: 'text', text: 'What?' },
            ],
          },
          { role: 'assistant', content: 'red' },
        ],
      },
    );
    expect(images?.images[0]?.path).toBe('a.png');
    expect(parts?.turns).toEqual([{ user: 'See <image>', assistant: 'red' }]);
    expect(messagesOf(inline as DataSample)[0]?.parts).toEqual([
      { type: 'image', image: 0 },
      { type: 'text', text: 'What?' },
    ]);
    expect(inline?.images[0]?.bytes.length).toBeGreaterThan(50);
  });

  it.each<[string, unknown, string | undefined]>([
    ['a video', { video: 'x.mp4', conversations: ask('<video>\nWhat?', 'a run') }, 'video'],
    ['a mark of a video alone', { conversations: ask('<video>\nWhat?', 'a run') }, 'conversations[0]'],
    ['an unknown role', { conversations: said(['human', 'a'], ['narrator', 'b']) }, 'conversations[1].from'],
    ['a call that is not JSON', { conversations: said(['human', 'a'], ['function_call', 'b'], ['gpt', 'c']) }, 'conversations[1].value'],
    [
      'a call of a tool',
      { conversations: said(['human', 'a'], ['function_call', '{"name": "b", "arguments": {}}'], ['gpt', 'c']) },
      undefined,
    ],
    ['a role that every object has', { conversations: said(['constructor', 'a'], ['gpt', 'b']) }, 'conversations[0].from'],
    ['no reply', { conversations: said(['human', 'a']) }, 'conversations'],
    ['a reply to nothing', { conversations: said(['gpt', 'a'], ['human', 'b']) }, 'conversations[0].from'],
    ['a late system turn', { conversations: said(['human', 'a'], ['gpt', 'b'], ['system', 'c']) }, 'conversations[2].from'],
    [
      'a number for a text',
      {
        messages: [
          { role: 'user', content: 3 },
          { role: 'assistant', content: 'x' },
        ],
      },
      'messages[0].content',
    ],
    ['other columns', { title: 'x', output: 'y' }, 'conversations'],
    ['an address', { image: 'https://x.org/a.png', conversations: ask('<image>', 'x') }, 'image'],
    ['a missing second image', { image: ['a.png', 'z.png'], conversations: ask('<image><image>', 'x') }, 'image[1]'],
    ['two kinds of images', { image: 'a.png', images: ['b.png'], conversations: ask('<image>', 'x') }, 'images'],
    ['a turn that is null', { conversations: [null] }, 'conversations[0]'],
  ])('%s is refused by row and key', async (_name, row, key) => {
    const good = { conversations: ask('a', 'b') };
    await expect(read(good, row)).rejects.toMatchObject({ code: 'data.row', key, place: expect.stringContaining('row 1') });
  });

  it('names a file of one object, and what a folder has instead', async () => {
    await expect(collect(readLlava(await file(JSON.stringify({ data: [] }))))).rejects.toMatchObject({
      code: 'data.read',
      got: expect.stringContaining('data'),
    });
    await mkdir(join(dir, 'folder'));
    await writeFile(join(dir, 'folder', 'train.jsonl'), '');
    await expect(collect(readLlava(join(dir, 'folder')))).rejects.toMatchObject({
      code: 'data.read',
      hint: expect.stringContaining('train.jsonl'),
    });
  });

  it('leaves bad rows out when asked', async () => {
    const bad: BadRow[] = [];
    const path = await file(`[${JSON.stringify({ conversations: ask('a', 'b') })}, {"x": NaN}, {"conversations": 3}]`);
    const good = await collect(readLlava(path, { onBad: (row) => bad.push(row) }));
    expect(good).toHaveLength(1);
    expect(bad).toMatchObject([
      { file: path, row: 1 },
      { file: path, row: 2, key: 'conversations' },
    ]);
  });
});

describe('parquet of other tools', () => {
  it.each(['none', 'snappy', 'gzip', 'brotli', 'lz4', 'zstd'])('compressed with %s', async (codec) => {
    const samples = await collect(readParquet(golden(codec)));
    expect(samples.map((s) => s.images.map((i) => i.path))).toEqual([['a.png'], ['a.png', 'b.png']]);
    expect(samples[1]?.turns).toEqual([
      { user: 'Same?'.repeat(40), assistant: 'no' },
      { user: 'Sure?', assistant: 'yes' },
    ]);
    // Both rows are called "a": they can be written all the same.
    await writeLlava(join(dir, `from-${codec}`), samples);
    expect((await collect(readLlava(join(dir, `from-${codec}`)))).map((s) => s.images.length)).toEqual([1, 2]);
  });

  it('with a dialogue in conversations or messages', async () => {
    const rows = await collect(readParquet(golden('onevision')));
    expect(rows.map((s) => [s.id, s.images.length, s.turns[0]?.user])).toEqual([
      ['x', 1, 'What?'],
      ['x', 0, 'Hi'],
    ]);
    const [trl] = await collect(readParquet(golden('trl')));
    expect(messagesOf(trl as DataSample).map((m) => m.role)).toEqual(['system', 'user', 'assistant']);
    expect(trl?.turns).toEqual([{ user: 'Here: <image> What?', assistant: 'red' }]);
  });

  it('names the codec of what cannot be decoded, and a file that is not parquet', async () => {
    const bytes = await readFile(golden('zstd'));
    bytes.fill(0x55, 20, 120);
    await writeFile(join(dir, 'broken.parquet'), bytes);
    await expect(collect(readParquet(join(dir, 'broken.parquet')))).rejects.toMatchObject({
      code: 'data.read',
      got: expect.stringContaining('ZSTD'),
    });
    await writeFile(join(dir, 'json.parquet'), '[{"a": 1}]');
    await expect(collect(readParquet(join(dir, 'json.parquet')))).rejects.toMatchObject({
      code: 'data.read',
      got: expect.stringContaining('JSON'),
    });
  });
});

describe('checkData', () => {
  const row = (image: string) => ({ image, conversations: ask('<image>\nWhat?', 'red') });

  it('decodes every image and names all bad rows', async () => {
    const rows = Array.from({ length: 30 }, () => row('a.png'));
    [rows[27], rows[28]] = [row('cut.jpg'), row('empty.png')];
    rows[3] = row('words.png');
    const seen: number[] = [];
    const found = await checkData(await file(rows), { keep: 4, onRow: (n) => seen.push(n) });
    expect(found).toMatchObject({ format: 'llava', samples: 27, images: 27, turns: 27, badRows: 3 });
    expect(found.bad.map(({ row, key }) => [row, key])).toEqual([
      [3, 'image'],
      [27, 'image'],
      [28, 'image'],
    ]);
    expect(found.first.map((s) => s.id)).toEqual(['0', '1', '2', '4']);
    expect(seen).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
  });

  it('names every bad image of a row once, and goes by content for the format', async () => {
    const found = await checkData(
      await file([{ image: ['cut.jpg', 'a.png', 'words.png'], conversations: ask('<image><image><image>', 'x') }]),
    );
    expect(found.bad.map((b) => b.key)).toEqual(['image[0]', 'image[2]']);
    expect(found.badRows).toBe(1);
    await cp(golden('zstd'), join(dir, 'named.json'));
    expect(await checkData(join(dir, 'named.json'))).toMatchObject({ format: 'parquet', samples: 2, images: 3, badRows: 0 });
  });

  it('takes another image folder, stops when told, and throws for what is not a data set', async () => {
    await mkdir(join(dir, 'elsewhere'));
    const path = join(dir, 'elsewhere', 'rows.jsonl');
    await writeFile(path, JSON.stringify(row('a.png')));
    expect((await checkData(path)).badRows).toBe(1);
    expect((await checkData(path, { images: dir })).badRows).toBe(0);
    await expect(checkData(path, { images: dir, signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
    await expect(checkData(join(dir, 'a.png'))).rejects.toMatchObject({ code: 'data.read' });
    await expect(checkData(join(dir, 'nowhere'))).rejects.toMatchObject({ code: 'data.read' });
  });
});
