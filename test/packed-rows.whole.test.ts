// Whole rows as training reads them give the logits of cached decoding: packed conversations, images, positions of several kinds, sources.

import { expect, it } from 'vitest';
import { Decoder, Seq2SeqDecoder, textSource } from '../src/generate/index.js';
import { input, type Tensor } from '../src/graph/index.js';
import type { Sequence } from '../src/model/index.js';
import { Blip2Seq2Seq, type CausalDecoder, type MultimodalNetwork, type T5, VisionNetwork } from '../src/networks/index.js';
import { compile } from '../src/runtime/compile.js';
import { type HostTensor, hostTensor } from '../src/util/host.js';
import { type PackedBatch, packedBatch } from './golden/packed.js';
import { distance, goldenNames } from './golden/read.js';

const BAR = 1e-5;

/** Logits differ by float32's rounding: 1e-5, of the largest where that is above 1. */
function expectSame(got: Float32Array, want: Float32Array, what: string): void {
  const largest = want.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
  expect(distance(got, want) / largest, what).toBeLessThan(BAR);
}

/** Logits of every position, [rows * length, vocab]. */
async function packedLogits({ language, feeds, hidden, model }: PackedBatch): Promise<Float32Array> {
  const program = await compile({ logits: language.logits(hidden()) }, { frozen: model.values });
  const { logits } = await program.run(feeds);
  program.dispose();
  return (logits as HostTensor<'float32'>).data;
}

/** Rows of the images of a sequence, computed by the whole vision program without sizes. */
async function imageRows({ model }: PackedBatch, { media }: Sequence): Promise<HostTensor<'float32'> | undefined> {
  const [one] = media;
  if (!one || !(model.network instanceof VisionNetwork)) return undefined;
  const program = await compile({ rows: model.network.see() }, { frozen: model.values });
  const { rows } = await program.run(await one.feeds());
  program.dispose();
  return rows as HostTensor<'float32'>;
}

/** Logits after the first `fed` ids of a sequence and after each one behind them, over a cache. */
async function decoded(batch: PackedBatch, decoder: Decoder, sequence: Sequence, fed: number): Promise<Float32Array[]> {
  const { ids, positions, media } = sequence;
  const cache = decoder.cache(1);
  const part = (from: number, to: number): Int32Array | undefined => {
    if (!positions) return undefined;
    const kinds = positions.length / ids.length;
    const kind = (k: number): number[] => [...positions.subarray(k * ids.length + from, k * ids.length + to)];
    return Int32Array.from(Array.from({ length: kinds }, (_, k) => kind(k)).flat());
  };
  const features = await imageRows(batch, sequence);
  const first = { ids: [ids.subarray(0, fed)], positions: [part(0, fed)] };
  const out = [(await decoder.step(cache, features ? { ...first, features, imagePositions: media[0]?.at } : first)).data.slice()];
  for (let t = fed; t < ids.length; t++)
    out.push((await decoder.step(cache, { ids: [ids.subarray(t, t + 1)], positions: [part(t, t + 1)] })).data.slice());
  return out;
}

const DECODERS = [
  ...['gemma', 'gemma3', 'lfm2', 'llama', 'llama-rope', 'windows', 'qwen2', 'qwen3', 'smollm3', 'mixtral', 'opt']
    .flatMap(goldenNames)
    .filter((name) => name !== 'llama-rope/dynamic'),
  ...[
    'fuyu',
    'gemma3-vl',
    'idefics2',
    'idefics3',
    'internvl',
    'kosmos2',
    'llava',
    'llava-next',
    'llava-onevision',
    'paligemma',
    'lfm2-vl',
    'pixtral',
    'qwen2-5-vl',
    'qwen2-vl',
    'qwen3-vl',
  ].flatMap(goldenNames),
  'blip-2/opt',
  'instructblip/vicuna',
];

