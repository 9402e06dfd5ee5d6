// BLIP-2 and InstructBLIP load from Hugging Face folders and agree with transformers: pixels, ids, Q-Former, logits, greedy replies.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Engine, Mllm, Seq2SeqEngine } from '../src/generate/index.js';
import { grad, input } from '../src/graph/index.js';
import { blipImageProcessor, image } from '../src/media/index.js';
import { blipProcessor } from '../src/networks/families/blip/processor.js';
import { type Blip2, Blip2Seq2Seq, type BlipConfig, qformer, readFamily } from '../src/networks/index.js';
import { compile } from '../src/runtime/compile.js';
import { type ChatMessage, Tokenizer } from '../src/text/index.js';
import { type HostTensor, hostTensor } from '../src/util/host.js';
import { type LoadedNetwork, loadNetwork } from '../src/weights/index.js';
import { noise } from './golden/noise.js';
import { distance, golden, goldenNames } from './golden/read.js';

const BAR = 1e-4;
type Loaded = LoadedNetwork<Blip2 | Blip2Seq2Seq, BlipConfig>;
type Picture = [width: number, height: number, seed: number];
type Facts = Record<'short' | 'long', { text: string; image: Picture }>;

const load = async (dir: string) => (await loadNetwork(dir, { kinds: ['multimodal'] })) as Loaded;
const facts = async (dir: string) => JSON.parse(await readFile(join(dir, 'golden.json'), 'utf8')) as Facts;
const QUESTIONS = ['short', 'long'] as const;

async function processed(dir: string, config: BlipConfig, question: (typeof QUESTIONS)[number]) {
  const { text, image: picture } = (await facts(dir))[question];
  const processor = await blipProcessor({ dir, config, tokenizer: await Tokenizer.fromFolder(dir) });
  const messages = [{ role: 'user' as const, content: text }];
  const [prepared] = processor.prepare([noise(...picture)], messages);
  const { ids } = processor.prompt(messages, [processor.everyImage]);
  return { ids, feeds: (await prepared?.feeds()) as Record<string, HostTensor> };
}

/** Graphs of whole questions: what the tower and the Q-Former give, and what the language model makes of them. */
async function whole({ network, values }: Loaded, feeds: Record<string, HostTensor>, ids: Int32Array, reply?: HostTensor<'int32'>) {
  const pixels = feeds.pixels as HostTensor;
  const { vision_model: vision, connector } = network;
  const tokens = vision.tokens(input('pixels', pixels.shape));
  const words = feeds.instruction && connector.qformer.embed(input('instruction', feeds.instruction.shape, 'int32'));
  const queries = connector.qformer.forward(
    connector.query_tokens.expand([1, ...(connector.query_tokens.dims.slice(1) as number[])]),
    tokens,
    {
      words,
    },
  );
  const features = connector.language_projection.forward(queries);
  const rows = connector.tokenCount();
  const at = input('at', [rows], 'int32');
  const source = input('ids', [1, ids.length], 'int32');
  const x = network.fuse(source, features.reshape([rows, network.language_model.width]), at);
  const outputs: Record<string, typeof x> = { tokens, queries, features };
  if (network instanceof Blip2Seq2Seq) {
    const t5 = network.language_model;
    outputs.encoded = t5.encode(x);
    const shape = (reply as HostTensor).shape;
    outputs.logits = t5.logits(t5.sequence(t5.embed(input('reply', shape, 'int32')), x));
  } else {
    outputs.hidden = network.language_model.sequence(x);
    outputs.logits = network.language_model.logits(outputs.hidden).slice({ axis: 1, start: ids.length - 4 });
  }
  const program = await compile(outputs, { frozen: values });
  const { instruction_mask: _, ...rest } = feeds;
  const places = Int32Array.from({ length: rows }, (_, i) => i);
  const out = await program.run({
    ...rest,
    ids: hostTensor('int32', [1, ids.length], ids),
    at: hostTensor('int32', [rows], places),
    ...(reply ? { reply } : {}),
  });
  program.dispose();
  return out as Record<string, HostTensor<'float32'>>;
}

/** Texts and images as a conversation of one message. */
const message = (content: readonly (string | ReturnType<typeof image>)[]): ChatMessage[] => [
  { role: 'user', content: content.map((c) => (typeof c === 'string' ? { type: 'text' as const, text: c } : { ...c })) },
];

