// Whisper's encoder and CLAP's audio tower load from Hugging Face folders and agree with transformers, from samples to embeddings.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { input, type Tensor } from '../src/graph/index.js';
import { ClapFeatures, WhisperFeatures } from '../src/media/index.js';
import { type ClapAudio, type ClapAudioConfig, readFamily, type Whisper } from '../src/networks/index.js';
import { compile } from '../src/runtime/compile.js';
import { type HostTensor, hostTensor } from '../src/util/host.js';
import { type LoadedNetwork, loadNetwork } from '../src/weights/index.js';
import { noiseSound } from './golden/noise.js';
import { distance, golden } from './golden/read.js';

const BAR = 1e-4;

const json = async (dir: string, file: string) => JSON.parse(await readFile(join(dir, file), 'utf8'));
const load = async <N extends Whisper | ClapAudio>(dir: string) => (await loadNetwork(dir, { kinds: ['encoder'] })) as LoadedNetwork<N>;

/** Every `step`-th index of one axis of a tensor. */
function every(x: HostTensor<'float32'>, axis: number, step: number): Float32Array {
  const size = x.shape[axis] as number;
  const inner = x.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  return x.data.filter((_, i) => (Math.floor(i / inner) % size) % step === 0);
}

/** Compiles once, runs on every clip. */
async function run(outputs: Parameters<typeof compile>[0], loaded: LoadedNetwork, feeds: readonly Record<string, HostTensor>[]) {
  const program = await compile(outputs, { frozen: loaded.values });
  const results: Record<string, HostTensor<'float32'>>[] = [];
  for (const feed of feeds) results.push({ ...(await program.run(feed)) } as Record<string, HostTensor<'float32'>>);
  program.dispose();
  return results;
}

describe.each(['whisper/model', 'whisper/generation-fp16'])('%s', (name) => {
  it('hears what WhisperFeatureExtractor and WhisperEncoder hear, in clips too short, odd and too long', async () => {
    const g = await golden(name);
    const clips = Object.entries((await json(g.dir, 'golden.json')) as Record<string, [number, number]>);
    const extractor = WhisperFeatures.fromConfig(await json(g.dir, 'preprocessor_config.json'));
    const features = clips.map(([, clip]) => extractor.extract({ sampleRate: 16000, samples: noiseSound(...clip) }));
    const loaded = await load<Whisper>(g.dir);
    const { encoder } = loaded.network;
    expect(features[0]?.shape).toEqual([encoder.config.num_mel_bins, encoder.frames]);
    const batch = (x: HostTensor<'float32'>) => hostTensor('float32', [1, ...x.shape], x.data);
    const tokens = encoder.tokens(input('features', ['sounds', encoder.config.num_mel_bins, encoder.frames]));
    const heard = await run(
      { tokens },
      loaded,
      features.map((x) => ({ features: batch(x) })),
    );
    for (const [i, [clip]] of clips.entries()) {
      expect(distance(features[i]?.data as Float32Array, g.floats(`${clip}.features`).data), clip).toBeLessThan(BAR);
      expect(distance(heard[i]?.tokens?.data as Float32Array, g.floats(`${clip}.tokens`).data), clip).toBeLessThan(BAR);
    }
  });
});

describe.each(['clap/audio-model', 'clap/projection', 'clap/fused'])('%s', (name) => {
  it('hears what ClapFeatureExtractor and the audio tower hear, in clips too short, odd and too long', async () => {
    const g = await golden(name);
    const clips = Object.entries((await json(g.dir, 'golden.json')) as Record<string, [number, number, boolean]>);
    const extractor = ClapFeatures.fromConfig(await json(g.dir, 'preprocessor_config.json'));
    const { sampling_rate: sampleRate } = extractor.config;
    const heard = clips.map(([, [length, seed]]) => extractor.extract({ sampleRate, samples: noiseSound(length, seed) }));
    expect(heard.map((x) => x.longer)).toEqual(clips.map(([, [, , longer]]) => longer));
    const loaded = await load<ClapAudio>(g.dir);
    const { network } = loaded;
    const shape = (heard[0] as (typeof heard)[number]).features.shape;
    const tokens = network.encoder.tokens(input('features', ['sounds', ...shape]), input('longer', ['sounds'], 'bool'));
    const pooled = network.pooled(tokens);
    const outputs: Record<string, Tensor> = { tokens, pooled };
    if (network.audio_projection) outputs.embeds = network.project(pooled);
    const results = await run(
      outputs,
      loaded,
      heard.map(({ features, longer }) => ({
        features: hostTensor('float32', [1, ...shape], features.data),
        ...(network.config.enable_fusion ? { longer: hostTensor('bool', [1], Uint8Array.of(Number(longer))) } : {}),
      })),
    );
    for (const [i, [clip]] of clips.entries()) {
      const { features } = heard[i] as (typeof heard)[number];
      const kept = shape[0] === 1 ? features.data : every(features, 1, 5);
      expect(distance(kept, g.floats(`${clip}.features`).data), clip).toBeLessThan(BAR);
      const out = results[i] as Record<string, HostTensor<'float32'>>;
      for (const key of ['pooled', 'embeds'])
        if (out[key]) expect(distance(out[key].data, g.floats(`${clip}.${key}`).data), `${clip} ${key}`).toBeLessThan(BAR);
      expect(distance(states(network.config, out.tokens as HostTensor<'float32'>), g.floats(`${clip}.states`).data), clip).toBeLessThan(
        BAR,
      );
    }
  });
});

