// The LLaVA line and its encoders load from Hugging Face folders and agree with transformers: prompts, pixels, features, states, replies.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { engineModel } from '../src/generate/engine/model.js';
import { Engine, Mllm, TilesProcessor } from '../src/generate/index.js';
import { grad, input, type Tensor } from '../src/graph/index.js';
import { imageProcessor } from '../src/media/index.js';
import {
  type Clip,
  type ConvNext,
  type LlavaNetwork,
  type LlavaOnevisionConfig,
  type LlavaTilesNetwork,
  type MultimodalNetwork,
  readFamily,
  type Siglip,
  type SiglipVisionModel,
  sigmoidLoss,
} from '../src/networks/index.js';
import type { MultimodalProcessor } from '../src/networks/processor.js';
import type { Module } from '../src/nn/index.js';
import { compile } from '../src/runtime/compile.js';
import type { ChatMessage } from '../src/text/index.js';
import { type HostTensor, hostTensor } from '../src/util/host.js';
import { loadNetwork } from '../src/weights/index.js';
import { picture } from './golden/picture.js';
import { distance, type Golden, golden, goldenNames } from './golden/read.js';

/** Features, hidden states and logits, as the issue of agreement is stated. */
const BAR = 1e-4;

async function encoder<N extends Module>(name: string) {
  const g = await golden(name);
  const { network, values } = await loadNetwork(g.dir, { kinds: ['encoder'] });
  const pictures = name.startsWith('convnext') ? [picture(61, 53, 1), picture(45, 84, 2)] : [picture(41, 33, 1), picture(25, 64, 2)];
  const config = JSON.parse(await readFile(join(g.dir, 'preprocessor_config.json'), 'utf8'));
  const processor = imageProcessor(config);
  const { shape } = g.floats('pixels');
  const pixels = hostTensor('float32', shape);
  for (const [i, image] of pictures.entries()) pixels.data.set(processor.process(image), (i * pixels.data.length) / pictures.length);
  const run = async (outputs: Record<string, Tensor>, feeds: Record<string, HostTensor>) => {
    const program = await compile(outputs, { frozen: values });
    const out = (await program.run(feeds)) as Record<string, HostTensor<'float32'>>;
    program.dispose();
    return out;
  };
  return { g, network: network as N, pixels, at: input('pixels', ['images', ...shape.slice(1)]), run };
}

function expectClose(g: Golden, out: Record<string, HostTensor<'float32'>>, names: readonly string[] = Object.keys(out)): void {
  for (const name of names) {
    const [got, wanted] = [out[name] as HostTensor<'float32'>, g.floats(name)];
    expect(got.shape, name).toEqual(wanted.shape);
    expect(distance(got.data, wanted.data), name).toBeLessThan(BAR);
  }
}

describe('clip/odd-sizes', () => {
  it('sees the pixels, and computes the states and embeddings that transformers computes', async () => {
    const { g, network, pixels, at, run } = await encoder<Clip>('clip/odd-sizes');
    expect(distance(pixels.data, g.floats('pixels').data)).toBeLessThan(1e-6);
    const seen = network.embedImages(at);
    const ids = g.ints('ids');
    const [rows, n] = ids.shape as [number, number];
    const ends = hostTensor(
      'int32',
      [rows],
      g.ints('ends').data.map((end, row) => row * n + end),
    );
    const texts = network.embedTexts(input('ids', ids.shape, 'int32'), input('ends', [rows], 'int32'));
    const states = network.vision_model.states(at);
    const outputs = {
      image: seen.image,
      text: texts,
      pooled: seen.states.slice({ axis: 1, end: 1 }).squeeze(1),
      logits: seen.image.matMul(texts.transpose()).mul(network.scale()),
      ...Object.fromEntries(states.map((state, i) => [`state${i}`, state])),
    };
    const out = await run(outputs, { pixels, ids, ends });
    expectClose(g, out, ['image', 'text', 'pooled', 'logits']);
    const joined = states.flatMap((_, i) => [...(out[`state${i}`] as HostTensor<'float32'>).data]);
    expect(distance(joined, g.floats('states').data)).toBeLessThan(BAR);
  });
});

