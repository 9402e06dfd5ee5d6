// A worker for tests: decodes picture files as a tab does and gives their pixels.

import { decodeImage } from '../../src/media/image.js';

addEventListener('message', async ({ data }: MessageEvent<Uint8Array>) => {
  try {
    const { width, height, data: pixels } = await decodeImage(new Uint8Array(data));
    postMessage({ width, height, pixels: [...pixels] });
  } catch (error) {
    postMessage({ code: (error as { code?: string }).code, message: String(error) });
  }
});
