// How a vocabulary grows: padding first, ids behind the last one, tokens of an adapter; what cannot grow is named.

import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CausalDecoder } from '../networks/index.js';
import { lora } from '../networks/index.js';
import { withAdapter } from '../serve/adapters.js';
import { conventionOf, type Tokenizer } from '../text/index.js';
import { readJson, readText } from '../util/fs.js';
import type { HostTensor } from '../util/host.js';
import { loadNetwork } from '../weights/index.js';
import { grownRows, growVocabulary, vocabularyOf } from './grow-vocabulary.js';
import { mergeModel } from './merge-model.js';
import { type Model, openModel } from './open-model.js';
import { saveModel, saveModelAdapter } from './save-model.js';

const LLAVA = 'test/golden/families/llava/clip'; // 326 tokens, 331 rows
const IDEFICS = 'test/golden/families/idefics3/tiles'; // as many rows as tokens

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sensorium-grow-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const tokenizerOf = (model: Model): Tokenizer => model.tokenizer as Tokenizer;
const embeddingOf = (model: Model): HostTensor => model.values.get(vocabularyOf(model.network)[0] as never) as HostTensor;

describe('grownRows', () => {
  it.each([
    ['padding has room', 32128, 32100, 32110, 32128],
    ['as many rows as tokens', 32000, 32000, 32001, 32001],
    ['padded to 64', 32064, 32002, 32065, 32128],
    ['padded to 128 at most', 49152, 49150, 49153, 49280],
    ['fewer rows than tokens before', 100, 104, 105, 105],
    ['padded to nothing', 331, 326, 332, 332],
  ])('%s', (_name, rows, had, tokens, wanted) => {
    expect(grownRows(rows, { had, tokens })).toBe(wanted);
  });
});

describe('tokens', () => {
  it('take rows of padding, which become the mean of those that have tokens; nothing else changes', async () => {
    const [before, after] = [await openModel(LLAVA), await openModel(LLAVA, { tokens: ['<box>'] })];
    expect(after.vocabulary).toMatchObject({ before: 331, rows: 331, known: [] });
    expect(after.raw).toEqual(before.raw);
    const [old, now] = [embeddingOf(before), embeddingOf(after)];
    const width = old.shape[1] as number;
    for (let i = 0; i < width; i++) {
      let sum = 0;
      for (let row = 0; row < 326; row++) sum += old.data[row * width + i] as number;
      expect(now.data[326 * width + i]).toBeCloseTo(sum / 326, 6);
    }
    expect(now.data.subarray(0, 326 * width)).toEqual(old.data.subarray(0, 326 * width));
    expect(now.data.subarray(327 * width)).toEqual(old.data.subarray(327 * width));
  });

  it('that stand for places begin near those of near places, as far apart as the other rows', async () => {
    const { tokens } = conventionOf({ name: 'ofa', bins: 16 });
    const grown = await openModel(LLAVA, { tokens });
    const now = embeddingOf(grown);
    const width = now.shape[1] as number;
    const row = (bin: number): Float32Array => {
      const id = tokenizerOf(grown).tokenId(`<bin_${bin}>`) as number;
      return (now.data as Float32Array).subarray(id * width, (id + 1) * width);
    };
    const apart = (a: Float32Array, b: Float32Array): number => Math.hypot(...a.map((v, i) => v - (b[i] as number)));
    const near = Array.from({ length: 15 }, (_, i) => apart(row(i), row(i + 1)));
    const far = Array.from({ length: 8 }, (_, i) => apart(row(i), row(i + 8)));
    expect(Math.max(...near)).toBeLessThan(Math.min(...far));
    const others = Array.from({ length: 40 }, (_, i) => apart(now.data.subarray(i * width, (i + 1) * width) as Float32Array, row(3)));
    const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
    expect(mean(far) / mean(others)).toBeGreaterThan(0.5);
    expect(mean(far) / mean(others)).toBeLessThan(2);
    expect(embeddingOf(await openModel(LLAVA, { tokens })).data).toEqual(now.data);
    for (const at of [[Number.NaN], [1.5], ['x']])
      await expect(openModel(LLAVA, { tokens: [{ content: '<a>', at: at as number[] }] })).rejects.toMatchObject({ code: 'text.tokens' });
  });

  it('of texts are read where they are spelled, special ones only where a template writes them', async () => {
    const tokenizer = tokenizerOf(await openModel(IDEFICS, { tokens: ['<box>', { content: '<|end|>', special: true }] }));
    const [box, end] = [302, 303];
    expect(tokenizer.tokenId('<box>')).toBe(box);
    expect(tokenizer.encode('a<box>b')).toContain(box);
    expect(tokenizer.encode('a<|end|>b')).not.toContain(end);
    expect(tokenizer.encode('a<|end|>b', { special: true })).toContain(end);
    expect(tokenizer.decode([box, end])).toBe('<box><|end|>');
    expect(tokenizer.decode([box, end], { skipSpecial: true })).toBe('<box>');
  });

  it('that are there stay as they are and are named', async () => {
    const model = await openModel(IDEFICS, { tokens: ['<image>', '<box>', '<box>'] });
    expect(model.vocabulary).toMatchObject({ before: 302, rows: 303, known: ['<image>'] });
    expect(tokenizerOf(model).isSpecial(tokenizerOf(model).tokenId('<image>') as number)).toBe(true);
    const same = await openModel(IDEFICS, { tokens: ['<image>'] });
    expect(same.vocabulary).toMatchObject({ added: [], before: 302, rows: 302 });
  });

  it('that the model spells in one piece become one everywhere, under the same id', async () => {
    const plain = tokenizerOf(await openModel(LLAVA));
    const [word, text] = ['er', 'ther']; // which is `the` and `r`
    expect(plain.encode(text)).not.toContain(plain.tokenId(word));
    const model = await openModel(LLAVA, { tokens: [word] });
    expect(model.vocabulary?.known).toEqual([word]);
    expect(embeddingOf(model)).toEqual(embeddingOf(await openModel(LLAVA)));
    expect(tokenizerOf(model).encode(text)).toContain(plain.tokenId(word));
  });

  it.each([
    ['an empty one', ['<a>', ''], 'text.tokens'],
    ['one of both kinds', ['<a>', { content: '<a>', special: true }], 'text.tokens'],
  ])('%s is refused', async (_name, tokens, code) => {
    await expect(openModel(LLAVA, { tokens })).rejects.toMatchObject({ code });
  });

  it('are refused for weights in fewer bits, and without a tokenizer', async () => {
    const loaded = await loadNetwork('test/golden/families/llama/untied');
    const { tokenizer } = await openModel(LLAVA);
    expect(() => growVocabulary({ dir: 'x', loaded: { ...loaded, quantized: true }, tokenizer }, ['<a>'])).toThrow(
      expect.objectContaining({ code: 'weights.quantized' }),
    );
    await expect(openModel('test/golden/families/llama/untied', { tokens: ['<a>'] })).rejects.toMatchObject({ code: 'model.tokenizer' });
  });
});

