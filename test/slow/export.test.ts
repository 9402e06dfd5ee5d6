// Exports are loaded by the programs they are for, which generate the tokens that transformers generated from the original.
// The peers are those of the decode benchmark, installed by it; without them the tests are skipped and say so.

import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cacheFolder } from '../../bench/peers/install.js';
import { framedIds } from '../../src/generate/language-folder.js';
import { Tokenizer } from '../../src/text/index.js';
import { exportGguf } from '../../src/weights/export/index.js';
import { type Golden, golden } from '../golden/read.js';
import { tokenizedCopy } from './fixtures/tokenized.js';

const peers = cacheFolder();
const installed = (name: string): boolean => existsSync(join(peers, 'node_modules', name, 'package.json'));
const INSTALL = 'npm run bench -- decode installs it';
const COUNT = 32;

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'export-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

/** Runs a peer's script and reads the JSON of its last line. */
async function ask<T>(script: string, model: string, request: object): Promise<T> {
  const args = [join(import.meta.dirname, 'fixtures', script), peers, model, JSON.stringify(request)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 300_000, maxBuffer: 1 << 26 });
  return JSON.parse(stdout.trim().split('\n').at(-1) as string) as T;
}

/** The prompts of a golden batch that is padded on the right. */
function prompts(g: Golden): number[][] {
  const mask = g.rows('right.mask');
  return g.rows('right.ids').map((row, b) => row.filter((_, i) => mask[b]?.[i] === 1));
}

/** A folder of this test's own with what a golden checkpoint holds, and a tokenizer. */
function copyOf(g: Golden, name: string): string {
  const to = join(dir, name.replaceAll('/', '-'));
  if (existsSync(join(g.dir, 'tokenizer.json'))) cpSync(g.dir, to, { recursive: true });
  else tokenizedCopy(g.dir, to);
  return to;
}

const llamaCpp = installed('node-llama-cpp') ? '' : ` (skipped: node-llama-cpp is not installed; ${INSTALL})`;
describe.skipIf(llamaCpp !== '')(`GGUF in node-llama-cpp${llamaCpp}`, () => {
  const families = ['llama/untied', 'llama/tied-bf16-sharded', 'qwen2/tied', 'qwen2/untied-fp16', 'qwen3/tied-bf16'];
  it.each([...families, 'llama-rope/linear', 'llama-rope/llama3', 'llama-rope/yarn'])('%s generates the same tokens', async (name) => {
    const g = await golden(name);
    const out = join(dir, `${name.replaceAll('/', '-')}-gguf`);
    const { files } = await exportGguf(copyOf(g, name), out, { weights: 'f32' });
    const { tokens } = await ask<{ tokens: number[][] }>('llama-cpp.mjs', join(out, files[0] as string), {
      prompts: prompts(g),
      count: COUNT,
    });
    expect(tokens).toEqual(g.rows('greedy'));
  });

  it.each(['f16', 'q8_0', 'q4_0'] as const)('loads %s weights', async (weights) => {
    const g = await golden('qwen2/untied-fp16');
    const out = join(dir, `qwen2-${weights}`);
    const { files } = await exportGguf(copyOf(g, `qwen2-in-${weights}`), out, { weights });
    const { tokens } = await ask<{ tokens: number[][] }>('llama-cpp.mjs', join(out, files[0] as string), {
      prompts: prompts(g),
      count: COUNT,
    });
    // These weights came in half precision, so nothing is lost; with fewer bits the first token is still likely, and it must be an id.
    if (weights === 'f16') expect(tokens).toEqual(g.rows('greedy'));
    else expect(tokens.flat().every((id) => id >= 0 && id < 90)).toBe(true);
  });

  it.each([
    ['llava/clip', ['What is in the picture?', 'the other  in', ' Ünder 12 ☃']],
    ['world-llama', ['A red cup is left of the dog.', 'There are 12 dogs | 3', 'Ein großer 🐶']],
  ])('cuts text into the same tokens: %s', async (name, texts) => {
    const from = name === 'world-llama' ? join(import.meta.dirname, '../../models', name) : (await golden(name)).dir;
    const out = join(dir, `${name.replaceAll('/', '-')}-text`);
    const { files } = await exportGguf(from, out, { weights: 'f16' });
    const { encoded } = await ask<{ encoded: number[][] }>('llama-cpp.mjs', join(out, files[0] as string), { texts });
    const tokenizer = await Tokenizer.fromFolder(from);
    const expected = texts.map((text) => [...framedIds(tokenizer, text)].filter((id) => id !== tokenizer.specialIds.bos));
    expect(encoded).toEqual(expected);
  });
});
