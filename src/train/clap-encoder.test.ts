// CLAP's audio tower before a language model: published weights in a recipe, trained on sounds, saved, opened and asked; whole and fused.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noiseSound } from '../../test/golden/noise.js';
import { distance, golden } from '../../test/golden/read.js';
import { worldMedia } from '../data/index.js';
import { Mllm } from '../generate/mllm.js';
import { clapEncoder, type EncoderMllm, llama, mllm, mlp, prefixes } from '../networks/index.js';
import { compile } from '../runtime/compile.js';
import type { HostTensor } from '../util/host.js';
import { sounds } from '../world/index.js';
import { assemble, defineRecipe, runRecipe, stage, type TrainedModel } from './index.js';
import { worldTokenizer } from './world-tokenizer.js';

const language = llama({ width: 16, layers: 1, heads: 2 });
const json = async (dir: string, name: string): Promise<Record<string, unknown>> => JSON.parse(await readFile(join(dir, name), 'utf8'));

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-clap-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe.each(['clap/audio-model', 'clap/fused'])('clapEncoder with the weights of %s', (name) => {
  it('hears what the tower of transformers hears', async () => {
    const g = await golden(name);
    const [config, features] = [await json(g.dir, 'config.json'), await json(g.dir, 'preprocessor_config.json')];
    const audio = (config.audio_config ?? config) as Record<string, unknown>;
    const vision = clapEncoder({ audio, features });
    const model = mllm({ vision, connector: mlp(), language });
    const state = await assemble(model, { seed: 0, from: { vision: g.dir }, tokenizer: worldTokenizer });
    const network = state.model.network as EncoderMllm;
    const reader = network.encoder.reader(network.itemSizes);
    const program = await compile({ tokens: network.vision_tower.encode() }, { frozen: state.model.values });
    for (const [clip, [length, seed]] of Object.entries(g.json<Record<string, [number, number, boolean]>>())) {
      const sampleRate = features.sampling_rate as number;
      const heard = reader.sound?.({ sampleRate, samples: noiseSound(length, seed) });
      const feeds: Record<string, HostTensor> = {};
      for (const [key, make] of Object.entries(heard?.feeds ?? {})) feeds[key] = await make();
      const { shape, data } = (await program.run(feeds)).tokens as HostTensor<'float32'>;
      const [, n, width] = shape as [number, number, number];
      expect([n, width]).toEqual([network.vision_tower.tokenCount, network.vision_tower.width]);
      const mean = Float32Array.from({ length: width }, (_, c) => {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += data[i * width + c] as number;
        return sum / n;
      });
      expect(distance(mean, g.floats(`${clip}.pooled`).data), clip).toBeLessThan(1e-4);
    }
    program.dispose();
  });

  it('is refused for other sizes, for another model, and for features that the tower does not take', async () => {
    const { dir: from } = await golden(name);
    const config = await json(from, 'config.json');
    const audio = (config.audio_config ?? config) as Record<string, unknown>;
    const take = (vision: string, options: Parameters<typeof clapEncoder>[0]) =>
      assemble(mllm({ vision: clapEncoder(options), connector: mlp(), language }), {
        seed: 0,
        from: { vision },
        tokenizer: worldTokenizer,
      });
    await expect(take(from, {})).rejects.toMatchObject({ code: 'train.from', place: expect.stringContaining('clapEncoder: audio.') });
    await expect(take((await golden('t5/flan')).dir, { audio })).rejects.toMatchObject({
      code: 'train.from',
      expected: expect.stringContaining('ClapModel'),
    });
    expect(() => clapEncoder({ audio, features: { feature_size: 3 } })).toThrow(/features\.feature_size.*num_mel_bins/);
    expect(() => clapEncoder({ audio, features: { truncation: audio.enable_fusion ? 'rand_trunc' : 'fusion' } })).toThrow(
      /features\.truncation/,
    );
  });
});

describe('a model that hears by a CLAP', () => {
  const audio = {
    num_mel_bins: 16,
    spec_size: 64,
    window_size: 4,
    depths: [1, 1],
    num_attention_heads: [2, 2],
    patch_embeds_hidden_size: 8,
    hidden_size: 16,
  };
  const features = { sampling_rate: 8000, hop_length: 100, fft_window_size: 256, frequency_max: 4000, max_length_s: 3 };
  it.each([
    ['mlp', mlp()],
    ['prefixes', prefixes({ prefix: 4, layers: 1, heads: 2, question: 8 })],
  ] as const)('learns from sounds before %s, is saved, opened and asked', async (name, connector) => {
    const recipe = defineRecipe({
      model: mllm({ vision: clapEncoder({ audio, features }), connector, language }),
      stages: [
        stage.instruct({
          train: ['vision', 'connector', 'language'],
          steps: 2,
          batch: 2,
          maxLength: 160,
          data: worldMedia(sounds({ items: 8, seed: 1, turns: 1 })),
        }),
      ],
    });
    const { state, summaries } = await runRecipe(recipe, { dir: join(dir, `run-${name}`) });
    expect(summaries[0]?.loss.last).toBeLessThan(20);
    const folder = join(dir, name);
    await (state as TrainedModel).save(folder);
    const model = await Mllm.load(folder);
    const ask = (seed: number) =>
      model.encode([
        {
          role: 'user',
          content: [
            { type: 'audio', source: undefined, sound: { sampleRate: 16_000, samples: noiseSound(9000, seed) } },
            { type: 'text', text: 'What is heard?' },
          ],
        },
      ]);
    const [one, other] = [await model.encodeImages((await ask(1)).media), await model.encodeImages((await ask(2)).media)];
    expect(one.shape).toEqual([name === 'mlp' ? 64 : one.shape[0], 16]);
    expect(distance(one.data, other.data)).toBeGreaterThan(1e-4);
    await model.dispose();
  });
});
