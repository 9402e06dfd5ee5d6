// Whisper on a device: over sounds the tokens and logits of the CPU, one at a time and all at once, what is written, and gradients, with no node that falls back.

import { describe, expect, it } from 'vitest';
import { type Policy, type Prompt, Transcriber } from '../src/generate/index.js';
import { crossOutputs, type EncodedSource, Seq2SeqDecoder } from '../src/generate/seq2seq.js';
import { seq2seqPolicy } from '../src/generate/seq2seq-policy.js';
import { crossEntropy, grad, input, mean } from '../src/graph/index.js';
import { WhisperFeatures } from '../src/media/index.js';
import type { WhisperForConditionalGeneration } from '../src/networks/index.js';
import type { Runtime } from '../src/runtime/runtime.js';
import { selectRuntime } from '../src/runtime/select.js';
import { type HostTensor, hostTensor } from '../src/util/host.js';
import { type LoadedNetwork, loadNetwork } from '../src/weights/index.js';
import { noiseSound } from './golden/noise.js';
import { golden } from './golden/read.js';
import { compareGraphs } from './webgpu/compare.js';
import { watched } from './webgpu/placement.js';
import { BOUNDS, record, short } from './webgpu/record.js';
import { useSoftwareDriver } from './webgpu/software.js';

const isHere = useSoftwareDriver();

const NAME = 'whisper/transcribe';
/** Greedy tokens, and how many of them come one at a time. */
const TOKENS = 32;
const SINGLE = 3;

const argMax = (x: Float32Array): number => x.reduce((best, v, i) => (v > (x[best] as number) ? i : best), 0);

/** The golden model, spectrograms of its sounds, and the tokens that steer them. */
async function opened() {
  const g = await golden(NAME);
  const { network, values } = (await loadNetwork(g.dir, { kinds: ['encoder'] })) as LoadedNetwork<WhisperForConditionalGeneration>;
  const features = WhisperFeatures.fromConfig({ feature_size: 17, chunk_length: 2 });
  const { num_mel_bins: mels } = network.config;
  const clips = Object.entries(g.json<Record<string, [number, number]>>()).map(([name, clip]) => ({
    ids: g.ints(`${name}.ids`).data as Int32Array,
    sound: { sampleRate: 16000, samples: noiseSound(...clip) },
  }));
  const spectrogram = (i: number): HostTensor<'float32'> =>
    hostTensor('float32', [1, mels, network.encoder.frames], features.extract(clips[i]?.sound as never).data);
  return { dir: g.dir, network, values, mels, clips, spectrogram };
}

/** A policy over the first two sounds, and what disposes of it. */
async function policyOn(runtime: Runtime, { network, values, mels, clips, spectrogram }: Awaited<ReturnType<typeof opened>>) {
  const { max_target_positions: capacity, max_source_positions: positions } = network.config;
  const source = crossOutputs(network, network.encoder.tokens(input('spectrograms', ['batch', mels, network.encoder.frames])));
  const decoder = await Seq2SeqDecoder.create({ network, source, values, capacity, runtime });
  const prompts: Prompt[] = clips.slice(0, 2).map(({ ids }, i) => ({
    ids: ids.subarray(0, 4),
    source: { ids: Int32Array.of(i), media: [] }, // the number of the sound
  }));
  const encode = ({ ids }: { ids: Int32Array }): Promise<EncodedSource> => {
    const mask = hostTensor('int32', [1, positions], new Int32Array(positions).fill(1));
    return decoder.encodeFeeds({ spectrograms: spectrogram(ids[0] as number) }, mask);
  };
  return { policy: seq2seqPolicy(decoder, { encode }), prompts, dispose: () => decoder.dispose() };
}

/** Logits after the prompts and each of `steps` tokens, greedy ones or those that are given. */
async function follow(policy: Policy, prompts: readonly Prompt[], steps: number, given?: readonly number[][]): Promise<Float32Array[][]> {
  const rows = await policy.start(prompts);
  const logits: Float32Array[][] = prompts.map(() => []);
  let { logits: now } = rows;
  for (let t = 0; ; t++) {
    for (const [i, own] of logits.entries()) own.push(now.at(i).slice());
    if (t === steps) return logits;
    now = await policy.step(
      rows,
      logits.map((own, i) => given?.[i]?.[t] ?? argMax(own.at(-1) as Float32Array)),
    );
  }
}

