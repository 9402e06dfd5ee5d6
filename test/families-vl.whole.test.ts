// Vision-language models load from Hugging Face folders and agree with transformers: templates, ids, pixels, rows, logits, greedy text.

import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { engineModel } from '../src/generate/engine/model.js';
import { type Box, type Content, Engine, Mllm, type PreparedGrid, type Prompt, readGrounded } from '../src/generate/index.js';
import { input, type Tensor } from '../src/graph/index.js';
import type { Frames, RgbImage, VideoPart } from '../src/media/index.js';
import {
  FuyuImageProcessor,
  Idefics2ImageProcessor,
  Idefics3ImageProcessor,
  patchRows,
  QwenVlImageProcessor,
  video,
} from '../src/media/index.js';
import { openMedia } from '../src/model/media.js';
import {
  type MultimodalNetwork,
  type Qwen3Vl,
  Qwen3VlDecoder,
  type Qwen25VlConfig,
  type QwenVl,
  REACHING,
  type Rotation,
  readFamily,
  sectionedRotation,
} from '../src/networks/index.js';
import type { MultimodalProcessor } from '../src/networks/processor.js';
import { compile } from '../src/runtime/compile.js';
import type { ChatMessage } from '../src/text/index.js';
import { readJson } from '../src/util/fs.js';
import { type HostTensor, hostTensor } from '../src/util/host.js';
import { noise } from './golden/noise.js';
import { distance, type Golden, golden, goldenNames } from './golden/read.js';

/** Image rows, hidden states and logits, as the issue of agreement is stated. */
const BAR = 1e-4;

interface Facts {
  chats: Record<string, { messages: ChatMessage[]; images: [number, number, number][]; text: string }>;
  /** True where the model knows no chat template: then `text` is what was asked. */
  plain: boolean;
  /** Width, height, tokens. */
  sizes: [number, number, number][];
}
type Chat = Facts['chats'][string];

/** The messages with their images in place. */
function withImages({ messages, images }: Chat): ChatMessage[] {
  const left = images.map((i) => noise(...i));
  return messages.map((m) => ({
    ...m,
    content: Array.isArray(m.content)
      ? m.content.map((part) => (part.type === 'image' ? { type: 'image' as const, source: left.shift() } : part))
      : m.content,
  }));
}

const argMax = (x: Float32Array): number => x.reduce((best, v, i) => (v > (x[best] as number) ? i : best), 0);
const data = (t: HostTensor | undefined): Float32Array => (t as HostTensor<'float32'>).data;

/** One forward pass over a whole prompt: hidden states and logits. */
async function whole(model: Mllm, ids: readonly number[], features: HostTensor<'float32'>, at: Int32Array, positions?: Int32Array) {
  const { values } = model.model;
  const network = model.model.network as MultimodalNetwork;
  const places = positions && hostTensor('int32', [positions.length / ids.length, 1, ids.length], positions);
  const turns = places && input('places', places.shape, 'int32');
  const turned = turns && (places.shape[0] === REACHING ? { positions: turns } : { rotation: rotationOf(network, turns) });
  const hidden = network.hidden(
    input('ids', [1, ids.length], 'int32'),
    input('features', features.shape),
    input('at', [at.length], 'int32'),
    turned,
  );
  const program = await compile({ hidden, logits: network.language_model.logits(hidden) }, { frozen: values });
  const feeds = { ids: hostTensor('int32', [1, ids.length], ids), features, at: hostTensor('int32', [at.length], at) };
  const out = await program.run(places ? { ...feeds, places } : feeds);
  program.dispose();
  return { hidden: data(out.hidden), logits: data(out.logits) };
}

/** Angles of tokens with three positions. */
function rotationOf(network: MultimodalNetwork, places: Tensor): Rotation {
  const { language_model: language } = network as QwenVl | Qwen3Vl;
  if (language instanceof Qwen3VlDecoder) return language.rotation(places);
  const { config } = language;
  return sectionedRotation(config, places, config.mrope_section);
}

/** 32 tokens over a cache. */
async function greedy(model: Mllm, { ids, features, imagePositions, positions }: Prompt): Promise<number[]> {
  const decoder = await model.programs.decoder();
  const cache = decoder.cache(1);
  const reply: number[] = [];
  let logits = await decoder.step(cache, { ids: [ids], features, imagePositions, positions: [positions] });
  while (reply.length < 32) {
    reply.push(argMax(logits.data));
    logits = await decoder.step(cache, { ids: [[reply.at(-1) as number]] });
  }
  return reply;
}

