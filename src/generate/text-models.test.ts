// Models of text: text and ids from a folder, the frame around plain text, and what they refuse.

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { framedIds, Tokenizer } from '../text/index.js';
import { Mllm } from './mllm.js';

const root = resolve(import.meta.dirname, '../..');
const world = join(root, 'models/world-llama');
const families = join(root, 'test/golden/families');

async function collect(ids: AsyncIterable<{ id: number }>): Promise<number[]> {
  const out: number[] = [];
  for await (const { id } of ids) out.push(id);
  return out;
}

describe('a model of text', () => {
  it('continues text, answers messages, and says the same in ids', async () => {
    const lm = await Mllm.load(world);
    const prompt = 'a red cup';
    const reply = await lm.complete(prompt, { maxTokens: 8 });
    expect(reply.text.length).toBeGreaterThan(0);
    const tokenizer = lm.tokenizer;
    const ids = await collect(lm.continueIds(tokenizer.encode(prompt), { maxTokens: 8 }));
    expect(ids.filter((id) => !lm.model.generation.endIds.includes(id))).toEqual(reply.tokens.map((t) => t.id));
    const chat = await lm.generate('What is there?', { maxTokens: 4 });
    expect(chat.tokens.length).toBeGreaterThan(0);
    await lm.dispose();
  });

  it('samples the same from the same seed', async () => {
    const lm = await Mllm.load(join(families, 'llama/untied'));
    const draw = (seed: number) => collect(lm.continueIds([5, 6, 7], { maxTokens: 12, temperature: 1, seed, endIds: [] }));
    expect(await draw(1)).toEqual(await draw(1));
    expect(await draw(1)).not.toEqual(await draw(2));
    await lm.dispose();
  });

  it('ends at an end token, at the limit, and where the context ends', async () => {
    const lm = await Mllm.load(join(families, 'llama/untied'), { capacity: 10 });
    const all = await collect(lm.continueIds([5, 6, 7], { endIds: [] }));
    expect(all.length).toBe(7);
    const end = all[2] as number;
    expect(await collect(lm.continueIds([5, 6, 7], { endIds: [end] }))).toEqual(all.slice(0, all.indexOf(end) + 1));
    expect(await collect(lm.continueIds([5, 6, 7], { maxTokens: 2, endIds: [] }))).toEqual(all.slice(0, 2));
    await expect(collect(lm.continueIds(new Array(10).fill(5)))).rejects.toThrow(/prompt fills the context/);
    await lm.dispose();
  });

  it('refuses what it cannot continue', async () => {
    const lm = await Mllm.load(join(families, 'llama/untied'));
    for (const asked of [lm.complete('text'), lm.generate('text')])
      await expect(asked).rejects.toThrow(/no tokenizer.*expected tokenizer.json.*ask in token ids/);
    await expect(collect(lm.continueIds([]))).rejects.toThrow(/the prompt is empty/);
    await expect(collect(lm.continueIds([1, 97]))).rejects.toThrow(/ids\[1\]\): expected 0 to 96, got 97/);
    await expect(collect(lm.continueIds([1], { maxTokens: 0 }))).rejects.toThrow(/maxTokens.*positive integer, got 0/);
    await expect(collect(lm.continueIds([1], { signal: AbortSignal.abort() }))).rejects.toThrow(/abort/i);
    await lm.dispose();
  });
});

describe('folders that are not whole', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'families-'));
  });
  afterAll(async () => rm(dir, { recursive: true }));
  const copy = async (name: string, edit?: (config: Record<string, unknown>) => void): Promise<string> => {
    const to = join(dir, `${name.replace('/', '-')}-${Math.random().toString(36).slice(2)}`);
    await cp(join(families, name), to, { recursive: true });
    const path = join(to, 'config.json');
    const config = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    edit?.(config);
    await writeFile(path, JSON.stringify(config));
    return to;
  };

  it('a config of other sizes than the weights', async () => {
    const wrong = await copy('llama/untied', (c) => {
      c.intermediate_size = 102;
    });
    await expect(Mllm.load(wrong)).rejects.toThrow(/weights do not fit.*gate_proj.weight expected \[102,60\] got \[101,60\]/);
  });

  it('an architecture that is not there, and weights as a pickle', async () => {
    const unknown = await copy('llama/untied', (c) => {
      c.architectures = ['GraniteForCausalLM'];
      c.model_type = 'granite';
    });
    await expect(Mllm.load(unknown)).rejects.toThrow(/not supported.*expected one of (\w+, )*LlamaForCausalLM, .*got GraniteForCausalLM/);
    const pickle = await copy('qwen2/tied');
    await rm(join(pickle, 'model.safetensors'));
    await writeFile(join(pickle, 'pytorch_model.bin'), '');
    await expect(Mllm.load(pickle)).rejects.toThrow(/pickle.*expected model.safetensors.*save_pretrained/);
  });

  it('a shard that is missing', async () => {
    const short = await copy('llama/tied-bf16-sharded');
    await rm(join(short, 'model-00003-of-00006.safetensors'));
    await expect(Mllm.load(short)).rejects.toThrow(/a shard is missing.*model-00003-of-00006/);
  });
});

describe('the frame around plain text', () => {
  const framed = (post_processor: unknown) => {
    const vocab = { a: 0, '<s>': 1, '</s>': 2 };
    const json = {
      added_tokens: [1, 2].map((id) => ({ id, content: Object.keys(vocab)[id], special: true })),
      model: { type: 'BPE', vocab, merges: [] },
      post_processor,
    };
    return [...framedIds(Tokenizer.fromJson(json), 'a')];
  };
  const token = (name: string) => ({ SpecialToken: { id: name, type_id: 0 } });
  const template = (single: unknown[]) => ({
    type: 'TemplateProcessing',
    single,
    pair: single,
    special_tokens: { '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] }, '</s>': { id: '</s>', ids: [2], tokens: ['</s>'] } },
  });
  const text = { Sequence: { id: 'A', type_id: 0 } };

  it("is the tokenizer's own: before, after, or none", () => {
    expect(framed(template([token('<s>'), text]))).toEqual([1, 0]);
    expect(framed({ type: 'Sequence', processors: [template([text, token('</s>')])] })).toEqual([0, 2]);
    expect(framed(null)).toEqual([0]);
  });
});
