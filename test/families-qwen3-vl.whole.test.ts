// Qwen3-VL beyond images: videos in timed pairs of frames, rows for the first layers, training positions, and configs that do not fit.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { engineModel } from '../src/generate/engine/model.js';
import { Engine, Mllm } from '../src/generate/index.js';
import { input } from '../src/graph/index.js';
import { type RgbImage, video } from '../src/media/index.js';
import { type Qwen3Vl, type Qwen3VlProcessor, readFamily } from '../src/networks/index.js';
import { compile } from '../src/runtime/compile.js';
import type { ChatMessage } from '../src/text/index.js';
import { readJson } from '../src/util/fs.js';
import { type HostTensor, hostTensor } from '../src/util/host.js';
import { noise } from './golden/noise.js';
import { distance, golden, goldenNames } from './golden/read.js';

const BAR = 1e-4;
const data = (t: HostTensor | undefined): Float32Array => (t as HostTensor<'float32'>).data;

interface VideoFacts {
  question: string;
  /** Frames, width, height, tokens without words and edges, and those where each frame has a share of the pixels and at most 9 tokens. */
  sizes: [number, number, number, number, number][];
}

describe.each(goldenNames('qwen3-vl'))('%s', async (name) => {
  const g = await golden(name, 'golden-video.safetensors');
  const facts = JSON.parse(readFileSync(join(g.dir, 'golden-video.json'), 'utf8')) as VideoFacts;
  const model = await Mllm.load(g.dir);
  afterAll(() => model.dispose());
  const frames = [1, 2, 3, 4, 5].map((seed) => noise(45, 31, seed));
  const content = [
    { type: 'image' as const, source: noise(20, 30, 6) },
    { type: 'text' as const, text: 'and' },
    { ...video(frames, { fps: 2 }) },
    { type: 'text' as const, text: facts.question },
  ];
  const messages: ChatMessage[] = [{ role: 'user', content }];
  const network = model.model.network as Qwen3Vl;
  const processor = model.model.media as Qwen3VlProcessor;
  const prompt = await model.encode(messages);
  const ids = [...prompt.ids];
  const at = prompt.media.flatMap((m) => [...m.at]);

  it('writes the time of each pair of frames before it, and cuts the pixels that transformers cuts', async () => {
    expect(ids).toEqual(g.rows('ids')[0]);
    const written = model.tokenizer.decode(Int32Array.from(ids)).replace(/<\|.*?\|>/g, '');
    expect(written).toMatch(/and<0\.2 seconds>.*<1\.2 seconds>.*<2\.0 seconds>What happens/s);
    const patches = data((await prompt.media[1]?.feeds())?.patches);
    expect(
      distance(
        patches,
        Float32Array.from(g.bytes('pixels').data, (v) => v / 127.5 - 1),
      ),
    ).toBeLessThan(1e-6);
  });

  it('gives videos of 20 sizes as many rows', () => {
    const { videos } = processor;
    const before = { ...videos.config };
    const blank = (width: number, height: number): RgbImage => ({ width, height, data: new Uint8Array(width * height * 3) });
    const counts = facts.sizes.map(([n, w, h]) => {
      const rows = (cap: boolean) => {
        Object.assign(videos.config, { cap_pixels_per_frame: cap, max_video_tokens: 9 });
        return processor.prepareVideo(new Array(n).fill(blank(w, h))).rows.length;
      };
      return [n, w, h, rows(false), rows(true)];
    });
    Object.assign(videos.config, before);
    expect(counts).toEqual(facts.sizes);
  });

  it('agrees on an image and a video in one prompt, in whole sequences with positions as training feeds them', async () => {
    const features = await model.encodeImages(prompt.media);
    expect(features.shape).toEqual([at.length, network.language_model.rowWidth]);
    expect(distance(features.data, g.floats('features').data)).toBeLessThan(BAR);
    const n = ids.length;
    const hidden = network.hidden(input('ids', [1, n], 'int32'), input('features', features.shape), input('at', [at.length], 'int32'), {
      positions: input('positions', [3, 1, n], 'int32'),
    });
    const program = await compile({ hidden }, { frozen: model.model.values });
    const positions = hostTensor('int32', [3, 1, n], prompt.positions as Int32Array);
    const out = await program.run({ ids: hostTensor('int32', [1, n], ids), features, at: hostTensor('int32', [at.length], at), positions });
    program.dispose();
    expect(distance(data(out.hidden), g.floats('hidden').data)).toBeLessThan(BAR);
  });

  it('is served with the same tokens, in chunks that cut images apart, and again from the cache of prefixes', async () => {
    const parts = { ...(await engineModel(model)), endTokens: [] };
    const engine = await Engine.create(parts, { slots: 2, prefillChunk: 7, prefixBlock: 5 });
    for (const _ of ['read', 'remembered']) {
      const reply: number[] = [];
      for await (const { token } of engine.submit({ messages, maxTokens: 32 })) if (token) reply.push(token.id);
      expect(reply).toEqual(g.rows('greedy')[0]);
    }
    expect(engine.stats().prefix.hitTokens).toBeGreaterThan(at.at(-1) as number);
    await engine.dispose();
  });

  it('refuses frames of several sizes', () => {
    const run = () => processor.prepareVideo([...frames, noise(24, 24, 6)]);
    expect(run).toThrow(expect.objectContaining({ code: 'model.video', expected: '45x31', got: '24x24' }));
  });
});

describe('a config that does not fit', async () => {
  const config = await readJson<Record<string, Record<string, unknown>>>(join((await golden('qwen3-vl/untied')).dir, 'config.json'));
  it.each<[string, Record<string, Record<string, unknown>>]>([
    ['vision_config.out_hidden_size', { vision_config: { out_hidden_size: 40 } }],
    ['vision_config.num_heads', { vision_config: { num_heads: 5 } }],
    ['vision_config.num_position_embeddings', { vision_config: { num_position_embeddings: 48 } }],
    ['vision_config.deepstack_visual_indexes', { vision_config: { deepstack_visual_indexes: [2] } }],
    ['vision_config.deepstack_visual_indexes', { vision_config: { deepstack_visual_indexes: [1, 1] } }],
    ['vision_config.patch_size', { vision_config: { patch_size: 'large' } }],
    ['text_config.mrope_section', { text_config: { rope_parameters: { mrope_section: [2, 2, 2] } } }],
    ['text_config.rope_scaling', { text_config: { rope_parameters: { rope_type: 'dynamic', factor: 2, mrope_section: [2, 2, 1] } } }],
  ])('%s', (field, change) => {
    const changed = Object.fromEntries(Object.entries(change).map(([key, part]) => [key, { ...config[key], ...part }]));
    expect(() => readFamily({ ...config, ...changed })).toThrow(
      expect.objectContaining({ code: 'model.config', place: expect.stringContaining(`config.json: ${field}`) }),
    );
  });
});