const [MEAN, STD] = [
  [0.48145466, 0.4578275, 0.40821073],
  [0.26862954, 0.26130258, 0.27577711],
];
/** Bytes of patches, channels first, as CLIP normalises them. */
function normalised(g: Golden, chat: string, patch: number): Float32Array {
  const { data } = g.bytes(`${chat}.pixel_values`);
  const channel = (i: number): number => Math.floor(i / (2 * patch * patch)) % 3;
  return Float32Array.from(data, (v, i) => (v / 255 - (MEAN[channel(i)] as number)) / (STD[channel(i)] as number));
}

/** Bytes between -1 and 1. */
const halved = (g: Golden, chat: string): Float32Array => Float32Array.from(g.bytes(`${chat}.pixel_values`).data, (v) => v / 127.5 - 1);

/** Bytes of whole pictures, as CLIP normalises them. */
function pictures(g: Golden, chat: string): Float32Array {
  const { data, shape } = g.bytes(`${chat}.pixel_values`);
  const area = (shape[2] as number) * (shape[3] as number);
  const channel = (i: number): number => Math.floor(i / area) % 3;
  return Float32Array.from(data, (v, i) => (v / 255 - (MEAN[channel(i)] as number)) / (STD[channel(i)] as number));
}

/** Patches of images that were padded to one size, without those that are partly padding, and zeros up to the longest of the image's views. */
function paddedPatches(g: Golden, chat: string, patch: number): Float32Array {
  const pixels = g.bytes(`${chat}.pixel_values`);
  const mask = g.bytes(`${chat}.pixel_attention_mask`).data;
  const [, views, , height, width] = pixels.shape as [number, number, number, number, number];
  const all: number[][] = [];
  for (let v = 0; v < views; v++) {
    const real = (i: number): boolean => mask[v * height * width + (i % (height * width))] === 1;
    const floats = Float32Array.from({ length: 3 * height * width }, (_, i) =>
      real(i) ? (pixels.data[v * 3 * height * width + i] as number) / 127.5 - 1 : 0,
    );
    const rows = patchRows(floats, { width, height }, patch);
    const columns = Math.floor(width / patch);
    const size = 3 * patch * patch;
    const kept: number[] = [];
    for (let i = 0; i * size < rows.length; i++) {
      const corner = (Math.floor(i / columns) + 1) * patch * width - width + ((i % columns) + 1) * patch - 1;
      if (real(corner)) kept.push(...rows.subarray(i * size, (i + 1) * size));
    }
    all.push(kept);
  }
  const each = chat === 'quarters' ? 5 : 1;
  return Float32Array.from(
    all.flatMap((kept, v) => {
      const longest = Math.max(...all.slice(v - (v % each), v - (v % each) + each).map((k) => k.length));
      return [...kept, ...new Array<number>(longest - kept.length).fill(0)];
    }),
  );
}