it.each(DECODERS)('%s: packed rows give the logits of cached decoding', async (name) => {
  const batch = await packedBatch(name);
  const logits = await packedLogits(batch);
  const { model, sequences, places, length } = batch;
  const vocab = (batch.language as CausalDecoder).config.vocab_size;
  const network = model.network as CausalDecoder | MultimodalNetwork;
  const decoder = await Decoder.create({ network, values: model.values, capacity: 256 });
  for (const [s, sequence] of sequences.entries()) {
    // All ids of an image at once, the others one at a time.
    const fed = sequence.media.length > 0 ? (sequence.media[0]?.at.at(-1) as number) + 1 : 1;
    const { row, start } = places[s] as { row: number; start: number };
    const base = row * length + start;
    for (const [i, want] of (await decoded(batch, decoder, sequence, fed)).entries()) {
      const at = base + fed - 1 + i;
      expectSame(logits.subarray(at * vocab, (at + 1) * vocab), want, `sequence ${s}, position ${fed - 1 + i}`);
    }
  }
  decoder.dispose();
});

it.each([...goldenNames('t5'), 'blip-2/t5-every-layer', 'blip-2/t5-every-second', 'instructblip/t5'])(
  '%s: packed sources and targets give the logits of cached decoding',
  async (name) => {
    const batch = await packedBatch(name);
    const logits = await packedLogits(batch);
    const { model, sequences, places, length } = batch;
    const { network } = model;
    const t5 = batch.language as T5;
    const vocab = t5.config.vocab_size;
    const isBlip = network instanceof Blip2Seq2Seq;
    const rows = () => ({ features: input('features', ['image_rows', t5.width]), at: input('image_positions', ['image_rows'], 'int32') });
    const states = isBlip ? (ids: Tensor, mask: Tensor) => network.encodeSource(ids, mask, rows()) : undefined;
    const decoder = await Seq2SeqDecoder.create({ network: t5, source: textSource(t5, states), values: model.values, capacity: 32 });
    for (const [s, { ids, source }] of sequences.entries()) {
      const { row, start } = places[s] as { row: number; start: number };
      const features = await imageRows(batch, source as Sequence);
      const at = source?.media[0]?.at ?? new Int32Array();
      const seen = { features: features ?? hostTensor('float32', [0, t5.width]), image_positions: hostTensor('int32', [at.length], at) };
      const state = await decoder.begin([(source as Sequence).ids], isBlip ? seen : {});
      for (const [t, id] of ids.entries()) {
        const want = (await decoder.step(state, [[id]])).data;
        const base = (row * length + start + t) * vocab;
        expectSame(logits.subarray(base, base + vocab), want, `sequence ${s}, position ${t}`);
      }
    }
    decoder.dispose();
  },
);

const JOINABLE = ['fuyu', 'gemma3-vl', 'paligemma', 'idefics3', 'internvl', 'kosmos2', 'llava', 'blip-2'].flatMap(goldenNames);
const APART = ['idefics2', 'lfm2-vl', 'pixtral', 'llava-next', 'llava-onevision', 'qwen2-5-vl', 'qwen2-vl', 'instructblip'].flatMap(
  goldenNames,
);

it.each(JOINABLE)('%s: images joined on the first axis give the rows of each', async (name) => {
  const batch = await packedBatch(name);
  const { model, sequences } = batch;
  expect(model.media?.joinable ?? model.media?.joins).toBe(true);
  const owners = sequences.map((s) => s.source ?? s).filter((s) => s.media.length > 0);
  const each = await Promise.all(owners.map((s) => imageRows(batch, s as Sequence)));
  const feeds = await Promise.all(owners.map((s) => s.media[0]?.feeds()));
  const join = (parts: readonly (HostTensor | undefined)[]): HostTensor => {
    const all = parts as readonly HostTensor<'float32'>[];
    const [first] = all as readonly [HostTensor<'float32'>];
    const data = Float32Array.from(all.flatMap((t) => [...t.data]));
    return hostTensor('float32', [all.reduce((n, t) => n + (t.shape[0] as number), 0), ...first.shape.slice(1)], data);
  };
  const joined = Object.fromEntries(Object.keys(feeds[0] ?? {}).map((key) => [key, join(feeds.map((f) => f?.[key]))]));
  const program = await compile({ rows: (model.network as VisionNetwork).see() }, { frozen: model.values });
  const { rows } = await program.run(joined);
  program.dispose();
  expectSame((rows as HostTensor<'float32'>).data, join(each).data as Float32Array, name);
});

it.each(APART)('%s: media are not joined', async (name) => {
  const { media } = (await packedBatch(name)).model;
  expect(media?.joinable ?? media?.joins ?? false).toBe(false);
});
