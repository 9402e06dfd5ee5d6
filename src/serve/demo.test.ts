// The routes of the demo: what a page may fetch, and nothing else.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppEnv } from './context.js';
import { demoRoutes } from './demo.js';
import { ApiError } from './errors.js';

let dir: string;
let app: Hono<AppEnv>;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'demo-'));
  for (const [name, text] of Object.entries({
    'config.json': '{}',
    'model.safetensors': 'weights',
    'report.json': '{}',
    'notes.html': 'x',
  }))
    writeFileSync(join(dir, name), text);
  app = new Hono<AppEnv>();
  app.onError((error) => new Response(String(error), { status: error instanceof ApiError ? error.status : 500 }));
  demoRoutes(app, [{ name: 'tiny', dir }]);
});
afterAll(() => rmSync(dir, { recursive: true }));

const get = async (path: string): Promise<Response> => app.request(path);

describe('the demo', () => {
  it('lists models and their files with checksums', async () => {
    expect(await (await get('/demo/models.json')).json()).toEqual({ models: ['tiny'] });
    const { files } = (await (await get('/demo/models/tiny/sensorium-browser.json')).json()) as { files: object[] };
    expect(files).toEqual([
      { name: 'config.json', size: 2, sha256: '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a' },
      { name: 'model.safetensors', size: 7, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
  });
  it('gives these files and those of ONNX Runtime, with the headers that isolate a page', async () => {
    const weights = await get('/demo/models/tiny/model.safetensors');
    expect(await weights.text()).toBe('weights');
    const wasm = await get('/demo/ort/ort-wasm-simd-threaded.wasm');
    expect([wasm.status, wasm.headers.get('content-type')]).toEqual([200, 'application/wasm']);
    await wasm.body?.cancel();
    for (const { headers } of [weights, wasm]) {
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    }
  });
  it.each([
    '/demo/models/other/config.json',
    '/demo/models/tiny/report.json',
    '/demo/models/tiny/notes.html',
    '/demo/models/tiny/tokenizer.json',
    '/demo/models/tiny/..%2Fsecret.json',
    '/demo/ort/none.wasm',
    '/demo/ort/..%2f..%2fpackage.json',
  ])('has no %s', async (path) => {
    expect((await get(path)).status).toBe(404);
  });
});