/** The pixels that transformers made, in the layout of our program's `patches`, from bytes. */
const patches: Record<string, (g: Golden, chat: string, patch: number) => Float32Array> = {
  idefics3: (g, chat, patch) => {
    const { shape, data } = g.bytes(`${chat}.pixel_values`);
    const [, , , height, width] = shape as [number, number, number, number, number];
    const tile = 3 * height * width;
    const all = Array.from({ length: data.length / tile }, (_, i) =>
      patchRows(
        Float32Array.from(data.subarray(i * tile, (i + 1) * tile), (v) => v / 127.5 - 1),
        { width, height },
        patch,
      ),
    );
    return Float32Array.from(all.flatMap((a) => Array.from(a)));
  },
  idefics2: paddedPatches,
  fuyu: halved,
  kosmos2: pictures,
  internvl: pictures,
  pixtral: (g, chat, patch) => {
    const whole = pictures(g, chat);
    const [, , height, width] = g.bytes(`${chat}.pixel_values`).shape as [number, number, number, number];
    // Images of a chat are padded to the largest of them.
    return Float32Array.from(
      g.rows(`${chat}.image_sizes`).flatMap(([h, w], i) => {
        const own = whole.subarray(i * 3 * height * width, (i + 1) * 3 * height * width);
        const cut = Float32Array.from({ length: 3 * (h as number) * (w as number) }, (_, at) => {
          const [x, y, c] = [
            at % (w as number),
            Math.floor(at / (w as number)) % (h as number),
            Math.floor(at / (w as number) / (h as number)),
          ];
          return own[(c * height + y) * width + x] as number;
        });
        return [...patchRows(cut, { width: w as number, height: h as number }, patch)];
      }),
    );
  },
  'lfm2-vl': (g, chat) => {
    const all = halved(g, chat);
    const [views, most, values] = g.bytes(`${chat}.pixel_values`).shape as [number, number, number];
    const grids = g.rows(`${chat}.spatial_shapes`).map(([rows, columns]) => (rows as number) * (columns as number));
    // Views of all images are padded to the most patches there may be; ours, to the most of their image: two images of one view, or one.
    const own = (v: number): number => (chat === 'two' ? (grids[v] as number) : Math.max(...grids));
    const padded = (v: number, i: number): number => (i < (grids[v] as number) * values ? (all[v * most * values + i] as number) : 0);
    return Float32Array.from(
      Array.from({ length: views }, (_, v) => Array.from({ length: own(v) * values }, (__, i) => padded(v, i))).flat(),
    );
  },
  'gemma3-vl': halved,
  paligemma: halved,
  'qwen2-vl': normalised,
  'qwen2-5-vl': normalised,
  'qwen3-vl': halved,
};

const folders = Object.keys(patches).flatMap(goldenNames);
describe.each(folders)('%s', async (name) => {
  const g = await golden(name);
  const facts = g.json<Facts>();
  const model = await Mllm.load(g.dir);
  const family = name.split('/')[0] as string;
  afterAll(() => model.dispose());

  it.each(Object.keys(facts.chats))('agrees on the chat %s', async (key) => {
    const chat = facts.chats[key] as Chat;
    if (!facts.plain) expect(model.model.template?.render(chat.messages, { addGenerationPrompt: true }).text).toBe(chat.text);
    const messages = withImages(chat);
    const { ids, media, positions } = await model.encode(messages);
    expect([...ids]).toEqual(g.rows(`${key}.ids`)[0]);

    const ours = (await Promise.all(media.map((m) => m.feeds()))).flatMap((feeds) => Array.from(data(feeds.patches ?? feeds.pixels)));
    const { vision_config } = (model.model.network as unknown as { config: { vision_config?: { patch_size: number } } }).config;
    const patchSize = vision_config?.patch_size ?? 0;
    expect(distance(ours, (patches[family] as (typeof patches)[string])(g, key, patchSize))).toBeLessThan(1e-6);

    const features = await model.encodeImages(media);
    expect(distance(features.data, g.floats(`${key}.features`).data)).toBeLessThan(BAR);

    const at = Int32Array.from(media.flatMap((m) => [...m.at]));
    const { hidden, logits } = await whole(model, [...ids], features, at, positions);
    expect(distance(hidden, g.floats(`${key}.hidden`).data)).toBeLessThan(BAR);
    const last = g.floats(`${key}.logits`).data;
    expect(distance(logits.subarray(logits.length - last.length), last)).toBeLessThan(BAR);
    expect(await greedy(model, { ids, features, imagePositions: at, positions })).toEqual(g.rows(`${key}.greedy`)[0]);
  });

  it('is served with the same tokens, several chats at once', async () => {
    const engine = await Engine.create({ ...(await engineModel(model)), endTokens: [] }, { slots: 2, prefillChunk: 32 });
    const keys = Object.keys(facts.chats);
    const streams = keys.map((key) => engine.submit({ messages: withImages(facts.chats[key] as Chat), maxTokens: 32 }));
    for (const [i, stream] of streams.entries()) {
      const ids: number[] = [];
      for await (const { token } of stream) if (token) ids.push(token.id);
      expect(ids).toEqual(g.rows(`${keys[i]}.greedy`)[0]);
    }
    await engine.dispose();
  });

  it('gives images of 50 sizes as many tokens', () => {
    const blank = (width: number, height: number): RgbImage => ({ width, height, data: new Uint8Array(width * height * 3) });
    const counts = facts.sizes.map(([w, h]) => [w, h, model.model.media?.prepare([blank(w, h)], [])[0]?.ids.length]);
    expect(counts).toEqual(facts.sizes);
  });
});