describe.runIf(isHere)('Whisper on a device', () => {
  it('replies as on the CPU', async () => {
    const own = await opened();
    const cpu = await policyOn(await selectRuntime('native', 'cpu'), own);
    const wanted = await follow(cpu.policy, cpu.prompts, TOKENS - 1);
    cpu.dispose();
    const given = wanted.map((rows) => rows.map(argMax));
    const device = watched(await selectRuntime('native', 'webgpu'));
    const gpu = await policyOn(device.runtime, own);
    const got = await follow(gpu.policy, gpu.prompts, SINGLE, given);
    const read: Float32Array[][] = gpu.prompts.map(() => []);
    for (const [i, { ids, source }] of gpu.prompts.entries()) {
      const reply = given[i] as number[];
      const whole = Int32Array.of(...ids, ...reply);
      const weights = Float32Array.from(whole, (_, k) => Number(k >= ids.length));
      for await (const part of gpu.policy.read([{ ids: whole, source, weights, media: [] }]))
        for (let k = 0; k < Math.min(part.count, TOKENS); k++) read[i]?.push(part.logits.at(k).slice());
    }
    gpu.dispose();
    let [worst, equal] = [0, 0];
    for (const [i, rows] of wanted.entries()) {
      expect([got[i]?.length, read[i]?.length]).toEqual([SINGLE + 1, TOKENS]);
      const pairs = rows.flatMap((row, t) => [got[i]?.[t], read[i]?.[t]].flatMap((other) => (other ? [{ row, other }] : [])));
      for (const { row, other } of pairs)
        row.forEach((v, k) => {
          const off = Math.abs(v - (other[k] as number));
          if (!(off <= worst)) worst = off;
        });
      if (pairs.every(({ row, other }) => argMax(row) === argMax(other))) equal++;
    }
    const { onCpu, onDevice } = device.placed();
    const counts = { prompts: wanted.length, sounds: wanted.length, tokens: TOKENS, single: SINGLE + 1, equal };
    record('families', NAME, { ...counts, logits: short(worst), nodes: onDevice });
    expect(onCpu, 'nodes on the CPU').toEqual([]);
    expect(onDevice).toBeGreaterThan(10);
    expect(worst, 'logits').toBeLessThan(BOUNDS.logits);
    expect(equal).toBe(wanted.length);
  });

  it('writes what it writes on the CPU', async () => {
    const { dir, clips } = await opened();
    const { sound } = clips[0] as (typeof clips)[number];
    const texts: string[] = [];
    for (const device of ['cpu', 'webgpu'] as const) {
      const whisper = await Transcriber.load(dir, { runtime: await selectRuntime('native', device) });
      const { text, language } = await whisper.transcribe(sound, { maxTokens: 12, temperatures: [0] });
      texts.push(`${language}: ${text}`);
      whisper.dispose();
    }
    expect(texts[0]?.length).toBeGreaterThan(5);
    expect(texts[1]).toBe(texts[0]);
  });

  it('has the gradients of the CPU, of encoder and decoder', async () => {
    const { network, values, mels, clips, spectrogram } = await opened();
    const [first] = clips as [(typeof clips)[number]];
    const n = first.ids.length - 1;
    const ids = input('ids', [1, n], 'int32');
    const hidden = network.hidden(ids, input('sound', [1, mels, network.encoder.frames]));
    const loss = mean(crossEntropy(network.logits(hidden), input('next', [1, n], 'int32')));
    const trained = network.parameters();
    const gradients = grad(loss, trained);
    const outputs = { loss, ...Object.fromEntries(trained.map((p, i) => [`grad.${p.name}`, gradients[i] as typeof loss])) };
    const feeds: Record<string, HostTensor> = {
      ids: hostTensor('int32', [1, n], first.ids.slice(0, n)),
      next: hostTensor('int32', [1, n], first.ids.slice(1)),
      sound: spectrogram(0),
    };
    for (const p of trained) feeds[p.name] = values.get(p) as HostTensor;
    await compareGraphs('gradients', NAME, { outputs, feeds });
  });
});