describe.each(goldenNames('siglip'))('%s', (name) => {
  it('sees the pixels, and computes the states and the pooled vector that transformers computes', async () => {
    const { g, network, pixels, at, run } = await encoder<SiglipVisionModel>(name);
    expect(distance(pixels.data, g.floats('pixels').data)).toBeLessThan(1e-6);
    const tower = network.vision_model;
    const tokens = tower.tokens(at);
    const pooled = tower.pooled(tokens);
    const states = Object.fromEntries(tower.states(at).map((state, i) => [`state${i}`, state]));
    const out = await run({ tokens, ...(pooled && { pooled }), ...states }, { pixels });
    expectClose(g, out, pooled ? ['tokens', 'pooled'] : ['tokens']);
    expect(
      distance(
        Object.keys(states).flatMap((s) => [...(out[s] as HostTensor<'float32'>).data]),
        g.floats('states').data,
      ),
    ).toBeLessThan(BAR);
    expect(pooled === undefined).toBe(name.includes('no-head'));
  });
});

describe('siglip2/both', () => {
  it('embeds texts and images, scores their pairs, and has the loss and gradient that transformers has', async () => {
    const { g, network, pixels, at, run } = await encoder<Siglip>('siglip2/both');
    expect(distance(pixels.data, g.floats('pixels').data)).toBeLessThan(1e-6);
    const ids = g.ints('ids');
    const named = input('ids', ids.shape, 'int32');
    const image = network.embedImages(at) as Tensor;
    const text = network.embedTexts(named) as Tensor;
    const states = (network.text_model as NonNullable<Siglip['text_model']>).tokens(named);
    expectClose(g, await run({ image, text, states, logits: network.pairLogits(image, text) }, { pixels, ids }));
    const fixed = network.embedImages(input('pixels', pixels.shape)) as Tensor;
    const loss = sigmoidLoss(network.pairLogits(fixed, text));
    const gradients = grad(loss, network.parameters());
    const out = await run({ loss, ...Object.fromEntries(gradients.map((t, i) => [`g${i}`, t])) }, { pixels, ids });
    expect(distance(out.loss?.data as Float32Array, g.floats('loss').data)).toBeLessThan(BAR);
    const squares = (x: HostTensor<'float32'> | undefined): number => [...(x as HostTensor<'float32'>).data].reduce((s, v) => s + v * v, 0);
    const norm = Math.sqrt(gradients.reduce((sum, _, i) => sum + squares(out[`g${i}`]), 0));
    expect(Math.abs(norm / (g.floats('norm').data[0] as number) - 1)).toBeLessThan(BAR);
  });

  it('is read without its text tower where the class has none', () => {
    const of = (architectures: string[]) => {
      const { family, config } = readFamily({ model_type: 'siglip', architectures });
      return family.build(config) as Siglip;
    };
    expect(of(['SiglipForImageClassification']).text_model).toBeUndefined();
    expect(of(['SiglipModel']).parameters().length).toBeGreaterThan(of(['SiglipForImageClassification']).parameters().length);
    expect(() => readFamily({ model_type: 'siglip', text_config: { hidden_size: 24, num_attention_heads: 2 } })).toThrow(
      expect.objectContaining({ code: 'model.config', place: 'config.json: text_config.projection_size' }),
    );
  });
});

describe.each(goldenNames('convnext'))('%s', (name) => {
  it('sees the pixels, and computes the stages and the pooled vector that transformers computes', async () => {
    const { g, network, pixels, at, run } = await encoder<ConvNext>(name);
    expect(distance(pixels.data, g.floats('pixels').data)).toBeLessThan(1e-6);
    const stages = network.stages(at);
    const last = stages.at(-1) as Tensor;
    const out = await run({ last, pooled: network.pooled(last) }, { pixels });
    expectClose(g, out);
  });
});

interface Chat {
  messages: ChatMessage[];
  text: string;
  images: [number, number, number][];
  videos: [number, number, number][][];
}

interface Case {
  g: Golden;
  model: Mllm;
  chats: Record<string, Chat>;
  counts: [number, number, number][];
}

const readJson = async (path: string) => JSON.parse(await readFile(path, 'utf8'));

async function load(name: string): Promise<Case> {
  const g = await golden(name);
  const [chats, counts] = await Promise.all(['chats', 'counts'].map((what) => readJson(join(g.dir, `golden-${what}.json`))));
  return { g, model: await Mllm.load(g.dir), chats, counts };
}

