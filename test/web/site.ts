// A site with `sensorium/web` on it and a Chromium that visits it, for tests; why there is none, where there is none.

import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { findProgram } from '../../src/util/programs.js';

const root = join(import.meta.dirname, '../..');
const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

/** The bundler: plain JavaScript. */
export interface Bundler {
  ENTRIES: { page: Record<string, string>; worker: Record<string, string> };
  bundle(o: {
    entries: Record<string, string>;
    outdir: string;
    ort?: string;
    write?: boolean;
    minify?: boolean;
  }): Promise<{ metafile: object; outputFiles?: { contents: Uint8Array }[] }>;
  sizesOf(result: object): { ours: number; packages: number; gzip: number };
  leftOutside(result: object): string[];
}

/** The bundler of `scripts/`. */
export const bundler = async (): Promise<Bundler> => (await import(join(root, 'scripts/web-bundle.mjs'))) as Bundler;

/** Where Chromium is. SENSORIUM_CHROMIUM names another. */
export function findChromium(): string | undefined {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  return process.env.SENSORIUM_CHROMIUM || names.map(findProgram).find((path) => path !== undefined);
}

/** Why browser tests are skipped; empty where they are not. */
export const noChromium = findChromium() ? '' : 'no Chromium in PATH (apt-get install chromium, or SENSORIUM_CHROMIUM=PATH)';

/** A browser without a window. `webgpu`: with an adapter, if only in software. */
export const openChromium = ({ webgpu = false } = {}): Promise<Browser> =>
  chromium.launch({
    executablePath: findChromium() as string,
    args: ['--no-sandbox', ...(webgpu ? ['--enable-unsafe-webgpu'] : ['--disable-features=WebGPU'])],
  });

/** A server with the bundle, models and ONNX Runtime. */
export class Site {
  /** Paths that were asked for. */
  readonly asked: string[] = [];
  /** Files at more paths. */
  readonly files = new Map<string, Uint8Array>();
  private constructor(
    private readonly server: Server,
    private readonly dir: string,
    readonly url: string,
  ) {}

  /** `entries`: more programs for workers, by name. */
  static async open({ isolated = true, entries = {} }: { isolated?: boolean; entries?: Record<string, string> } = {}): Promise<Site> {
    const dir = mkdtempSync(join(tmpdir(), 'sensorium-site-'));
    const { bundle, ENTRIES } = await bundler();
    await bundle({ entries: ENTRIES.page, outdir: dir });
    await bundle({ entries: { ...ENTRIES.worker, ...entries }, outdir: dir, ort: './ort' });
    const folders: readonly (readonly [string, string])[] = [
      ['/ort/', join(root, 'node_modules/onnxruntime-web/dist')],
      ['/models/', join(root, 'models')],
      ['/images/', join(root, 'examples/finetune/images')],
      ['/pictures/', join(root, 'examples/browser/pictures')],
      ['/', dir],
    ];
    const page = `<!doctype html><title>test</title><script type="module">import * as s from '/web.js'; window.sensorium = s;</script>`;
    const server = createServer(async (request, response) => {
      const path = new URL(request.url ?? '/', 'http://x').pathname;
      site.asked.push(path);
      if (isolated) {
        response.setHeader('cross-origin-opener-policy', 'same-origin');
        response.setHeader('cross-origin-embedder-policy', 'require-corp');
      }
      const [prefix, folder] = folders.find(([p]) => path.startsWith(p)) as readonly [string, string];
      const bytes =
        path === '/'
          ? Buffer.from(page)
          : (site.files.get(path) ?? (await readFile(join(folder, path.slice(prefix.length))).catch(() => undefined)));
      response.statusCode = bytes ? 200 : 404;
      response.setHeader('content-type', path === '/' ? 'text/html' : (TYPES[extname(path)] ?? 'application/octet-stream'));
      response.end(request.method === 'HEAD' ? undefined : bytes);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const site = new Site(server, dir, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return site;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
    rmSync(this.dir, { recursive: true });
  }
}
