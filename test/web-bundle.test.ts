// The bundle for browsers: nothing of Node's is in it, and it is not large.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bundler, bundler } from './web/site.js';

let dir: string;
let build: Bundler;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'web-bundle-'));
  build = await bundler();
});
afterAll(() => rmSync(dir, { recursive: true }));

describe('the bundle for browsers', () => {
  it('of the worker imports nothing but ONNX Runtime, and is below 600 kB gzipped, packages included', async () => {
    const made = await build.bundle({ entries: build.ENTRIES.worker, outdir: dir, write: false });
    expect([...new Set(build.leftOutside(made).map((line) => line.split(' from ')[0]))].sort()).toEqual([
      'onnxruntime-web/wasm',
      'onnxruntime-web/webgpu',
    ]);
    const text = new TextDecoder().decode(made.outputFiles?.[0]?.contents);
    expect(text).not.toMatch(/(from|import|require)\s*\(?\s*["']node:/);
    const { gzip, ours, packages } = build.sizesOf(made);
    console.log(`worker: ${ours} bytes of ours and ${packages} of packages, ${gzip} gzipped`);
    expect(gzip).toBeLessThan(600_000);
  });
  it('of the page is a few kilobytes', async () => {
    const made = await build.bundle({ entries: build.ENTRIES.page, outdir: dir, write: false });
    expect(build.leftOutside(made)).toEqual([]);
    expect(build.sizesOf(made).gzip).toBeLessThan(10_000);
  });
  it('cannot hold what only Node has without being told', async () => {
    const made = build.bundle({ entries: { x: join(import.meta.dirname, '../src/runtime/native.ts') }, outdir: dir, write: false });
    await expect(made).rejects.toThrow(/koffi|Could not resolve|No matching export/);
  });
});
