// Decoding: every kind of file becomes the RGB it should, and every bad file is refused by name before it can hurt.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { noise } from '../../test/golden/noise.js';
import { decodeImage, encodePng, image, isRgbImage } from './image.js';

const dir = mkdtempSync(join(tmpdir(), 'sensorium-image-'));
afterAll(() => rmSync(dir, { recursive: true }));
const file = (name: string, bytes: Uint8Array | string): string => {
  const path = join(dir, name);
  writeFileSync(path, bytes);
  return path;
};
const raw = (data: number[], width: number, height: number, channels: 1 | 2 | 3 | 4) =>
  sharp(Uint8Array.from(data), { raw: { width, height, channels } });

describe('decodeImage', () => {
  it('reads back what encodePng writes, from a path, a file URL, a data URL and bytes', async () => {
    const picture = noise(9, 5, 2);
    const png = await encodePng(picture);
    const path = file('a.png', png);
    const dataUrl = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
    for (const source of [path, pathToFileURL(path), pathToFileURL(path).href, dataUrl, png]) {
      const got = await decodeImage(source);
      expect([got.width, got.height]).toEqual([9, 5]);
      expect(Buffer.from(got.data).equals(Buffer.from(picture.data))).toBe(true);
    }
  });

  it('makes RGB of gray, gray with alpha, palette and 16-bit', async () => {
    expect([...(await decodeImage(await raw([10, 200], 2, 1, 1).toColourspace('b-w').png().toBuffer())).data]).toEqual([
      10, 10, 10, 200, 200, 200,
    ]);
    const grayAlpha = await raw([10, 255, 200, 0], 2, 1, 2).toColourspace('b-w').png().toBuffer();
    expect((await sharp(grayAlpha).metadata()).channels).toBe(2);
    expect([...(await decodeImage(grayAlpha)).data]).toEqual([10, 10, 10, 255, 255, 255]);
    const palette = await raw([255, 0, 0, 0, 0, 255], 2, 1, 3).png({ palette: true }).toBuffer();
    expect((await sharp(palette).metadata()).isPalette).toBe(true);
    expect([...(await decodeImage(palette)).data]).toEqual([255, 0, 0, 0, 0, 255]);
    const deep = await sharp(Uint16Array.from([65535, 32896, 257]), { raw: { width: 1, height: 1, channels: 3 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect((await sharp(deep).metadata()).depth).toBe('ushort');
    expect([...(await decodeImage(deep)).data]).toEqual([255, 128, 1]);
    const deepGray = await sharp(Uint16Array.from([65535, 32896]), { raw: { width: 2, height: 1, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    expect((await sharp(deepGray).metadata()).depth).toBe('ushort');
    expect([...(await decodeImage(deepGray)).data]).toEqual([255, 255, 255, 128, 128, 128]);
  });

  it('puts transparency on white', async () => {
    const png = await raw([200, 0, 0, 0, 200, 0, 0, 255, 0, 0, 0, 128], 3, 1, 4).png().toBuffer();
    const { data } = await decodeImage(png);
    expect([...data.subarray(0, 6)]).toEqual([255, 255, 255, 200, 0, 0]);
    for (const v of data.subarray(6)) expect(Math.abs(v - 127)).toBeLessThanOrEqual(1);
    const deep = await raw([0, 0, 0, 0], 1, 1, 4).toColourspace('rgb16').png().toBuffer();
    expect([...(await decodeImage(deep)).data]).toEqual([255, 255, 255]);
  });

  it('makes RGB of CMYK', async () => {
    const red = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#ff0000' } })
      .toColourspace('cmyk')
      .jpeg({ quality: 100 })
      .toBuffer();
    expect((await sharp(red).metadata()).space).toBe('cmyk');
    const { data } = await decodeImage(red);
    expect(data.length).toBe(8 * 8 * 3);
    expect(data[0]).toBeGreaterThan(180);
    expect(data[1]).toBeLessThan(90);
  });

  it('applies EXIF orientation', async () => {
    const picture = raw([255, 0, 0, 0, 0, 255], 2, 1, 3);
    const turned = await picture.withMetadata({ orientation: 6 }).png().toBuffer(); // shown turned a quarter to the right
    const got = await decodeImage(turned);
    expect([got.width, got.height]).toEqual([1, 2]);
    expect([...got.data]).toEqual([255, 0, 0, 0, 0, 255]);
  });

  it.each(['jpeg', 'webp', 'tiff', 'avif'] as const)('reads %s', async (format) => {
    const bytes = await sharp({ create: { width: 16, height: 8, channels: 3, background: '#2080e0' } })
      .toFormat(format, { quality: 90 })
      .toBuffer();
    const got = await decodeImage(bytes);
    expect([got.width, got.height]).toEqual([16, 8]);
    for (const [i, v] of [0x20, 0x80, 0xe0].entries()) expect(Math.abs((got.data[i] as number) - v)).toBeLessThan(8);
  });

  it('takes the first frame of an animation', async () => {
    const frames = Uint8Array.from([255, 0, 0, 0, 0, 255]);
    const gif = await sharp(frames, { raw: { width: 1, height: 2, channels: 3, pageHeight: 1 } })
      .gif()
      .toBuffer();
    const got = await decodeImage(gif);
    expect([got.width, got.height, ...got.data]).toEqual([1, 1, 255, 0, 0]);
  });

  it.each(['png', 'jpeg', 'webp', 'gif', 'tiff'] as const)('refuses a cut %s and names it', async (format) => {
    const whole = await sharp(noise(64, 64, 5).data, { raw: { width: 64, height: 64, channels: 3 } })
      .toFormat(format)
      .toBuffer();
    for (const share of [0.02, 0.5, 0.9]) {
      const path = file(`cut-${share}.${format}`, whole.subarray(0, Math.max(16, Math.floor(whole.length * share))));
      await expect(decodeImage(path)).rejects.toMatchObject({ code: 'media.damaged', place: path, hint: expect.any(String) });
    }
  });

  it('refuses what is not an image', async () => {
    const text = file('notes.png', 'these are words');
    await expect(decodeImage(text)).rejects.toThrow(/not an image.*notes\.png.*these are wo/);
    const svg = file('drawing.svg', '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>');
    await expect(decodeImage(svg)).rejects.toMatchObject({
      code: 'media.format',
      place: svg,
      got: 'an SVG drawing',
      hint: expect.any(String),
    });
    await expect(decodeImage(file('empty.png', ''))).rejects.toThrow(/empty.*empty\.png/);
    await expect(decodeImage(new Uint8Array())).rejects.toThrow(/empty/);
    const wave = file('sound.webp', Buffer.from('RIFF\x10\0\0\0WAVEfmt '));
    await expect(decodeImage(wave)).rejects.toMatchObject({ code: 'media.format' });
  });

  it('refuses folders, missing files and the network', async () => {
    await expect(decodeImage(dir)).rejects.toMatchObject({ code: 'media.file', place: dir });
    await expect(decodeImage(join(dir, 'gone.png'))).rejects.toThrow(/no such image file.*gone\.png.*Check the path/);
    await expect(decodeImage('https://example.org/a.png')).rejects.toThrow(/not fetched/);
    await expect(decodeImage('data:image/png,abc')).rejects.toThrow(/base64/);
    await expect(decodeImage(new URL('http://example.org/a.png'))).rejects.toThrow(/local file/);
    await expect(decodeImage('/dev/zero')).rejects.toThrow(/not a regular file/);
  });

  it('checks bytes and pixels before it decodes', async () => {
    const path = file('noise.png', await encodePng(noise(40, 30, 7)));
    await expect(decodeImage(path, { maxBytes: 100 })).rejects.toThrow(/noise\.png.*at most 100 bytes/);
    await expect(decodeImage(path, { maxPixels: 1199 })).rejects.toThrow(/noise\.png.*at most 1199 pixels.*40x30/);
    await expect(decodeImage(path, { maxPixels: 1200 })).resolves.toMatchObject({ width: 40 });
    await expect(decodeImage(`data:image/png;base64,${'A'.repeat(400)}`, { maxBytes: 100 })).rejects.toThrow(/at most 100 bytes/);
    // A header that claims 60000 x 60000 pixels over a few bytes of data: refused for its claim, not decoded.
    const bomb = Buffer.from(await encodePng(noise(4, 4, 1)));
    bomb.writeUInt32BE(60000, 16);
    bomb.writeUInt32BE(60000, 20);
    bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
    await expect(decodeImage(bomb)).rejects.toThrow(/too large to decode.*60000x60000/);
  });
});

describe('encodePng', () => {
  it('refuses pixels that do not fit', async () => {
    await expect(encodePng({ width: 2, height: 2, data: new Uint8Array(3) })).rejects.toThrow(/2x2 with 3 bytes/);
  });
});

describe('image', () => {
  it('makes a message part without reading anything', () => {
    expect(image('kitchen.png')).toEqual({ type: 'image', source: 'kitchen.png' });
  });
  it('tells decoded pixels from sources', () => {
    expect(isRgbImage(noise(2, 2, 1))).toBe(true);
    for (const other of ['a', new Uint8Array(12), new URL('file:///a'), null, { width: 2, height: 2, data: new Uint8Array(5) }])
      expect(isRgbImage(other)).toBe(false);
  });
});