it('reads the boxes of grounded replies as transformers reads them', async () => {
  const { dir } = await golden('kosmos2/tied');
  type Entities = [phrase: string, span: [number, number], boxes: Box[]][];
  const cases = await readJson<[string, [string, Entities]][]>(join(dir, 'grounded.json'));
  for (const [reply, [text, entities]] of cases)
    expect(readGrounded(reply, 32)).toEqual({ text, entities: entities.map(([phrase, span, boxes]) => ({ phrase, span, boxes })) });
});

it('gives replies of Kosmos-2 without tags, and what they name', async () => {
  const model = await Mllm.load((await golden('kosmos2/tied')).dir);
  const content: Content = [{ type: 'image', source: noise(20, 20, 1) }, '<grounding> An image of'];
  const reply = await model.generate(content, { maxTokens: 40, temperature: 1, seed: 3 });
  expect(reply.entities).toBeDefined();
  expect(reply.text).not.toMatch(/<.*?>/);
  expect(reply.boxes).toEqual(reply.entities?.flatMap((e) => e.boxes));
  await model.dispose();
});

it.each(['qwen2-vl/untied', 'qwen2-5-vl/tied'])('%s sees videos: frames in pairs, each pair by itself, positions in time', async (name) => {
  const g = await golden(name, 'golden-video.safetensors');
  const model = await Mllm.load(g.dir);
  const frames = [1, 2, 3].map((seed) => noise(32, 24, seed));
  const processor = model.model.media as MultimodalProcessor;
  const network = model.model.network as MultimodalNetwork;
  const prepared = processor.prepareVideo?.(frames) as PreparedGrid;
  const ids = g.rows('ids')[0] as number[];
  const start = ids.indexOf(prepared.ids[0] as number);
  expect(ids.slice(start, start + prepared.ids.length)).toEqual(prepared.ids);
  const at = Int32Array.from(prepared.ids, (_, i) => start + i);
  const features = await model.encodeImages([{ at, feeds: prepared.feeds }]);
  expect(distance(features.data, g.floats('features').data)).toBeLessThan(BAR);
  const positions = processor.tokenPositions?.(ids.length, [{ prepared, start }]);
  const { hidden } = await whole(model, ids, features, at, positions);
  expect(distance(hidden, g.floats('hidden').data)).toBeLessThan(BAR);
  expect(await greedy(model, { ids: Int32Array.from(ids), features, imagePositions: at, positions })).toEqual(g.rows('greedy')[0]);
  expect(network.language_model.positionKinds).toBe(3);
  expect(() => processor.prepareVideo?.([...frames, noise(24, 24, 4)])).toThrow(/frames of a video differ.*32x24.*24x24/s);
  await model.dispose();
});

it('takes frames out of a video file, and counts in time how far they are apart', async () => {
  const { dir } = await golden('qwen2-5-vl/tied');
  const model = await Mllm.load(dir);
  const pixels = new Uint8Array(10 * 32 * 24 * 3).map((_, i) => 25 * Math.floor(i / (32 * 24 * 3)));
  const raw = { width: 32, height: 240, channels: 3, pageHeight: 24 } as const;
  // Ten pictures in five seconds: two a second are all of them, and four of them are 1.25 seconds apart.
  const gif = await sharp(pixels, { raw })
    .gif({ delay: new Array(10).fill(500), keepDuplicateFrames: true })
    .toBuffer();
  const processor = model.model.media as MultimodalProcessor;
  const network = model.model.network as MultimodalNetwork;
  const seen = async (part: VideoPart) => {
    const { frames, fps } = (await openMedia({ ...part }, { processor })) as Frames;
    const prepared = processor.prepareVideo?.(frames, fps) as PreparedGrid;
    const positions = processor.tokenPositions?.(prepared.ids.length, [{ prepared, start: 0 }]) as Int32Array;
    const [rows, groups] = [prepared.grid[0], prepared.ids.length / prepared.grid[0]];
    return { frames, times: Array.from({ length: rows }, (_, row) => positions[row * groups]) };
  };
  const { vision_config: v } = (network as QwenVl).config as Qwen25VlConfig;
  const every = (seconds: number, rows: number) =>
    Array.from({ length: rows }, (_, row) => Math.trunc(row * seconds * v.tokens_per_second));
  const all = await seen(video(gif));
  expect(all.times).toEqual(every(1, 5));
  const four = await seen(video(gif, { maxFrames: 4 }));
  expect(four.times).toEqual(every(2.5, 2));
  expect(four.frames.map((frame) => all.frames.findIndex((other) => Buffer.compare(frame.data, other.data) === 0))).toEqual([0, 2, 5, 7]);
  // The same by their frames, which say how many are of one second.
  expect(await seen(video(four.frames, { fps: 0.8 }))).toEqual(four);
  await expect(seen({ ...video(four.frames), fps: -1 })).rejects.toMatchObject({ code: 'model.video', place: 'fps' });
  await expect(seen({ type: 'video', source: 5 as never })).rejects.toThrow(/a video part has no frames/);
  await expect(seen(video('/nowhere/clip.mp4'))).rejects.toMatchObject({ code: 'media.file' });
  await model.dispose();
});

