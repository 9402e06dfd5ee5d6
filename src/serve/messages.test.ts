// Where the images of a request come from: every spelling of a data: URL that fetch reads, and errors that say what is wrong with the others.

import { describe, expect, it } from 'vitest';
import { isDataUrl } from '../media/data-url.js';
import { openMessages, openUrl } from './messages.js';

const sources = { remote: undefined, files: undefined, owner: 'a' };
const options = { sources, signal: new AbortController().signal };
const bytes = Buffer.from(Array.from({ length: 200 }, (_, i) => (i * i + 250) & 255));
const base64 = bytes.toString('base64');

describe('openUrl', () => {
  it.each([
    base64.replace(/(.{76})/g, '$1\n'),
    ` ${base64}`,
    encodeURIComponent(base64),
    base64.replace(/=/g, ''),
    base64.replace(/=/g, '%3D'),
    base64.replace(/(.{64})/g, '$1%0D%0A'),
  ])('reads base64 as fetch does: %.60s', async (payload) => {
    for (const start of ['data:image/png;base64,', 'DATA:image/png;charset=utf-8;BASE64,', 'data:;base64,']) {
      const url = start + payload;
      const expected = Buffer.from(await (await fetch(url)).arrayBuffer());
      expect(expected.equals(bytes)).toBe(true);
      expect(Buffer.from(await openUrl(url, 'p', options)).equals(bytes)).toBe(true);
    }
  });

  it('reads a percent-encoded payload', async () => {
    expect(Buffer.from(await openUrl('data:image/svg+xml,%3Csvg/%3E', 'p', options)).toString()).toBe('<svg/>');
  });

  it.each([
    'data:',
    'data:image/png;base64,',
    'data:image/png;base64,====',
    'data:image/png;base64,AAA!',
    'data:image/png;base64',
    `data:image/png,${base64}`,
    base64,
  ])('refuses %.40s as a URL', async (url) => {
    await expect(openUrl(url, 'p', options)).rejects.toMatchObject({ status: 400, apiCode: 'invalid_image_url', param: 'p' });
  });
});

describe('openMessages', () => {
  it('reads data URLs alike in images, files and frames', async () => {
    const url = `data:image/png;base64,${base64.replace(/(.{76})/g, '$1\r\n')}`;
    expect(isDataUrl(url)).toBe(true);
    const content = [
      { type: 'image_url' as const, image_url: { url } },
      { type: 'file' as const, file: { file_data: url } },
      { type: 'video' as const, video: [url] },
    ];
    const { messages, images } = await openMessages([{ role: 'user', content }], { ...options, images: true, maxImages: 9 });
    expect(images).toBe(3);
    const source = new Uint8Array(bytes);
    expect(messages[0]?.content).toEqual([
      { type: 'image', source },
      { type: 'image', source },
      { type: 'video', frames: [source] },
    ]);
  });
});