/** The messages with pictures and videos in place of the placeholders. */
function withPictures({ messages, images, videos }: Chat): ChatMessage[] {
  let next = 0;
  let nextVideo = 0;
  return messages.map((message) => ({
    ...message,
    content: (message.content as { type: string }[]).map((part) => {
      if (part.type === 'image') return { type: 'image', source: picture(...(images[next++] as [number, number, number])) };
      if (part.type === 'video')
        return { type: 'video', frames: (videos[nextVideo++] as [number, number, number][]).map((f) => picture(...f)) };
      return part;
    }) as never,
  }));
}

const MEAN = [0.45, 0.5, 0.4];
const STD = [0.25, 0.3, 0.27];
/** Bytes that these pixels were, to a hundredth. */
const bytesOf = ({ data, shape }: HostTensor<'float32'>): number[] => {
  const plane = (shape[2] as number) * (shape[3] as number);
  return [...data].map((v, i) => {
    const c = Math.floor(i / plane) % 3;
    return (v * (STD[c] as number) + (MEAN[c] as number)) * 255;
  });
};

const argMax = (x: Float32Array): number => x.reduce((best, v, i) => (v > (x[best] as number) ? i : best), 0);

/** Greedy tokens over a cache. */
async function greedy(
  model: Mllm,
  prompt: { ids: Int32Array; features?: HostTensor<'float32'>; imagePositions?: Int32Array },
  count: number,
) {
  const decoder = await model.programs.decoder();
  const cache = decoder.cache(1);
  let logits = (await decoder.step(cache, { ...prompt, ids: [prompt.ids] })).data;
  const ids: number[] = [];
  for (;;) {
    ids.push(argMax(logits));
    if (ids.length === count) return ids;
    logits = (await decoder.step(cache, { ids: [[ids.at(-1) as number]] })).data;
  }
}

/** Hidden states and logits of a whole prompt with its rows. */
async function whole(model: Mllm, ids: Int32Array, rows: HostTensor<'float32'>, at: Int32Array) {
  const network = model.model.network as MultimodalNetwork;
  const [n, m] = [ids.length, at.length];
  const hidden = network.hidden(input('ids', [1, n], 'int32'), input('rows', rows.shape), input('at', [m], 'int32'));
  const program = await compile({ hidden, logits: network.language_model.logits(hidden) }, { frozen: model.model.values });
  const out = await program.run({ ids: hostTensor('int32', [1, n], ids), rows, at: hostTensor('int32', [m], at) });
  program.dispose();
  return out as { hidden: HostTensor<'float32'>; logits: HostTensor<'float32'> };
}

async function asked({ model, chats, g }: Case, name: string) {
  const messages = withPictures(chats[name] as Chat);
  const { ids, media } = await model.encode(messages);
  const at = Int32Array.from(media.flatMap((m) => [...m.at]));
  return { messages, ids, media, at, rows: await model.encodeImages(media), wanted: g.rows(`${name}.ids`)[0] };
}

const CASES = ['llava', 'llava-next', 'llava-onevision'].flatMap(goldenNames);

describe.each(CASES)('%s', (name) => {
  it('writes the prompts that transformers writes, with as many tokens for each image', async () => {
    const c = await load(name);
    for (const [chat, { text }] of Object.entries(c.chats)) {
      const { messages, ids, wanted } = await asked(c, chat);
      expect(c.model.model.template?.render(messages, { addGenerationPrompt: true }).text, chat).toBe(text);
      expect([...ids], chat).toEqual(wanted);
      expect(c.model.countTokens(messages), chat).toBe(ids.length);
    }
    await c.model.dispose();
  });

  it('sees the pixels and computes the features, states, logits and replies', async () => {
    const c = await load(name);
    for (const [chat, { videos }] of Object.entries(c.chats)) {
      if (videos.length > 0) continue;
      const { ids, media, at, rows } = await asked(c, chat);
      const { hidden, logits } = await whole(c.model, ids, rows, at);
      const [lastHidden, lastLogits] = [c.g.floats(`${chat}.hidden`), c.g.floats(`${chat}.logits`)];
      expect(distance(rows.data, c.g.floats(`${chat}.rows`).data), `${chat} rows`).toBeLessThan(BAR);
      expect(distance(hidden.data.slice(-lastHidden.data.length), lastHidden.data), `${chat} hidden`).toBeLessThan(BAR);
      expect(distance(logits.data.slice(-lastLogits.data.length), lastLogits.data), `${chat} logits`).toBeLessThan(BAR);
      expect(await greedy(c.model, { ids, features: rows, imagePositions: at }, 32), chat).toEqual(c.g.rows(`${chat}.greedy`)[0]);
      const pixels = (await Promise.all(media.map((m) => m.feeds()))).map((feeds) => feeds.pixels as HostTensor<'float32'>);
      expectPixels(c.g, chat, pixels);
    }
    await c.model.dispose();
  });
});

