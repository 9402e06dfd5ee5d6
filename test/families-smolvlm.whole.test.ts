// SmolVLM2's videos agree with transformers: which frames are seen, the words around them, pixels, rows, logits and replies.

import { describe, expect, it } from 'vitest';
import { Mllm } from '../src/generate/index.js';
import { input } from '../src/graph/index.js';
import { video } from '../src/media/index.js';
import { numberWords, smolVlmIndices } from '../src/networks/families/idefics3/video.js';
import type { MultimodalNetwork } from '../src/networks/index.js';
import { compile } from '../src/runtime/compile.js';
import type { ChatMessage } from '../src/text/index.js';
import { type HostTensor, hostTensor } from '../src/util/host.js';
import { noise } from './golden/noise.js';
import { distance, golden } from './golden/read.js';

const BAR = 1e-4;

interface Chat {
  count: number;
  size: [number, number];
  seed: number;
  fps: number;
  parts: string[];
}
interface Facts {
  chats: Record<'first' | 'last', Chat>;
  sampled: [total: number, seconds: number, fps: number | null, count: number | null, indices: number[]][];
}

const messagesOf = ({ count, size, seed, fps, parts }: Chat): ChatMessage[] => {
  const frames = Array.from({ length: count }, (_, i) => noise(...size, i + seed));
  const content = parts.map((part) => (part === '<video>' ? { ...video(frames, { fps }) } : { type: 'text' as const, text: part }));
  return [{ role: 'user', content }];
};

describe('smolvlm/video', async () => {
  const g = await golden('smolvlm/video');
  const { chats, sampled } = g.json<Facts>();

  it('chooses the frames of files as transformers does', () => {
    for (const [total, seconds, fps, maxFrames, indices] of sampled)
      expect(smolVlmIndices({ total, seconds }, { fps: fps ?? 1, maxFrames: maxFrames ?? 64 }), `${total} in ${seconds} s`).toEqual(
        indices,
      );
  });

  it('counts in words', () => {
    const said = [0, 1, 13, 20, 21, 99, 100, 105, 999].map(numberWords);
    expect(said).toEqual(
      'zero,one,thirteen,twenty,twenty-one,ninety-nine,one hundred,one hundred and five,nine hundred and ninety-nine'.split(','),
    );
  });

  it.each(['first', 'last'] as const)('writes, shows and answers a video that comes %s', async (chat) => {
    const model = await Mllm.load(g.dir);
    const network = model.model.network as MultimodalNetwork;
    const prompt = await model.encode(messagesOf(chats[chat]));
    expect([...prompt.ids]).toEqual(g.rows(`${chat}.ids`)[0]);

    // Patches of frames, beside the pixels that torchvision made.
    const patches = (await prompt.media[0]?.feeds())?.patches as HostTensor<'float32'>;
    const bytes = g.bytes(`${chat}.pixels`);
    const [frames, , side] = bytes.shape as [number, number, number];
    const p = 5;
    const n = side / p;
    for (let f = 0; f < frames; f++)
      for (let at = 0; at < n * n; at++)
        for (let i = 0; i < 3 * p * p; i++) {
          const [c, y, x] = [Math.floor(i / (p * p)), Math.floor((i % (p * p)) / p), i % p];
          const pixel = bytes.data[((f * 3 + c) * side + Math.floor(at / n) * p + y) * side + (at % n) * p + x] as number;
          const got = ((patches.data[(f * n * n + at) * 3 * p * p + i] as number) + 1) * 127.5;
          if (Math.abs(got - pixel) > 0.01) throw new Error(`frame ${f}, patch ${at}, ${i}: ${got} against ${pixel}`);
        }

    const features = await model.encodeImages(prompt.media);
    expect(distance(features.data, g.floats(`${chat}.features`).data)).toBeLessThan(BAR);
    const at = prompt.media.flatMap((m) => [...m.at]);
    const length = prompt.ids.length;
    const hidden = network.hidden(input('ids', [1, length], 'int32'), input('features', features.shape), input('at', [at.length], 'int32'));
    const logits = network.language_model.logits(hidden.slice({ axis: 1, start: length - 4 }));
    const program = await compile({ hidden, logits }, { frozen: model.model.values });
    const out = await program.run({
      ids: hostTensor('int32', [1, length], prompt.ids),
      features,
      at: hostTensor('int32', [at.length], at),
    });
    program.dispose();
    for (const key of ['hidden', 'logits'])
      expect(distance((out[key] as HostTensor<'float32'>).data, g.floats(`${chat}.${key}`).data), key).toBeLessThan(BAR);

    const reply: number[] = [];
    for await (const { id } of model.continueIds(prompt, { maxTokens: 32, endIds: [] })) reply.push(id);
    expect(reply).toEqual(g.rows(`${chat}.greedy`)[0]);
    await model.dispose();
  });

  it('refuses more frames than it can name, before any pixel is made', async () => {
    const model = await Mllm.load(g.dir);
    const [user] = messagesOf({ ...chats.first, count: 1 });
    const frames = new Array(1000).fill(noise(2, 2, 1));
    await expect(model.encode([{ ...(user as ChatMessage), content: [{ ...video(frames) }] }])).rejects.toMatchObject({
      code: 'model.video',
    });
    await model.dispose();
  });
});