/** Tokens as ClapAudioEncoder arranges them: channels first, frequencies of a strip by time in all strips. */
function states(c: ClapAudioConfig, { data, shape }: HostTensor<'float32'>): Float32Array {
  const [, n, width] = shape as [number, number, number];
  const side = Math.sqrt(n);
  const strips = Math.floor(c.spec_size / c.num_mel_bins);
  const high = Math.floor(side / strips);
  const count = side / high;
  const out = new Float32Array(data.length);
  for (let w = 0; w < width; w++)
    for (let h = 0; h < high; h++)
      for (let s = 0; s < count; s++)
        for (let t = 0; t < side; t++)
          out[((w * high + h) * count + s) * side + t] = data[((s * high + h) * side + t) * width + w] as number;
  return out;
}

it('computes the published features: Whisper large, CLAP of ten seconds and of longer sounds', async () => {
  const whisper = await golden('whisper/features');
  const { clip } = (await json(whisper.dir, 'golden.json')) as { clip: [number, number] };
  const large = WhisperFeatures.fromConfig(await json(whisper.dir, 'preprocessor_config.json'));
  const features = large.extract({ sampleRate: 16000, samples: noiseSound(...clip) });
  expect(features.shape).toEqual([128, 3000]);
  expect(distance(every(features, 1, 29), whisper.floats('clip.features').data)).toBeLessThan(BAR);
  const clap = await golden('clap/features');
  const extractor = ClapFeatures.fromConfig(await json(clap.dir, 'preprocessor_config.json'));
  for (const [name, [length, seed, longer]] of Object.entries(
    (await json(clap.dir, 'golden.json')) as Record<string, [number, number, boolean]>,
  )) {
    const heard = extractor.extract({ sampleRate: 48000, samples: noiseSound(length, seed) });
    expect(heard.longer).toBe(longer);
    expect(heard.features.shape).toEqual([4, 1001, 64]);
    expect(distance(every(heard.features, 1, 47), clap.floats(`${name}.features`).data), name).toBeLessThan(BAR);
  }
});

describe('what cannot be', () => {
  const read = (config: Record<string, unknown>) => () => readFamily(config);

  it('names the field of a config that is wrong', async () => {
    expect(read({ model_type: 'whisper', d_model: 30, encoder_attention_heads: 4 })).toThrow(/encoder_attention_heads.*divisor of d_model/);
    const clap = (await json((await golden('clap/audio-model')).dir, 'config.json')) as Record<string, unknown>;
    expect(read({ ...clap, num_attention_heads: [2, 4] })).toThrow(/num_attention_heads.*each of the 3 stages/);
    expect(read({ ...clap, num_attention_heads: [2, 3, 1] })).toThrow(/divisor of stage 1's width \(16\)/);
    expect(read({ ...clap, hidden_size: 33 })).toThrow(/hidden_size.*\(32\)/);
    expect(read({ ...clap, window_size: 5 })).toThrow(/window_size.*at most the side of the last stage \(4\)/);
    expect(read({ ...clap, spec_size: 72 })).toThrow(/halved 2 times/);
    expect(read({ ...clap, patch_size: 7 })).toThrow(/patch_size.*16 patches a side, not 15/);
    expect(read({ ...clap, fusion_type: 'channel_map' })).toThrow(/fusion_type/);
    expect(read({ model_type: 'clap', audio_config: { num_mel_bins: -1 } })).toThrow(/audio_config\.num_mel_bins/);
  });
});

it('has the parameters of the published sizes, which are the defaults', () => {
  const count = (config: Record<string, unknown>): number => {
    const { family, config: read } = readFamily(config);
    const network = family.build(read).nameParameters();
    const learned = network.parameters().filter((p) => !/running_(mean|var)$/.test(p.name)); // buffers in torch
    return learned.reduce((sum, p) => sum + p.dims.reduce((a, b) => a * b, 1), 0);
  };
  expect(count({ model_type: 'whisper' })).toBe(8_208_384);
  expect(count({ model_type: 'clap' })).toBe(28_190_872);
  expect(count({ model_type: 'clap', audio_config: { enable_fusion: true, fusion_type: 'aff_2d' } })).toBe(28_205_512);
});