/** 32 tokens through the program that chats run on, past any end token. */
async function greedy(model: Mllm, messages: readonly ChatMessage[]): Promise<number[]> {
  const { ids, media } = await model.encode(messages);
  const features = await model.encodeImages(media);
  const imagePositions = Int32Array.from({ length: features.shape[0] as number }, (_, i) => i);
  const decoder = await model.programs.decoder();
  const cache = decoder.cache(1);
  const reply: number[] = [];
  let logits = await decoder.step(cache, { ids: [ids], features, imagePositions });
  while (reply.length < 32) {
    const id = logits.data.indexOf(Math.max(...logits.data));
    reply.push(id);
    logits = await decoder.step(cache, { ids: [[id]] });
  }
  return reply;
}

const NAMES = ['blip-2', 'instructblip'].flatMap(goldenNames);

describe.each(NAMES)('%s', (name) => {
  it.each(QUESTIONS)('reads pixels and ids as the processor of transformers does (%s)', async (question) => {
    const g = await golden(name);
    const { config } = await load(g.dir);
    const { ids, feeds } = await processed(g.dir, config, question);
    expect([...ids]).toEqual([...g.ints(`${question}.ids`).data]);
    expect(distance((feeds.pixels as HostTensor<'float32'>).data, g.floats(`${question}.pixels`).data)).toBeLessThan(1e-6);
    if (feeds.instruction) expect([...(feeds.instruction.data as Int32Array)]).toEqual([...g.ints(`${question}.instruction`).data]);
  });

  it.each(QUESTIONS)('computes what transformers computes, from tower to logits (%s)', async (question) => {
    const g = await golden(name);
    const loaded = await load(g.dir);
    const { ids, feeds } = await processed(g.dir, loaded.config, question);
    const seq2seq = loaded.network instanceof Blip2Seq2Seq;
    const out = await whole(loaded, feeds, ids, seq2seq ? g.ints(`${question}.decoder_ids`) : undefined);
    for (const key of Object.keys(out))
      expect(distance((out[key] as HostTensor<'float32'>).data, g.floats(`${question}.${key}`).data), key).toBeLessThan(BAR);
  });

  it('replies with the same tokens', async () => {
    const g = await golden(name);
    const { network } = await load(g.dir);
    for (const question of QUESTIONS) {
      const { text, image: picture } = (await facts(g.dir))[question];
      const content = [image(noise(...picture)), text];
      const expected = g.rows(`${question}.greedy`)[0];
      const reply: number[] = [];
      if (network instanceof Blip2Seq2Seq) {
        const lm = await Mllm.load(g.dir, { maxReply: 32 });
        const options = { maxTokens: 32, endIds: [] };
        for await (const { id } of lm.continueIds(await lm.encode(message(content)), options)) reply.push(id);
        await lm.dispose();
      } else {
        const model = await Mllm.load(g.dir);
        reply.push(...(await greedy(model, message(content))));
        await model.dispose();
      }
      expect(reply).toEqual(expected);
    }
  });
});

describe.each(goldenNames('instructblip'))('%s', (name) => {
  it('sees two images with questions of different lengths at once, padding left aside', async () => {
    const g = await golden(name);
    const { network, values } = await load(g.dir);
    const program = await compile({ features: network.see() }, { frozen: values });
    const [short, long] = [g.floats('short.pixels'), g.floats('long.pixels')];
    const pixels = hostTensor('float32', [2, ...short.shape.slice(1)], Float32Array.of(...short.data, ...long.data));
    const { features } = await program.run({ pixels, instruction: g.ints('batch.instruction'), instruction_mask: g.ints('batch.mask') });
    program.dispose();
    expect(distance((features as HostTensor<'float32'>).data, g.floats('batch.features').data)).toBeLessThan(BAR);
  });
});

