// Language models that hear load from Hugging Face folders and agree with transformers: ids, spectrograms, rows, logits, greedy text.

import { describe, expect, it } from 'vitest';
import { engineModel } from '../src/generate/engine/model.js';
import { Engine, Mllm } from '../src/generate/index.js';
import { input } from '../src/graph/index.js';
import type { MultimodalNetwork } from '../src/networks/index.js';
import { compile } from '../src/runtime/compile.js';
import type { ChatMessage } from '../src/text/index.js';
import { type HostTensor, hostTensor } from '../src/util/host.js';
import { noise, noiseSound } from './golden/noise.js';
import { distance, golden, goldenNames } from './golden/read.js';

const BAR = 1e-4;
const data = (t: HostTensor | undefined): Float32Array => (t as HostTensor<'float32'>).data;

type Facts = Record<string, { messages: ChatMessage[]; sounds: [samples: number, seed: number][] }>;

describe.each(goldenNames('qwen2-audio'))('%s', async (name) => {
  const g = await golden(name);
  const facts = g.json<Facts>();
  const model = await Mllm.load(g.dir);
  const network = model.model.network as MultimodalNetwork;

  const withSounds = ({ messages, sounds }: Facts[string]): ChatMessage[] => {
    const left = sounds.map((s) => ({ sampleRate: 16000, samples: noiseSound(...s) }));
    const content = ((messages[0] as ChatMessage).content as { type: string }[]).map((p) =>
      p.type === 'audio' ? { type: 'audio', sound: left.shift() } : p,
    );
    return [{ role: 'user', content: content as never }];
  };

  it.each(Object.keys(facts))('agrees on the chat %s', async (key) => {
    const prompt = await model.encode(withSounds(facts[key] as Facts[string]));
    expect([...prompt.ids]).toEqual(g.rows(`${key}.ids`)[0]);
    const spectrograms = (await Promise.all(prompt.media.map((m) => m.feeds()))).flatMap((f) => [...data(f.spectrogram)]);
    expect(distance(spectrograms, g.floats(`${key}.spectrograms`).data)).toBeLessThan(BAR);
    const features = await model.encodeImages(prompt.media);
    expect(distance(features.data, g.floats(`${key}.features`).data)).toBeLessThan(BAR);
    const at = Int32Array.from(prompt.media.flatMap((m) => [...m.at]));
    const n = prompt.ids.length;
    const hidden = network.hidden(input('ids', [1, n], 'int32'), input('features', features.shape), input('at', [at.length], 'int32'));
    const program = await compile({ hidden, logits: network.language_model.logits(hidden) }, { frozen: model.model.values });
    const out = await program.run({ ids: hostTensor('int32', [1, n], prompt.ids), features, at: hostTensor('int32', [at.length], at) });
    program.dispose();
    expect(distance(data(out.hidden), g.floats(`${key}.hidden`).data)).toBeLessThan(BAR);
    const last = g.floats(`${key}.logits`).data;
    expect(distance(data(out.logits).subarray(-last.length), last)).toBeLessThan(BAR);
  });

  it('is served with the same tokens, several chats at once', async () => {
    const engine = await Engine.create({ ...(await engineModel(model)), endTokens: [] }, { slots: 2, prefillChunk: 32 });
    const keys = Object.keys(facts);
    const streams = keys.map((key) => engine.submit({ messages: withSounds(facts[key] as Facts[string]), maxTokens: 32 }));
    for (const [i, stream] of streams.entries()) {
      const ids: number[] = [];
      for await (const { token } of stream) if (token) ids.push(token.id);
      expect(ids).toEqual(g.rows(`${keys[i]}.greedy`)[0]);
    }
    await engine.dispose();
  });

  it('refuses images, and sounds that are over before anything is heard', async () => {
    const ask = (part: object) => model.encode([{ role: 'user', content: [part as never] }]);
    await expect(ask({ type: 'image', source: noise(8, 8, 1) })).rejects.toMatchObject({ code: 'model.modality' });
    await expect(ask({ type: 'audio', sound: { sampleRate: 16000, samples: new Float32Array(150) } })).rejects.toMatchObject({
      code: 'media.sound',
    });
    await model.dispose();
  });
});
