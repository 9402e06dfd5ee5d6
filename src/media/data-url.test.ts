// data: URLs: what Node's own fetch reads is read, to the same bytes, and what is wrong with the others is said.

import { describe, expect, it } from 'vitest';
import { isDataUrl, readDataUrl } from './data-url.js';
import { decodeImage, encodePng } from './image.js';

const bytes = Buffer.from(Array.from({ length: 400 }, (_, i) => (i * i * 7 + 250) & 255));
const base64 = bytes.toString('base64');
const folded = (length: number, by: string): string => base64.replace(new RegExp(`(.{${length}})`, 'g'), `$1${by}`);

const READ: readonly string[] = [
  `data:image/png;base64,${base64}`,
  `data:image/png;base64,${folded(76, '\n')}`,
  `data:image/png;base64,${folded(76, '\r\n')}\r\n`,
  `data:image/png;base64,${folded(4, ' ')}`,
  `data:image/png;base64, ${base64}`,
  `data:image/png;base64,\n\t${base64}`,
  `data:image/png;base64,${encodeURIComponent(base64)}`,
  `data:image/png;base64,${folded(76, '%0A')}`,
  `data:image/png;base64,${folded(60, '%0d%0a')}%20`,
  `data:image/png;base64,${base64.replace(/=/g, '')}`,
  `data:image/png;base64,${base64.replace(/=/g, '%3D')}`,
  `data:image/png;base64,${base64.replace(/\+/g, '%2b').replace(/\//g, '%2f')}`,
  `DATA:image/png;BASE64,${base64}`,
  `Data:;base64,${base64}`,
  `data:image/png;charset=utf-8;base64,${base64}`,
  `data:image/png;name="a b.png";base64,${base64}`,
  `data:image/png ;base64,${base64}`,
  `data: image/png; base64,${base64}`,
  `data:image/png;ba\nse64,${base64}`,
  ` \ndata:image/png;base64,${base64}`,
  `data:image/png;base64,${base64}#part`,
  `data:image/png,${[...bytes].map((b) => `%${b.toString(16).padStart(2, '0')}`).join('')}`,
  `data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='4'/%3E#a`,
  'data:image/svg+xml;utf8,<svg xmlns="http://www.w3.org/2000/svg"/>',
  'data:,a?b=c%2',
  'data:text/plain,größe 100%',
  'data:,%zz%4%41',
];
const REFUSED: readonly string[] = [
  'data:image/png;base64,A',
  'data:image/png;base64,AAAA=A',
  'data:image/png;base64,A===',
  'data:image/png;base64,AAA!',
  'data:image/png;base64,%zz',
  'data:image/png;base64,äöü',
  'data:image/png;base64',
  'data:image/png;base64#,AAAA',
];

describe('readDataUrl', () => {
  it.each(READ)('reads %.40s as fetch does', async (url) => {
    const expected = Buffer.from(await (await fetch(url)).arrayBuffer());
    expect(isDataUrl(url)).toBe(true);
    expect(Buffer.from(readDataUrl(url).bytes).equals(expected)).toBe(true);
  });

  it.each(REFUSED)('refuses %.40s as fetch does', async (url) => {
    await expect(fetch(url)).rejects.toThrow();
    expect(() => readDataUrl(url)).toThrow(expect.objectContaining({ code: 'media.url', got: expect.any(String) }));
  });

  it('also reads the alphabet for URLs and padding that is too long', () => {
    const url = `data:image/png;base64,${base64.replaceAll('+', '-').replaceAll('/', '_')}`;
    expect(Buffer.from(readDataUrl(url).bytes).equals(bytes)).toBe(true);
    expect([...readDataUrl('data:,;base64').bytes]).toEqual([...Buffer.from(';base64')]);
    expect([...readDataUrl('data:x/y;base64,AAA==').bytes]).toEqual([0, 0]);
  });

  it('tells the type', () => {
    expect(readDataUrl('data:image/png;charset=x;base64,AAAA').mimeType).toBe('image/png;charset=x');
    expect(readDataUrl('data:,').mimeType).toBe('');
  });

  it('finds base64 that is not marked', () => {
    for (const url of [`data:image/png,${base64}`, `data:image/png;base64;charset=utf-8,${base64}`, 'data:image/png,abc'])
      expect(() => readDataUrl(url)).toThrow(expect.objectContaining({ code: 'media.url', expected: expect.stringContaining(';base64') }));
  });

  it('is bounded before it decodes', () => {
    for (const url of [`data:;base64,${base64}`, `data:;base64,${folded(76, '\n')}`, `data:;base64,${encodeURIComponent(base64)}`, `data:,${'%41'.repeat(400)}`]) {
      expect(readDataUrl(url, { maxBytes: 400 }).bytes).toHaveLength(400);
      expect(() => readDataUrl(url, { maxBytes: 399 })).toThrow(expect.objectContaining({ code: 'media.limit' }));
    } // biome-ignore format: short
    expect(() => readDataUrl(`data:${'x'.repeat(5000)};base64,AAAA`)).toThrow(expect.objectContaining({ code: 'media.url' }));
  });

  it('knows other sources', () => {
    for (const source of ['photo.png', 'database: x', '/data:x', 'https://a/data:,', 'file:///data:'])
      expect(isDataUrl(source)).toBe(false);
  });
});

describe('decodeImage', () => {
  it('reads such URLs, as text or as URL, and says what is wrong with the others', async () => {
    const picture = { width: 30, height: 20, data: new Uint8Array(1800).map((_, i) => i * 31) };
    const png = Buffer.from(await encodePng(picture)).toString('base64');
    const url = `data:image/png;base64,${png.replace(/(.{76})/g, '$1\r\n')}`;
    for (const source of [url, new URL(url), `data:image/png;base64,${encodeURIComponent(png)}`])
      expect(Buffer.from((await decodeImage(source)).data).equals(Buffer.from(picture.data))).toBe(true);
    await expect(decodeImage(`data:image/png;base64,${png.slice(0, 5)}`)).rejects.toMatchObject({ code: 'media.url' });
    await expect(decodeImage('data:image/png;base64,')).rejects.toMatchObject({ code: 'media.format', got: '0 bytes' });
    await expect(decodeImage(new URL('data:text/html,<html>'))).rejects.toMatchObject({ code: 'media.format', got: 'a web page (HTML)' });
    await expect(decodeImage(png.repeat(20))).rejects.toMatchObject({ code: 'media.file', hint: expect.stringContaining('base64,') });
  });
});