describe('what cannot be', () => {
  const raw = async (name: string) => JSON.parse(await readFile(join((await golden(name)).dir, 'config.json'), 'utf8'));
  const read = (config: object) => () => readFamily(config as Record<string, unknown>);

  it('names the field of a config that is wrong', async () => {
    const config = await raw('blip-2/t5-every-layer');
    const { image_token_index: _, ...without } = config;
    expect(read(without)).toThrow(/missing.*image_token_index/);
    expect(read({ ...config, qformer_config: { ...config.qformer_config, num_attention_heads: 7 } })).toThrow(
      /qformer_config\.num_attention_heads.*divisor of hidden_size \(40\).*got 7/,
    );
    expect(read({ ...config, qformer_config: { ...config.qformer_config, cross_attention_frequency: 0 } })).toThrow(
      /cross_attention_frequency.*more than 0/,
    );
    expect(read({ ...config, vision_config: { ...config.vision_config, hidden_size: 37 } })).toThrow(/num_attention_heads.*divisor/);
    expect(read({ ...config, text_config: { model_type: 'opt', hidden_size: 48, word_embed_proj_dim: 24 } })).toThrow(
      /word_embed_proj_dim.*48/,
    );
    expect(read({ ...config, text_config: { enable_bias: 'no' } })).toThrow(/enable_bias/);
    expect(read({ ...config, text_config: { ...config.text_config, model_type: 'bloom' } })).toThrow(/text_config\.model_type.*"bloom"/);
    expect(read({ ...config, text_config: { ...config.text_config, d_model: 'wide' } })).toThrow(/text_config\.d_model.*"wide"/);
  });

  it('has the programs of its kind alone, and engines of its kind', async () => {
    const [t5, vicuna] = [await golden('blip-2/t5-every-layer'), await golden('instructblip/vicuna')];
    const [sequences, decoder] = [await Mllm.load(t5.dir), await Mllm.load(vicuna.dir)];
    await expect(sequences.programs.decoder()).rejects.toMatchObject({ code: 'model.architecture' });
    await expect(Engine.create(sequences)).rejects.toMatchObject({ code: 'model.architecture' });
    await expect(decoder.programs.seq2seq()).rejects.toMatchObject({ code: 'model.architecture' });
    await expect(Seq2SeqEngine.create(decoder)).rejects.toMatchObject({ code: 'model.architecture' });
    await Promise.all([sequences.dispose(), decoder.dispose()]);
  });

  it('sees one image, and reads questions that the Q-Former has positions for', async () => {
    const lm = await Mllm.load((await golden('instructblip/t5')).dir);
    const picture = image(noise(9, 9, 1));
    await expect(lm.encode(message([picture, picture, 'Which?']))).rejects.toThrow(/sees one image.*at most one.*got 2/);
    await expect(lm.encode(message([picture, 'what '.repeat(80)]))).rejects.toThrow(
      /longer than the Q-Former can read.*at most 64 tokens, got 82/,
    );
    expect((await lm.encode(message(['what is the cat']))).source?.media).toEqual([]);
    const reply = await lm.generate('what is the cat', { maxTokens: 3 });
    expect(reply.tokens.length).toBeGreaterThan(0);
    await lm.dispose();
  });

  it('refuses an image processor of another size or kind', async () => {
    const { dir } = await golden('blip-2/t5-every-layer');
    const { config } = await load(dir);
    const vision_config = { ...config.vision_config, image_size: 30 };
    const tokenizer = await Tokenizer.fromFolder(dir);
    await expect(blipProcessor({ dir, config: { ...config, vision_config }, tokenizer })).rejects.toThrow(/expected 30x30, got 22x22/);
    expect(() => blipImageProcessor({ image_processor_type: 'CLIPImageProcessor' })).toThrow(/another image processor/);
    expect(() => blipImageProcessor({ size: { shortest_edge: 224 } })).toThrow(/size/);
  });
});

it('gives a recipe a Q-Former of any frequency, with a gradient for every parameter', async () => {
  for (const crossEvery of [1, 2, 3]) {
    const connector = qformer({ queries: 3, width: 10, layers: 3, heads: 2, crossEvery }).build(7, 5);
    connector.nameParameters();
    expect(connector.tokenCount(99)).toBe(3);
    const rows = connector.project(input('tokens', [2, 4, 7]));
    expect(rows.shape).toEqual([2, 3, 5]);
    const parameters = connector.parameters();
    const crossing = parameters.filter((p) => p.name.includes('crossattention.attention.query.weight')).map((p) => p.name.split('.')[3]);
    expect(crossing).toEqual(['0', '1', '2'].filter((layer) => Number(layer) % crossEvery === 0));
    expect(grad(rows.mul(rows).sum(), parameters)).toHaveLength(parameters.length);
  }
});

it('has the parameters of the published sizes', () => {
  const count = (config: Record<string, unknown>): number => {
    const { family, config: read } = readFamily(config);
    return family
      .build(read)
      .parameters()
      .reduce((sum, p) => sum + p.dims.reduce((a, b) => a * b, 1), 0);
  };
  const opt = { hidden_size: 2560, ffn_dim: 10240, num_hidden_layers: 32, num_attention_heads: 32, word_embed_proj_dim: 2560 };
  expect(count({ model_type: 'blip-2', image_token_index: 50265, text_config: { ...opt, vocab_size: 50304 } })).toBe(3_744_761_856);
  const t5 = { model_type: 't5', d_model: 2048, d_ff: 5120, num_layers: 24, num_heads: 32, feed_forward_proj: 'gated-gelu' };
  const untied = { ...t5, tie_word_embeddings: false };
  // transformers 5 counts the head, which has weights of its own, as the embeddings.
  expect(count({ model_type: 'instructblip', image_token_index: 32100, text_config: untied })).toBe(3_957_170_176 + 32_128 * 2048);
});
