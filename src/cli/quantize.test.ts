// `sensorium quantize`: a model that answers, a report beside it, and wrong calls told before any work.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareQuantized, Mllm, type QuantizeReport, quantizeFolder } from '../generate/index.js';
import { main } from './main.js';
import { reportTable } from './quantize.js';

const tiny = resolve(import.meta.dirname, '../../models/sensorium-tiny');
let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'cli-quantize-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const failing = async (...argv: string[]): Promise<{ code: number; err: string }> => {
  let err = '';
  const code = await main(['quantize', ...argv], {
    out: () => undefined,
    err: (text) => {
      err += text;
    },
  });
  return { code, err };
};

describe('sensorium quantize', () => {
  it('writes a model that answers, and what it cost', async () => {
    const out = join(root, 'tiny');
    await writeFile(join(root, 'text.txt'), 'a red dog and two blue cups. the dog is left of the cups. a green tree is near the dog.');
    const code = await main(['quantize', tiny, '--out', out, '--text', join(root, 'text.txt'), '--activations', 'int8']);
    expect(code).toBe(0);
    expect(await readdir(out)).toEqual(
      expect.arrayContaining(['config.json', 'model.safetensors', 'quantize_report.json', 'tokenizer.json']),
    );
    const report: QuantizeReport = JSON.parse(await readFile(join(out, 'quantize_report.json'), 'utf8'));
    expect(report.results.map((r) => r.steps)).toEqual(['prefill', 'decode']);
    for (const r of report.results) {
      expect(Math.abs(Math.log(r.perplexity.quantized / r.perplexity.float))).toBeLessThan(0.3);
      expect(r.topOne).toBeGreaterThan(0.7);
      expect(r.logitError.mean).toBeGreaterThan(0);
      expect(r.logitError.mean).toBeLessThan(r.logitSpread / 4);
    }
    const table = reportTable(report);
    expect(table).toMatch(/prefill +decode/);
    expect(table).toMatch(/perplexity, quantized +\d/);
    const model = await Mllm.load(out);
    const image = { width: 64, height: 64, data: new Uint8Array(64 * 64 * 3).fill(200) };
    const float = await Mllm.load(tiny);
    const [seen, want] = [await model.encodeImages([image]), await float.encodeImages([image])];
    await float.dispose();
    const norm = (f: (i: number) => number): number => Math.sqrt(want.data.reduce((s, _, i) => s + f(i) ** 2, 0));
    const error = norm((i) => (seen.data[i] as number) - (want.data[i] as number)) / norm((i) => want.data[i] as number);
    expect(error).toBeGreaterThan(0); // vision is quantized
    expect(error).toBeLessThan(0.05);
    const [reply] = await model.answer([{ image, question: 'Is there a dog?' }], { maxTokens: 8 });
    expect(reply?.length).toBeGreaterThan(0);
    await model.dispose();
  });

  it('the report of a model that was only copied says so: no difference at all', async () => {
    const out = join(root, 'copy');
    await quantizeFolder(tiny, out, { skip: ['*'] });
    const [report] = await compareQuantized(tiny, out, { ids: [5, 6, 7, 8, 9, 10, 11, 12], window: 4 });
    expect(report).toMatchObject({ steps: 'prefill', tokens: 6, topOne: 1, logitError: { mean: 0, max: 0 } });
    expect(report?.perplexity.float).toBe(report?.perplexity.quantized);
    await expect(compareQuantized(tiny, out, { ids: [5] })).rejects.toThrow(/two tokens or more/);
    await expect(compareQuantized(tiny, out, { ids: [5, 1e6] })).rejects.toThrow(/cannot be measured/);
  });

  it('tells wrong calls before any work', async () => {
    const out = join(root, 'new');
    expect((await failing(tiny)).err).toContain('--out');
    for (const [flags, message] of [
      [['--bits', '5'], '--bits'],
      [['--block-size', '8'], '--block-size'],
      [['--block-size', '48'], 'power of two'],
      [['--head', 'none'], '--head'],
      [['--activations', 'int4'], '--activations'],
      [['--skip', 'lm_heat'], 'no parameter has this name'],
      [['--text', join(root, 'missing.txt')], 'missing.txt'],
    ] as const) {
      const { code, err } = await failing(tiny, '--out', out, ...flags);
      expect(code).toBeGreaterThan(0);
      expect(err).toContain(message);
    }
    expect((await failing(join(root, 'tiny'), '--out', out)).err).toContain('quantized already');
    expect(await readdir(root)).not.toContain('new');
  });
});
