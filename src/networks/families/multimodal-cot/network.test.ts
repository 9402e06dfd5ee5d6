// Multimodal-CoT against torch and transformers; a gate of zero leaves the T5 as it is; cached decoding gives what training reads.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Seq2SeqDecoder, textSource } from '../../../generate/seq2seq.js';
import { constant, grad, input, type Parameter, type Tensor } from '../../../graph/index.js';
import { compile } from '../../../runtime/compile.js';
import { type HostTensor, hostTensor } from '../../../util/host.js';
import { parseConfig } from '../../parse-config.js';
import { t5Config } from '../t5/layers.js';
import { T5 } from '../t5/network.js';
import { MultimodalCot, multimodalCotConfig } from './network.js';

interface Facts {
  config: Record<string, unknown> & { d_model: number };
  vision: number;
  patches: number;
  names: string[];
  source: number[][];
  mask: number[][];
  target: number[][];
  plain: number[];
  fused: number[];
  logits: number[];
  gradients: Record<string, number[]>;
}
const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../../../../test/golden/multimodal-cot.json'), 'utf8')) as Facts;
const { config, vision, patches: count, names } = golden;
const width = config.d_model;

/** Values of tensor number `k`, as make_multimodal_cot.py has them. */
function drawn(k: number, shape: readonly number[]): HostTensor<'float32'> {
  const tensor = hostTensor('float32', shape);
  for (let i = 0; i < tensor.data.length; i++) tensor.data[i] = 0.35 * Math.sin(1.7 * i + 0.61 * k * k + 0.3);
  return tensor;
}
const ints = (rows: readonly (readonly number[])[]): HostTensor<'int32'> =>
  hostTensor('int32', [rows.length, (rows[0] as number[]).length], Int32Array.from(rows.flat()));
const close = (got: HostTensor | undefined, want: ArrayLike<number>, within: number): void => {
  expect(got?.data.length).toBe(want.length);
  for (let i = 0; i < want.length; i++) expect(Math.abs(Number(got?.data[i]) - (want[i] as number))).toBeLessThan(within);
};

const built = () =>
  new MultimodalCot(
    parseConfig(multimodalCotConfig, {
      vision_config: {
        hidden_size: vision,
        image_size: 8,
        patch_size: 4,
        num_hidden_layers: 1,
        num_attention_heads: 2,
        intermediate_size: 12,
      },
      text_config: config,
      image_token_index: 39,
    }),
  );
const network = built();
const byName = new Map(network.parameters().map((p) => [p.name, p]));
const own = names.map((name) => byName.get(name) as Parameter);
const values = new Map(own.map((p, k) => [p, drawn(k, p.dims)] as const));
const patches = drawn(names.length, [2, count, vision]);
/** Rows of both images stand at the beginning of their sources, of six tokens. */
const at = Int32Array.from([0, 0, 0, 0, 6, 6, 6, 6]);

/** Values with a gate that is closed. */
function closed(): Map<Parameter, HostTensor<'float32'>> {
  const shut = new Map(values);
  for (const [name, fill] of [
    ['gate_dense.weight', 0],
    ['gate_dense.bias', -1e9],
  ] as const) {
    const p = byName.get(name) as Parameter;
    shut.set(p, hostTensor('float32', p.dims, new Float32Array(p.count).fill(fill)));
  }
  return shut;
}