describe.each(CASES)('%s', (name) => {
  it('gives as many tokens to images of fifty sizes', async () => {
    const { model, counts, g } = await load(name);
    const processor = model.model.media as MultimodalProcessor;
    if (name !== 'llava/siglip' && name !== 'llava/layers-full-bf16') expect(counts.length, g.dir).toBe(50);
    const got = counts.map(([width, height]) => {
      const sized = processor instanceof TilesProcessor ? processor.tokenCount({ width, height }) : undefined;
      const [prepared] = processor.prepare([picture(width, height, 1)], []);
      if (sized !== undefined) expect(sized).toBe(prepared?.ids.length);
      return [width, height, prepared?.ids.length];
    });
    expect(got).toEqual(counts);
    await model.dispose();
  });

  it('replies the same from an engine, several conversations at once', async () => {
    const c = await load(name);
    const engine = await Engine.create({ ...(await engineModel(c.model)), endTokens: [] }, { slots: 2, prefillChunk: 32 });
    const chats = Object.entries(c.chats);
    const replies = await Promise.all(
      chats.map(async ([, chat]) => {
        const ids: number[] = [];
        for await (const { token } of engine.submit({ messages: withPictures(chat), maxTokens: 32 })) if (token) ids.push(token.id);
        return ids;
      }),
    );
    expect(replies).toEqual(chats.map(([chat]) => c.g.rows(`${chat}.greedy`)[0]));
    await engine.dispose();
    await c.model.dispose();
  });
});

describe.each(goldenNames('llava'))('%s', (name) => {
  it.each(['left', 'right'])('is not disturbed by padding on the %s', async (side) => {
    const c = await load(name);
    const network = c.model.model.network as MultimodalNetwork;
    const mask = c.g.ints(`${side}.mask`);
    const [batch, n] = mask.shape as [number, number];
    const [first, second] = [await asked(c, 'one'), await asked(c, 'two')];
    const ids = hostTensor('int32', [batch, n]);
    const positions = hostTensor('int32', [batch, n]);
    const at: number[] = [];
    for (const [b, row] of [first, second].entries()) {
      const start = b * n + (side === 'left' ? n - row.ids.length : 0);
      ids.data.set(row.ids, start);
      row.ids.forEach((_, i) => {
        positions.data[start + i] = i;
      });
      at.push(...[...row.at].map((p) => start + p));
    }
    const rows = hostTensor(
      'float32',
      [at.length, network.language_model.width],
      Float32Array.from([...first.rows.data, ...second.rows.data]),
    );
    const hidden = network.hidden(input('ids', [batch, n], 'int32'), input('rows', rows.shape), input('at', [at.length], 'int32'), {
      positions: input('positions', [batch, n], 'int32'),
      segments: input('segments', [batch, n], 'int32'),
    });
    const program = await compile({ hidden }, { frozen: c.model.model.values });
    const out = await program.run({ ids, rows, at: hostTensor('int32', [at.length], Int32Array.from(at)), positions, segments: mask });
    program.dispose();
    const { data, shape } = out.hidden as HostTensor<'float32'>;
    const width = shape[2] as number;
    const real = data.map((v, i) => v * (mask.data[Math.floor(i / width)] as number));
    expect(distance(real, c.g.floats(`${side}.hidden`).data)).toBeLessThan(BAR);
    await c.model.dispose();
  });
});

it('sees the frames of a video at half the resolution, and goes on as transformers does', async () => {
  const c = await load('llava-onevision/siglip-qwen2');
  const [chat] = Object.values(c.chats).filter(({ videos }) => videos.length > 0) as [Chat];
  const { video_token_index: token } = (c.model.model.network as LlavaTilesNetwork<LlavaOnevisionConfig>).config;
  const { messages, ids, at, rows, wanted } = await asked(c, 'video');
  expect(c.model.model.template?.render(messages, { addGenerationPrompt: true }).text).toBe(chat.text);
  expect([...ids]).toEqual(wanted);
  expect([...at].map((i) => ids[i])).toEqual(at.length === 28 ? new Array(28).fill(token) : []);
  expect(c.model.countTokens(messages)).toBe(ids.length);
  expect(distance(rows.data, c.g.floats('video.rows').data)).toBeLessThan(BAR);
  const { logits } = await whole(c.model, ids, rows, at);
  const last = c.g.floats('video.logits').data;
  expect(distance(logits.data.slice(-last.length), last)).toBeLessThan(BAR);
  expect(await greedy(c.model, { ids, features: rows, imagePositions: at }, 32)).toEqual(c.g.rows('video.greedy')[0]);
  await c.model.dispose();
});