describe('what is refused', () => {
  const base = async (name: string) => readJson<Record<string, Record<string, unknown>>>(join((await golden(name)).dir, 'config.json'));
  it.each([
    [
      'qwen2-vl/untied',
      { text_config: { rope_parameters: { mrope_section: [1, 1, 1] } } },
      /text_config\.mrope_section.*add up to half of head_dim/s,
    ],
    ['qwen2-vl/untied', { vision_config: { hidden_size: 47 } }, /vision_config\.hidden_size.*hidden_size of the text model, 48/s],
    ['qwen2-5-vl/tied', { vision_config: { out_hidden_size: 40 } }, /vision_config\.out_hidden_size.*48/s],
    ['qwen2-5-vl/tied', { vision_config: { window_size: 'large' } }, /vision_config\.window_size.*a number/s],
    ['idefics3/tiles', { scale_factor: 4 }, /scale_factor.*divisor of the 6 patches/s],
    [
      'idefics2/whole',
      { perceiver_config: { num_key_value_heads: 3 } },
      /perceiver_config\.num_key_value_heads.*divisor of resampler_n_heads/s,
    ],
    ['fuyu/untied', { text_config: { hidden_act: 'gelu' } }, /text_config\.hidden_act.*"relu2"/s],
    ['kosmos2/tied', { text_config: { add_cross_attention: true } }, /text_config\.add_cross_attention.*false/s],
    ['kosmos2/tied', { latent_query_num: 0 }, /latent_query_num.*more than 0/s],
  ])('%s with %j', async (name, change, message) => {
    const config = await base(name);
    const changed = Object.fromEntries(
      Object.entries(change).map(([k, v]) => [k, typeof v === 'object' ? { ...config[k], ...v } : v] as const),
    );
    expect(() => readFamily({ ...config, ...changed })).toThrow(message);
  });

  it('image processors of another family, and wrong values', () => {
    expect(() => QwenVlImageProcessor.fromConfig({ image_processor_type: 'Idefics3ImageProcessor' })).toThrow(/another image processor/);
    expect(() => Idefics3ImageProcessor.fromConfig({ max_image_size: 364 })).toThrow(/max_image_size.*364/s);
    expect(() => Idefics2ImageProcessor.fromConfig({ image_std: [0.5, 0, 0.5] })).toThrow(/image_std\.1.*other than 0/s);
    expect(() => FuyuImageProcessor.fromConfig({ patch_size: { height: 30 } })).toThrow(/patch_size\.width/);
    expect(() => QwenVlImageProcessor.fromConfig().grid({ width: 2010, height: 10 })).toThrow(/too long for its width.*2010x10/s);
    const tiny = { width: 1, height: 9, data: new Uint8Array(27) };
    expect(() => Idefics2ImageProcessor.fromConfig({ do_image_splitting: true, do_resize: false }).process(tiny)).toThrow(
      /too small to be cut/,
    );
  });

  it('a second image where the model sees one', async () => {
    const model = await Mllm.load((await golden('kosmos2/tied')).dir);
    const content = [1, 2].map((seed) => ({ type: 'image' as const, source: noise(20, 20, seed) }));
    await expect(model.encode([{ role: 'user', content }])).rejects.toThrow(/sees one image/);
    await model.dispose();
  });
});