describe('MultimodalCot', () => {
  it('has the parameters of the published class beside those of T5 and the tower', () => {
    expect([...byName.keys()].filter((name) => !name.startsWith('vision_tower.')).sort()).toEqual(names);
    const parts = network.parts();
    expect(parts.connector.map((p) => p.name).sort()).toEqual(names.filter((name) => !name.startsWith('language_model.')));
    expect(network.unused().every((p) => p.name.startsWith('vision_tower.'))).toBe(true);
  });

  it('gives the fused states, logits and gradients of torch', async () => {
    const { language_model: t5 } = network;
    const rows = network.connect(constant(patches));
    const source = {
      ids: constant(ints(golden.source)),
      segments: constant(ints(golden.mask)),
      features: rows,
      at: constant(hostTensor('int32', [8], at)),
    };
    const logits = t5.logits(network.hidden(constant(ints(golden.target)), source));
    const plain = t5.encode(t5.embed(source.ids), source.segments);
    const fused = network.fused(plain, rows.reshape([2, count, width]));
    const weights = hostTensor(
      'float32',
      logits.shape as number[],
      Float32Array.from({ length: golden.logits.length }, (_, i) => Math.cos(0.3 * i)),
    );
    const asked = Object.keys(golden.gradients).map((name) => byName.get(name) as Parameter);
    const found = grad(logits.mul(constant(weights)).sum(), asked);
    const outputs = Object.fromEntries(asked.map((p, i) => [`grad.${p.name}`, found[i] as Tensor]));
    const program = await compile({ logits, plain, fused, ...outputs }, { frozen: new Map(), threads: 1 });
    const got = await program.run(Object.fromEntries([...values].map(([p, value]) => [p.name, value])));
    program.dispose();
    close(got.plain, golden.plain, 1e-5);
    // Padding attends to whatever it likes.
    const real = golden.mask.flat().flatMap((keep, i) => (keep ? [i] : []));
    for (const i of real)
      for (let c = 0; c < width; c++)
        expect(Math.abs(Number(got.fused?.data[i * width + c]) - (golden.fused[i * width + c] as number))).toBeLessThan(1e-5);
    close(got.logits, golden.logits, 1e-5);
    for (const [name, want] of Object.entries(golden.gradients)) close(got[`grad.${name}`], want, 1e-4);
  });

  it('decodes with its caches what it reads in training, with an image, and without one as the T5 alone, to the bit', async () => {
    const t5 = new T5(parseConfig(t5Config, config)).nameParameters();
    const alone = new Map(t5.parameters().map((p) => [p, values.get(byName.get(`language_model.${p.name}`) as Parameter) as HostTensor]));
    const states = (ids: Tensor, mask: Tensor): Tensor =>
      network.encodeSource(ids, mask, {
        features: input('features', ['image_rows', width]),
        at: input('image_positions', ['image_rows'], 'int32'),
      });
    const image = await rowsOf(values, 0);
    const options = { capacity: 8, runtime: undefined };
    const source = textSource(network.language_model, states);
    const reader = await Seq2SeqDecoder.create({ network: network.language_model, source, values, ...options });
    const plain = await Seq2SeqDecoder.create({ network: t5, source: textSource(t5), values: alone, ...options });
    const shut = await Seq2SeqDecoder.create({ network: network.language_model, source, values: closed(), ...options });
    const [ids] = golden.source as [number[]];
    const target = golden.target[0] as number[];
    const none = { features: hostTensor('float32', [0, width]), image_positions: hostTensor('int32', [0]) };
    const seen = { features: image, image_positions: hostTensor('int32', [count]) };
    const read = async (decoder: Seq2SeqDecoder, more: Record<string, HostTensor>): Promise<number[][]> => {
      const state = await decoder.begin([ids], more);
      const out: number[][] = [];
      for (const id of target) out.push([...(await decoder.step(state, [[id]])).data]);
      return out;
    };
    const vocab = 40;
    for (const [t, row] of (await read(reader, seen)).entries())
      for (const [i, v] of row.entries()) expect(Math.abs(v - (golden.logits[t * vocab + i] as number))).toBeLessThan(1e-5);
    const want = await read(plain, {});
    expect(await read(reader, none)).toEqual(want);
    expect(await read(shut, seen)).toEqual(want);
    for (const decoder of [reader, plain, shut]) decoder.dispose();
  });

  it('leaves a source without an image as it is beside one with an image', async () => {
    const { language_model: t5 } = network;
    const source = (only: Tensor | undefined, places: readonly number[]) => ({
      ids: constant(ints(golden.source)),
      segments: constant(ints(golden.mask)),
      ...(only ? { features: only, at: constant(hostTensor('int32', [places.length], Int32Array.from(places))) } : {}),
    });
    const target = constant(ints(golden.target));
    const second = network.connect(constant(patches)).slice({ axis: 0, start: count });
    const [one, none] = [network.hidden(target, source(second, [6, 6, 6, 6])), network.hidden(target, source(undefined, []))].map((h) =>
      t5.logits(h),
    );
    const program = await compile({ one: one as Tensor, none: none as Tensor }, { frozen: values, threads: 1 });
    const got = await program.run({});
    program.dispose();
    const half = golden.logits.length / 2;
    expect([...(got.one as HostTensor).data].slice(0, half)).toEqual([...(got.none as HostTensor).data].slice(0, half));
    for (let i = half; i < 2 * half; i++) expect(Math.abs(Number(got.one?.data[i]) - (golden.logits[i] as number))).toBeLessThan(1e-5);
  });
});

/** Rows of one of the images. */
async function rowsOf(from: ReadonlyMap<Parameter, HostTensor>, index: number): Promise<HostTensor<'float32'>> {
  const program = await compile({ rows: network.connect(constant(patches)) }, { frozen: from, threads: 1 });
  const { rows } = await program.run({});
  program.dispose();
  const data = (rows as HostTensor<'float32'>).data.slice(index * count * width, (index + 1) * count * width);
  return hostTensor('float32', [count, width], data);
}
