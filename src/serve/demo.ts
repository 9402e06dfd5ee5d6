// `/demo/`: a page that runs models in the browser, what it is made of, and the models' files, with the headers that isolate the page.

import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { Readable } from 'node:stream';
import type { Context, Hono } from 'hono';
import { SensoriumError } from '../util/errors.js';
import { packageRoot } from '../util/package.js';
import { BROWSER_MANIFEST, browserFiles, type ListedFile, listFiles } from '../weights/export/browser.js';
import type { AppEnv } from './context.js';
import { ApiError } from './errors.js';

/** A model whose files the page may fetch. */
export interface DemoModel {
  name: string;
  dir: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
};

/** Without these a page has one thread of WebAssembly; all that it loads comes from here. */
const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
} as const;

/** The folder of the built page. Errors: `util.package` where it has not been built. */
export async function demoFolder(): Promise<string> {
  const folder = join(packageRoot(), 'dist', 'demo');
  if (await isFile(join(folder, 'index.html'))) return folder;
  throw new SensoriumError('util.package', 'the page of the demo is missing', { place: folder, hint: 'Run npm run build' });
}

/** Adds the routes. */
export function demoRoutes(app: Hono<AppEnv>, models: readonly DemoModel[]): void {
  const ort = dirname(createRequire(import.meta.url).resolve('onnxruntime-web/wasm'));
  const manifests = new Map<string, Promise<ListedFile[]>>();
  app.get('/demo', (c) => c.redirect('/demo/', 301));
  app.get('/demo/models.json', (c) => json(c, { models: models.map(({ name }) => name) }));
  app.get('/demo/models/:name/:file', async (c) => {
    const { name, file } = c.req.param();
    const model = models.find((m) => m.name === name);
    if (!model) throw notThere(c);
    if (file === BROWSER_MANIFEST) {
      const listed = manifests.get(name) ?? readdir(model.dir).then((names) => listFiles(model.dir, browserFiles(names)));
      manifests.set(name, listed);
      listed.catch(() => manifests.delete(name));
      return json(c, { format: 1, files: await listed });
    }
    if (!browserFiles([file]).includes(file)) throw notThere(c);
    return send(c, join(model.dir, file));
  });
  app.get('/demo/ort/:file{[\\w.-]+}', (c) => send(c, join(ort, c.req.param('file'))));
  app.get('/demo/:path{[\\w./-]*}', async (c) => {
    const path = c.req.param('path') || 'index.html';
    if (path.split('/').includes('..')) throw notThere(c);
    return send(c, join(await demoFolder(), path));
  });
}

const notThere = (c: Context): ApiError => new ApiError(404, `There is no ${c.req.path.slice(0, 200)}`, { code: 'unknown_url' });

const json = (c: Context, body: object): Response => c.json(body, 200, ISOLATION);

async function send(c: Context, path: string): Promise<Response> {
  if (!(await isFile(path))) throw notThere(c);
  const { size } = await stat(path);
  const headers = { ...ISOLATION, 'content-type': TYPES[extname(path)] ?? 'application/octet-stream', 'content-length': String(size) };
  return c.body(Readable.toWeb(createReadStream(path)) as ReadableStream, 200, headers);
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (info) => info.isFile(),
    () => false,
  );
