// Data sets on disk: what is written is read back, malformed rows are named, nothing is replaced or left half-written.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSprites, renderScene, world } from '../world/index.js';
import { contactSheet, type DataSample, readLlava, readParquet, worldSamples, writeLlava, writeParquet } from './index.js';

let dir: string;
let samples: DataSample[];
const options = { scenes: 40, seed: 5, language: 'mixed' as const, turns: 3 };

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-data-'));
  samples = await collect(worldSamples(options));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const x of source) out.push(x);
  return out;
}

const plain = (s: DataSample): unknown => ({
  ...s,
  images: s.images.map((i) => ({ path: i.path, bytes: Buffer.from(i.bytes).toString('base64') })),
});
const leftovers = async (): Promise<string[]> => (await readdir(dir)).filter((n) => /\.(tmp|new|old)-/.test(n));

describe('worldSamples', () => {
  it('renders exactly the pixels and turns of the source', async () => {
    const source = world.instructions(options);
    const sprites = await loadSprites();
    for (const i of [0, 17, 39]) {
      const { scene, turns } = source.get(i);
      const pixels = await sharp(samples[i]?.images[0]?.bytes).removeAlpha().raw().toBuffer();
      expect(Buffer.compare(pixels, renderScene(scene, sprites))).toBe(0);
      expect(samples[i]?.turns.flatMap((t) => [t.user, t.assistant])).toEqual(turns.map((t) => t.content));
    }
  });
});

describe.each([
  ['llava', 'set', writeLlava, readLlava],
  ['parquet', 'set.parquet', writeParquet, readParquet],
] as const)('%s', (_name, file, write, read) => {
  it('comes back as it was written, byte for byte', async () => {
    const path = join(dir, file);
    const seen: number[] = [];
    expect(await write(path, samples, { onSample: (n) => seen.push(n) })).toBe(40);
    expect(seen.at(-1)).toBe(40);
    expect((await collect(read(path))).map(plain)).toEqual(samples.map(plain));
    expect(await leftovers()).toEqual([]);
  });

  it('keeps what is there without force and replaces it with', async () => {
    const path = join(dir, file);
    await expect(write(path, samples.slice(0, 2))).rejects.toMatchObject({ code: 'data.exists', hint: expect.stringContaining('--force') });
    expect(await collect(read(path))).toHaveLength(40);
    expect(await write(path, samples.slice(0, 2), { force: true })).toBe(2);
    expect(await collect(read(path))).toHaveLength(2);
    expect(await leftovers()).toEqual([]);
  });

  it('leaves the old data set and no rest when it is interrupted or its source fails', async () => {
    const path = join(dir, file);
    const controller = new AbortController();
    const stop = write(path, worldSamples({ scenes: 100 }), {
      force: true,
      signal: controller.signal,
      onSample: (n) => n === 3 && controller.abort(),
    });
    await expect(stop).rejects.toMatchObject({ name: 'AbortError' });
    async function* failing(): AsyncGenerator<DataSample> {
      yield samples[0] as DataSample;
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    }
    await expect(write(path, failing(), { force: true })).rejects.toMatchObject({
      code: 'util.full',
      message: expect.stringContaining('disk is full'),
    });
    expect(await collect(read(path))).toHaveLength(2);
    expect(await leftovers()).toEqual([]);
  });

  it('writes and reads an empty data set', async () => {
    const path = join(dir, `empty-${file}`);
    expect(await write(path, [])).toBe(0);
    expect(await collect(read(path))).toEqual([]);
  });

  it('says what is wrong with a place that cannot be written and a file that is not there', async () => {
    await writeFile(join(dir, 'file'), 'x');
    await expect(write(join(dir, 'file', 'below', file), samples)).rejects.toMatchObject({ code: 'util.path' });
    await expect(collect(read(join(dir, 'absent')))).rejects.toMatchObject({ code: 'data.read', place: join(dir, 'absent') });
  });

  it('refuses a target of the other kind, or a folder of something else', async () => {
    const place = join(dir, file === 'set' ? 'file' : 'set');
    await expect(write(place, samples, { force: true })).rejects.toMatchObject({ code: 'data.exists' });
    await expect(write(dir, samples, { force: true })).rejects.toMatchObject({ code: 'data.exists' });
  });
});

