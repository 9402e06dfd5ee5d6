// Pixels of requests: counted from when they are decoded until they are given up, whatever becomes of the request.

import { afterEach, expect, it } from 'vitest';
import { encodePng } from '../media/index.js';
import type { ChatMessage } from '../text/index.js';
import { pixelBytes, RequestImages } from './decode-images.js';
import { until } from './testing.js';

afterEach(() => until(() => pixelBytes() === 0, 'all pixels are given up'));

const picture = async (side: number): Promise<Uint8Array> =>
  encodePng({ width: side, height: side, data: new Uint8Array(side * side * 3) });
const asked = (...sources: Uint8Array[]): ChatMessage[] => [
  { role: 'user', content: sources.map((source) => ({ type: 'image', source })) },
];
const { signal } = new AbortController();

it('are counted once for all replies of a request', async () => {
  const images = new RequestImages({});
  const messages = asked(await picture(10), await picture(20));
  const request = {};
  const opened = await Promise.all([1, 2].map(() => images.open(request, messages, signal)));
  expect(pixelBytes()).toBe(3 * (100 + 400));
  opened[0]?.release();
  await Promise.resolve();
  expect(pixelBytes()).toBe(1500);
  for (const { release } of opened) release();
});

it('are not counted where decoding fails or the client leaves', async () => {
  const images = new RequestImages({ maxPixels: 150 });
  await expect(images.open({}, asked(await picture(10), await picture(10)), signal)).rejects.toMatchObject({ apiCode: 'image_too_large' });
  const leaving = new AbortController();
  const opening = images.open({}, asked(await picture(10)), leaving.signal);
  leaving.abort(new Error('left'));
  await opening.then(
    ({ release }) => release(),
    () => {},
  ); // whatever came first
});
