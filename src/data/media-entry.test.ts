// How rows name pictures: files with the slashes of other systems, file: and data: URLs, base64, other keys; and what is said where there is none.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conversations, mediaOf } from './index.js';
import { allOf } from './testing.js';

let dir: string;
let png: Buffer;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-entries-'));
  png = await sharp({
    create: { width: 90, height: 70, channels: 3, background: 'teal', noise: { type: 'gaussian', mean: 90, sigma: 40 } },
  })
    .png()
    .toBuffer();
  await mkdir(join(dir, 'my pictures'));
  await writeFile(join(dir, 'my pictures/a b.png'), png);
  await writeFile(join(dir, 'a.png'), png);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const turns = [
  { from: 'human', value: '<image>\nWhat?' },
  { from: 'gpt', value: 'Noise.' },
];
let count = 0;
async function file(...rows: object[]): Promise<string> {
  const path = join(dir, `${count++}.json`);
  await writeFile(path, JSON.stringify(rows));
  return path;
}
const row = (given: object): Promise<string> => file({ ...given, conversations: turns });

describe('a picture', () => {
  it('is found under the name that another system wrote, and by a file: URL', async () => {
    for (const image of ['my pictures\\a b.png', '.\\my pictures\\a b.png', pathToFileURL(join(dir, 'my pictures/a b.png')).href]) {
      const [read] = await allOf(await row({ image }));
      expect(mediaOf(read as never)[0]).toMatchObject({ source: join(dir, 'my pictures/a b.png'), origin: { name: image } });
    }
  });

  it('may be base64, as a data: URL of any spelling, as bytes of JSON, or by itself', async () => {
    const text = png.toString('base64');
    const given = [
      `data:image/png;base64,${text}`,
      `data:image/png;charset=utf-8;base64,${text}`,
      `DATA:;base64,${text}`,
      `data:application/octet-stream;base64,${text}`,
      { bytes: text, path: null },
      text,
      text.replace(/(.{76})/g, '$1\n'),
    ];
    for (const image of given) {
      const [read] = await allOf(await row({ image }));
      expect(png.equals(mediaOf(read as never)[0]?.source as Uint8Array)).toBe(true);
    }
  });

  it('is taken from keys that other tools have for it', async () => {
    const read = await allOf(await file({ image_path: 'a.png', conversations: turns }, { img: 'a.png', note: 1, conversations: turns }));
    expect(read.map((each) => mediaOf(each)[0]?.origin.key)).toEqual(['image_path', 'img']);
    expect(read.map(({ extra }) => extra)).toEqual([undefined, { note: 1 }]);
  });

  it.each([
    [{ image: 'data:image/png,abc' }, 'image'],
    [{ image: 'data:video/mp4;base64,AAAA' }, 'image'],
    [{ image: 'data:image/png;base64,' }, 'image.bytes'],
    [{ image: { bytes: [1, 2] } }, 'image'],
    [{ image: 'https://example.com/a.png' }, 'image'],
    [{ image: '/etc/hostname' }, 'image'],
    [{ image: 'C:\\Users\\me\\a.png' }, 'image'],
  ])('that is not one is named: %j', async (given, key) => {
    const failure = await allOf(await row(given)).then(
      () => undefined,
      (error: unknown) => error as { code: string; key: string; got: string; hint?: string },
    );
    expect(failure).toMatchObject({ code: 'data.row', key });
    expect(failure?.got.length).toBeLessThan(200);
  });

  it('that is missing says where it would be found', async () => {
    const hint = async (image: string): Promise<string> =>
      allOf(await row({ image })).then(
        () => '',
        (error: { hint?: string }) => error.hint ?? '',
      );
    expect(await hint('package.json')).toContain('--images .');
    expect(await hint('D:/pictures/a.png')).toContain('Windows');
    expect(await hint('none.png')).toContain('--images');
  });
});

describe('a mark of another tool', () => {
  const asked = (content: string): Promise<string> =>
    file({
      images: ['a.png'],
      messages: [
        { role: 'user', content },
        { role: 'assistant', content: 'b' },
      ],
    });
  it.each([
    '<image1> What?',
    'In <image 1>: what?',
    '<|image_1|>\nWhat?',
    '<|vision_start|><|image_pad|><|vision_end|>?',
    '<IMAGE>?',
    '[IMG] what?',
    '<ImageHere>?',
  ])('is refused and not learned as text: %s', async (content) => {
    await expect(allOf(await asked(content))).rejects.toMatchObject({ code: 'data.row', key: 'messages[0]' });
  });
  it('is none where the picture has its place, or there is none', async () => {
    const [one] = await allOf(await asked('<image>\nWhat is <img> in HTML?'));
    expect(one?.messages[0]?.content).toHaveLength(2);
    const [two] = await allOf(await asked('What is the image of f?'));
    expect(two?.messages[0]?.content).toMatchObject([{ type: 'image' }, { type: 'text' }]);
  });
});

it('a folder of images that is not there is named before any row, with the nearest one', async () => {
  const path = await row({ image: 'a b.png' });
  await expect(conversations(path, { images: join(dir, 'my picture') }).open()).rejects.toMatchObject({
    code: 'data.read',
    place: join(dir, 'my picture'),
    hint: `Did you mean ${join(dir, 'my pictures')}?`,
  });
  await expect(conversations(path, { images: path }).open()).rejects.toMatchObject({ code: 'data.read', place: path });
  (await conversations(path, { images: join(dir, 'my pictures') }).open()).dispose();
  await expect(conversations(join(dir, 'my pictures/a'), {}).open()).rejects.toMatchObject({
    hint: `Check the path: ${join(dir, 'my pictures')} holds nothing called a`,
  });
});
