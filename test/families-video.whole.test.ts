// Families that read a video as a row of pictures: prompts, pixels, rows and replies to an image and a video agree with transformers.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { engineModel } from '../src/generate/engine/model.js';
import { Engine, Mllm } from '../src/generate/index.js';
import { input } from '../src/graph/index.js';
import { video } from '../src/media/index.js';
import type { MultimodalNetwork } from '../src/networks/index.js';
import { compile } from '../src/runtime/compile.js';
import type { ChatMessage } from '../src/text/index.js';
import { type HostTensor, hostTensor } from '../src/util/host.js';
import { noise } from './golden/noise.js';
import { distance, golden, goldenNames } from './golden/read.js';

const BAR = 1e-4;
const data = (t: HostTensor | undefined): Float32Array => (t as HostTensor<'float32'>).data;

interface Facts {
  question: string;
  /** How many, width, height. */
  frames: [number, number, number];
}

describe.each(['internvl'].flatMap(goldenNames))('%s', async (name) => {
  const g = await golden(name, 'golden-video.safetensors');
  const { question, frames: about } = JSON.parse(readFileSync(join(g.dir, 'golden-video.json'), 'utf8')) as Facts;
  const [count, width, height] = about;
  const model = await Mllm.load(g.dir);
  afterAll(() => model.dispose());
  const frames = Array.from({ length: count }, (_, i) => noise(width, height, i + 1));
  const content = [
    { type: 'image' as const, source: noise(20, 30, 6) },
    { type: 'text' as const, text: 'and' },
    { ...video(frames, { fps: 2 }) },
    { type: 'text' as const, text: question },
  ];
  const messages: ChatMessage[] = [{ role: 'user', content }];
  const network = model.model.network as MultimodalNetwork;
  const prompt = await model.encode(messages);
  const at = prompt.media.flatMap((m) => [...m.at]);

  it('writes the frames as transformers does, and makes the same pixels', async () => {
    expect([...prompt.ids]).toEqual(g.rows('ids')[0]);
    const feeds = await prompt.media[1]?.feeds();
    const bytes = g.bytes('pixels');
    const area = bytes.shape.slice(-2).reduce((a, b) => a * b, 1);
    const [mean, std] = [
      [0.48145466, 0.4578275, 0.40821073],
      [0.26862954, 0.26130258, 0.27577711],
    ];
    const channel = (i: number): number => Math.floor(i / area) % 3;
    const wanted = Float32Array.from(bytes.data, (v, i) => (v / 255 - (mean[channel(i)] as number)) / (std[channel(i)] as number));
    expect(distance(data(feeds?.pixels), wanted)).toBeLessThan(1e-6);
  });

  it('agrees on an image and a video in one prompt', async () => {
    const features = await model.encodeImages(prompt.media);
    expect(distance(features.data, g.floats('features').data)).toBeLessThan(BAR);
    const n = prompt.ids.length;
    const hidden = network.hidden(input('ids', [1, n], 'int32'), input('features', features.shape), input('at', [at.length], 'int32'));
    const program = await compile({ hidden }, { frozen: model.model.values });
    const out = await program.run({ ids: hostTensor('int32', [1, n], prompt.ids), features, at: hostTensor('int32', [at.length], at) });
    program.dispose();
    expect(distance(data(out.hidden), g.floats('hidden').data)).toBeLessThan(BAR);
  });

  it('is served with the same tokens, in chunks that cut pictures apart, and again from the cache of prefixes', async () => {
    const parts = { ...(await engineModel(model)), endTokens: [] };
    const engine = await Engine.create(parts, { slots: 2, prefillChunk: 7, prefixBlock: 5 });
    for (const _ of ['read', 'remembered']) {
      const reply: number[] = [];
      for await (const { token } of engine.submit({ messages, maxTokens: 32 })) if (token) reply.push(token.id);
      expect(reply).toEqual(g.rows('greedy')[0]);
    }
    await engine.dispose();
  });
});