/** Bytes equal, and normalised as transformers does. Fewer tiles than the largest image's are filled up in the golden file. */
function expectPixels(g: Golden, chat: string, pixels: readonly HostTensor<'float32'>[]): void {
  const wanted = g.ints(`${chat}.pixels`);
  const each = wanted.data.length / pixels.length;
  pixels.forEach((p, i) => {
    const bytes = wanted.data.subarray(i * each, i * each + p.data.length);
    expect(distance(bytesOf(p), bytes), `${chat} image ${i}`).toBeLessThan(0.01);
  });
  const first = g.floats(`${chat}.first_pixels`).data;
  expect(distance((pixels[0] as HostTensor<'float32'>).data.subarray(0, first.length), first)).toBeLessThan(1e-6);
}

/** Configs as published, with what they leave to the defaults of their classes. */
it.each([
  [
    'llava-hf/llava-1.5-7b-hf',
    {
      model_type: 'llava',
      architectures: ['LlavaForConditionalGeneration'],
      ignore_index: -100,
      image_token_index: 32000,
      pad_token_id: 32001,
      projector_hidden_act: 'gelu',
      text_config: {
        _name_or_path: 'lmsys/vicuna-7b-v1.5',
        architectures: ['LlamaForCausalLM'],
        max_position_embeddings: 4096,
        model_type: 'llama',
        rms_norm_eps: 1e-5,
        torch_dtype: 'float16',
        vocab_size: 32064,
      },
      tie_word_embeddings: false,
      vision_config: {
        hidden_size: 1024,
        image_size: 336,
        intermediate_size: 4096,
        model_type: 'clip_vision_model',
        num_attention_heads: 16,
        num_hidden_layers: 24,
        patch_size: 14,
        projection_dim: 768,
        vocab_size: 32000,
      },
      vision_feature_layer: -2,
      vision_feature_select_strategy: 'default',
      vocab_size: 32064,
    },
    7_063_427_072,
    576,
  ],
  [
    'llava-hf/llava-v1.6-mistral-7b-hf',
    {
      model_type: 'llava_next',
      image_token_index: 32000,
      text_config: {
        architectures: ['MistralForCausalLM'],
        intermediate_size: 14336,
        max_position_embeddings: 32768,
        model_type: 'mistral',
        num_key_value_heads: 8,
        rms_norm_eps: 1e-5,
        rope_theta: 1e6,
        sliding_window: null,
        vocab_size: 32064,
      },
    },
    7_566_747_648,
    576,
  ],
  [
    'llava-hf/llava-onevision-qwen2-0.5b-ov-hf',
    {
      model_type: 'llava_onevision',
      image_token_index: 151646,
      video_token_index: 151647,
      text_config: {
        hidden_size: 896,
        intermediate_size: 4864,
        max_window_layers: 24,
        model_type: 'qwen2',
        num_attention_heads: 14,
        num_hidden_layers: 24,
        num_key_value_heads: 2,
        rope_theta: 1e6,
        tie_word_embeddings: true,
        vocab_size: 151936,
      },
      vision_config: {
        hidden_size: 1152,
        image_size: 384,
        intermediate_size: 4304,
        model_type: 'siglip_vision_model',
        num_attention_heads: 16,
        num_hidden_layers: 26,
        patch_size: 14,
        vision_use_head: false,
      },
      vision_aspect_ratio: 'anyres_max_9',
      vision_feature_layer: -1,
      vision_feature_select_strategy: 'full',
    },
    893_618_208,
    729,
  ],
])('%s is built to its size', (_, raw, parameters, tokens) => {
  const { family, config } = readFamily(raw);
  const network = family.build(config) as LlavaNetwork;
  expect(network.parameters().reduce((n, p) => n + p.dims.reduce((a, b) => a * b, 1), 0)).toBe(parameters);
  expect(network.imageTokens).toBe(tokens);
});