describe('folders', () => {
  it('hold the tokens in every file of the tokenizer, and numbers as they were written', async () => {
    const base = join(root, 'base');
    await cp(IDEFICS, base, { recursive: true });
    const config = await readText(join(base, 'config.json'));
    await writeFile(join(base, 'config.json'), config.replace('{', '{\n  "initializer_factor": 1.0,'));
    const list = { additional_special_tokens: ['<image>'], added_tokens_decoder: { 301: { content: '<image>', special: true } } };
    const own = await readJson<object>(join(base, 'tokenizer_config.json'));
    await writeFile(
      join(base, 'tokenizer_config.json'),
      JSON.stringify({ ...own, ...list, model_max_length: 1 }).replace('length":1', 'length":1.0'),
    );
    await writeFile(join(base, 'added_tokens.json'), JSON.stringify({ '<image>': 301 }));
    const out = join(root, 'out');
    await saveModel(await openModel(base, { tokens: ['<box>', { content: '<|end|>', special: true }] }), out);
    expect(await readText(join(out, 'config.json'))).toContain('"initializer_factor": 1.0,');
    expect(await readText(join(out, 'tokenizer_config.json'))).toContain('"model_max_length": 1.0');
    expect(await readJson(join(out, 'config.json'))).toMatchObject({ text_config: { vocab_size: 304 } });
    const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false };
    expect(await readJson(join(out, 'tokenizer_config.json'))).toMatchObject({
      additional_special_tokens: ['<image>', '<|end|>'],
      added_tokens_decoder: { 302: { content: '<box>', special: false, ...flags }, 303: { content: '<|end|>', special: true, ...flags } },
    });
    expect(await readJson(join(out, 'added_tokens.json'))).toEqual({ '<image>': 301, '<box>': 302, '<|end|>': 303 });
  });
});

describe('adapters with tokens of their own', () => {
  let adapter: string;
  beforeAll(async () => {
    adapter = join(root, 'adapter');
    const model = await openModel(IDEFICS, { tokens: ['<box>'], adapters: [lora({ rank: 2, targets: ['q_proj'] })] });
    await saveModelAdapter(model, adapter);
  });

  it('are merged with them', async () => {
    await mergeModel(IDEFICS, join(root, 'merged'), { adapters: [adapter] });
    const merged = await openModel(join(root, 'merged'));
    expect(tokenizerOf(merged).encode('a<box>')).toContain(302);
    expect(embeddingOf(merged).shape[0]).toBe(303);
  });

  it('share what they do not change when they are served', async () => {
    const base = await openModel(IDEFICS);
    const served = await withAdapter(base, adapter);
    const alone = await openModel(IDEFICS, { adapters: [adapter] });
    expect(tokenizerOf(served).tokenId('<box>')).toBe(302);
    const byName = (model: Model): Map<string, HostTensor> => new Map([...model.values].map(([p, value]) => [p.name, value]));
    const [own, wanted, shared] = [byName(served), byName(alone), byName(base)];
    for (const [name, value] of wanted) expect(own.get(name)?.data, name).toEqual(value.data);
    const embedding = (served.network as unknown as { language_model: CausalDecoder }).language_model.model.embed_tokens.weight.name;
    for (const [name, value] of shared) expect(own.get(name) === value, name).toBe(name !== embedding && !name.endsWith('lm_head.weight'));
  });

  it('are refused where the base has given their ids to others', async () => {
    const other = join(root, 'other');
    await saveModel(await openModel(IDEFICS, { tokens: ['<other>'] }), other);
    await expect(openModel(other, { adapters: [adapter] })).rejects.toMatchObject({ code: 'adapter.base' });
  });
});