describe('readLlava', () => {
  const turn = [
    { from: 'human', value: '<image>\nWhat?' },
    { from: 'gpt', value: 'a dog' },
  ];
  const good = { id: 'a', image: 'a.png', conversations: turn };

  it.each<[string, unknown, string]>([
    ['not an array', { rows: [] }, 'array'],
    ['a number for a row', [3], 'row 0'],
    ['no conversations', [good, { id: 'b' }], 'row 1'],
    ['an odd number of turns', [{ ...good, conversations: turn.slice(0, 1) }], 'even'],
    ['roles in the wrong order', [{ ...good, conversations: [...turn].reverse() }], 'conversations[0].from'],
    ['a value that is no string', [{ ...good, conversations: [turn[0], { from: 'gpt', value: 4 }] }], 'conversations[1].value'],
    ['a token without an image', [{ id: 'a', conversations: turn }], '<image>'],
    ['an image without a token', [{ ...good, conversations: [{ from: 'human', value: 'What?' }, turn[1]] }], '<image>'],
    ['an image outside of the folder', [{ ...good, image: '../a.png' }], 'inside'],
    ['an image that is missing', [{ ...good, image: 'missing.png' }], 'missing.png'],
  ])('names %s', async (_name, json, word) => {
    const file = join(dir, 'bad.json');
    await writeFile(file, JSON.stringify(json));
    await writeFile(join(dir, 'a.png'), samples[0]?.images[0]?.bytes as Uint8Array);
    await expect(collect(readLlava(file))).rejects.toMatchObject({
      code: expect.stringMatching(/^data\./),
      message: expect.stringContaining(word),
    });
  });

  it('names a file that is cut off', async () => {
    const text = await readFile(join(dir, 'set', 'data.json'), 'utf8');
    await writeFile(join(dir, 'cut.json'), text.slice(0, -20));
    await expect(collect(readLlava(join(dir, 'cut.json')))).rejects.toMatchObject({ code: 'data.read' });
  });

  it('takes text-only rows and several images in a row', async () => {
    await writeFile(join(dir, 'b.png'), samples[1]?.images[0]?.bytes as Uint8Array);
    const two = { id: 2, image: ['a.png', 'b.png'], conversations: [{ from: 'human', value: '<image>\n<image>\nWhich?' }, turn[1]] };
    const text = { conversations: [{ from: 'human', value: 'Hello' }, turn[1]] };
    await writeFile(join(dir, 'two.json'), JSON.stringify([two, text]));
    const [a, b] = await collect(readLlava(join(dir, 'two.json')));
    expect([a?.id, a?.images.length, a?.turns[0]?.user]).toEqual(['2', 2, 'Which?']);
    expect([b?.id, b?.images.length, b?.turns[0]?.user]).toEqual(['1', 0, 'Hello']);
    await writeLlava(join(dir, 'again'), [a as DataSample, b as DataSample]);
    expect((await collect(readLlava(join(dir, 'again')))).map((s) => s.images.length)).toEqual([2, 0]);
  });

  it('writes samples whose ids repeat or collide as file names, each with its own image', async () => {
    const [a, b] = samples as [DataSample, DataSample];
    const set = ['x/y', 'x_y', 'x/y', 'X_Y'].map((id, i) => ({ ...(i % 2 ? b : a), id }));
    await writeLlava(join(dir, 'twice'), set);
    const back = await collect(readLlava(join(dir, 'twice')));
    expect(back.map((s) => s.id)).toEqual(['x/y', 'x_y', 'x/y', 'X_Y']);
    expect(new Set(back.map((s) => s.images[0]?.path.toLowerCase())).size).toBe(4);
    back.forEach((s, i) => void expect(Buffer.compare(s.images[0]?.bytes as Uint8Array, set[i]?.images[0]?.bytes as Uint8Array)).toBe(0));
  });
});

describe('readParquet', () => {
  it('writes the columns that The Cauldron has, in row groups', async () => {
    const path = join(dir, 'groups.parquet');
    const one = samples[0] as DataSample;
    await writeParquet(
      path,
      Array.from(
        { length: 1203 },
        (_, i) => ({ ...one, id: `n${i}`, images: [{ ...one.images[0], path: `images/n${i}.png` }] }) as DataSample,
      ),
    );
    const file = await asyncBufferFromFile(path);
    const metadata = await parquetMetadataAsync(file);
    expect(parquetSchema(metadata).children.map((c) => c.element.name)).toEqual(['images', 'texts']);
    expect(metadata.row_groups).toHaveLength(2);
    const rows = await parquetReadObjects({ file, rowStart: 1100, rowEnd: 1101, utf8: false });
    const [row] = rows as { images: object[]; texts: object[] }[] as [{ images: object[]; texts: object[] }];
    expect(Object.keys(row.images[0] as object)).toEqual(['bytes', 'path']);
    expect(Object.keys(row.texts[0] as object)).toEqual(['user', 'assistant']);
    expect((await collect(readParquet(path))).map((s) => s.id)).toEqual(Array.from({ length: 1203 }, (_, i) => `n${i}`));
  });

  it('names files that are cut, foreign, or lack a column', async () => {
    const bytes = await readFile(join(dir, 'set.parquet'));
    await writeFile(join(dir, 'cut.parquet'), bytes.subarray(0, bytes.length - 100));
    await writeFile(join(dir, 'foreign.parquet'), 'hello, this is not parquet');
    const writer = new ParquetWriter({
      writer: fileWriter(join(dir, 'other.parquet')),
      schema: [
        { name: 'root', num_children: 1 },
        { name: 'images', type: 'INT32', repetition_type: 'REQUIRED' },
      ],
    });
    await writer.write({ columnData: [{ name: 'images', data: [1, 2] }] });
    await writer.finish();
    for (const name of ['cut', 'foreign', 'other'])
      await expect(collect(readParquet(join(dir, `${name}.parquet`)))).rejects.toMatchObject({
        code: 'data.read',
        message: expect.stringContaining(name),
      });
  });

  it('names the row and the key of what is malformed', async () => {
    const one = samples[0] as DataSample;
    const empty = { ...one, images: [{ path: 'x.png', bytes: new Uint8Array(0) }] };
    await writeParquet(join(dir, 'row.parquet'), [one, empty]);
    await expect(collect(readParquet(join(dir, 'row.parquet')))).rejects.toThrow(/images\[0\]\.bytes.*row 1/);
    await expect(writeParquet(join(dir, 'turns.parquet'), [{ ...one, turns: [] }])).rejects.toMatchObject({ code: 'data.row' });
    await writeParquet(join(dir, 'turns.parquet'), [{ ...one, images: [], turns: [] }]);
    await expect(collect(readParquet(join(dir, 'turns.parquet')))).rejects.toThrow('texts');
  });
});

describe('contactSheet', () => {
  it('draws tiles in rows', async () => {
    const { width, height } = await sharp(await contactSheet(samples.slice(0, 7), 4)).metadata();
    expect(width).toBe(4 * 200);
    expect((height as number) % 2).toBe(0);
  });

  it('names the sample whose image cannot be decoded, and an empty data set', async () => {
    const bad = { ...(samples[0] as DataSample), id: 'broken', images: [{ path: 'b.png', bytes: Buffer.from('no image') }] };
    await expect(contactSheet([bad])).rejects.toThrow('broken');
    await expect(contactSheet([])).rejects.toThrow('no samples');
  });
});
