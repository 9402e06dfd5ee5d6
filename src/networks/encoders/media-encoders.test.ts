// Encoders of videos, points and sounds against plain loops: pooling, groups, the small PointNet; a gradient for every parameter.

import { describe, expect, it } from 'vitest';
import { constant, grad, inputsOf, type Parameter, sizesOf, type Tensor, withInputs } from '../../graph/index.js';
import type { RgbImage } from '../../media/index.js';
import { compile } from '../../runtime/compile.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import { Rng } from '../../util/rng.js';
import type { EncoderMllm } from '../families/sensorium/encoder-network.js';
import { encoderProcessor } from '../families/sensorium/processor.js';
import { clipVision, encoderFrom, llama, mllm, mlp, type Prefixes, prefixes } from '../index.js';
import type { PreparedImage } from '../processor.js';
import { frames, gridMeans, spaceTimeMeans } from './frames.js';
import { PointBert, pointBert } from './point-bert.js';
import { farthestPoints, groupPoints, nearestPoints, unitSphere } from './point-groups.js';
import { whisperEncoder } from './whisper-encoder.js';

const noise = (shape: readonly number[], seed = 0): HostTensor<'float32'> => {
  const rng = new Rng(seed);
  const out = hostTensor('float32', shape);
  for (let i = 0; i < out.data.length; i++) out.data[i] = rng.uniform(-1, 1);
  return out;
};
const valuesOf = (parameters: readonly Parameter[]): Map<Parameter, HostTensor> =>
  new Map(parameters.map((p, i) => [p, noise(p.dims, i + 1)]));

async function run(outputs: Record<string, Tensor>, feeds: Record<string, HostTensor>, parameters: readonly Parameter[] = []) {
  const program = await compile(outputs, { threads: 1, frozen: valuesOf(parameters) });
  const out = await program.run(Object.fromEntries(program.inputs.map(({ name }) => [name, feeds[name] as HostTensor])));
  const copies = Object.fromEntries(Object.entries(out).map(([name, { data }]) => [name, Float32Array.from(data as Float32Array)]));
  program.dispose();
  return copies;
}
const near = (a: ArrayLike<number>, b: ArrayLike<number>, digits = 5): void => {
  expect(a.length).toBe(b.length);
  for (let i = 0; i < b.length; i++) expect(a[i] as number, String(i)).toBeCloseTo(b[i] as number, digits);
};

describe('frames', () => {
  it('pools as Video-ChatGPT does: patches of each frame, then each patch over the frames that are there', async () => {
    const [videos, count, patches, width] = [2, 3, 4, 5];
    const x = noise([videos, count, patches, width]);
    const there = hostTensor('float32', [videos, count], Float32Array.of(1, 1, 1, 1, 1, 0));
    const at = (v: number, t: number, p: number, w: number): number => x.data[((v * count + t) * patches + p) * width + w] as number;
    const expected: number[] = [];
    for (let v = 0; v < videos; v++) {
      const shown = v === 0 ? 3 : 2;
      for (let t = 0; t < count; t++)
        for (let w = 0; w < width; w++) {
          let sum = 0;
          for (let p = 0; p < patches; p++) sum += at(v, t, p, w);
          expected.push(t < shown ? sum / patches : 0);
        }
      for (let p = 0; p < patches; p++)
        for (let w = 0; w < width; w++) {
          let sum = 0;
          for (let t = 0; t < shown; t++) sum += at(v, t, p, w);
          expected.push(sum / shown);
        }
    }
    const y = spaceTimeMeans(constant(x), constant(there));
    const grid = gridMeans(constant(noise([2, 16, 3])), 2);
    const out = await run({ y, grid }, {});
    near(out.y as Float32Array, expected);
    const g = noise([2, 16, 3]).data;
    const squares: number[] = [];
    for (let b = 0; b < 2; b++)
      for (let r = 0; r < 2; r++)
        for (let c = 0; c < 2; c++)
          for (let w = 0; w < 3; w++) {
            let sum = 0;
            for (let i = 0; i < 2; i++) for (let j = 0; j < 2; j++) sum += g[(b * 16 + (2 * r + i) * 4 + 2 * c + j) * 3 + w] as number;
            squares.push(sum / 4);
          }
    near(out.grid as Float32Array, squares);
  });

  it('takes videos of any length and single images, and refuses a grid that does not fit', async () => {
    const clip = clipVision({ imageSize: 16, patchSize: 4, width: 8, layers: 1, heads: 1, featureLayer: -1 });
    const spec = frames({ of: clip, frames: 4 });
    const network = mllm({ vision: spec, connector: mlp(), language: llama({ width: 8, layers: 1, heads: 1 }) }).build({
      vocabSize: 20,
      imageTokenId: 3,
    }) as EncoderMllm;
    const processor = encoderProcessor(network, { tokenId: () => undefined, encode: () => [1] } as never);
    const picture: RgbImage = { width: 16, height: 16, data: new Uint8Array(768).fill(9) };
    for (const [n, shown] of [
      [2, [1, 1, 0, 0]],
      [9, [1, 1, 1, 1]],
    ] as const) {
      const prepared = processor.prepareVideo?.(new Array(n).fill(picture)) as PreparedImage;
      expect(prepared.ids).toEqual(new Array(4 + 16).fill(3));
      const { pixels, there } = await prepared.feeds();
      expect(pixels?.shape).toEqual([1, 4, 3, 16, 16]);
      expect([...((there as HostTensor).data as Float32Array)]).toEqual(shown);
    }
    expect(processor.prepare([picture])[0]?.ids.length).toBe(20);
    expect(() => frames({ of: clip, keep: 'tokens', grid: 3 })).toThrow(expect.objectContaining({ code: 'model.config' }));
  });
});

describe('points', () => {
  const cloud = { points: noise([40, 6], 7).data, channels: 6 };

  it('takes the farthest points and the nearest of each, as plain loops do', () => {
    const xyz = unitSphere(cloud);
    const place = (i: number): number[] => [0, 1, 2].map((a) => xyz[6 * i + a] as number);
    const distance = (i: number, j: number): number => Math.hypot(...place(i).map((v, a) => v - (place(j)[a] as number)));
    const radii = Array.from({ length: 40 }, (_, i) => Math.hypot(...place(i)));
    expect(Math.max(...radii)).toBeCloseTo(1, 5);
    const chosen = farthestPoints(xyz, 6, 5);
    for (let k = 1; k < 5; k++) {
      const reach = (i: number): number => Math.min(...chosen.slice(0, k).map((j) => distance(i, j)));
      expect(reach(chosen[k] as number)).toBeCloseTo(Math.max(...Array.from({ length: 40 }, (_, i) => reach(i))), 6);
    }
    const near4 = nearestPoints(xyz, 6, 3, 4);
    expect(near4[0]).toBe(3);
    const others = Array.from({ length: 40 }, (_, i) => i).filter((i) => !near4.includes(i));
    expect(Math.max(...near4.map((i) => distance(i, 3)))).toBeLessThanOrEqual(Math.min(...others.map((i) => distance(i, 3))));
    const { centers, points } = groupPoints(cloud, { groups: 5, size: 4 });
    expect([centers.length, points.length]).toEqual([15, 120]);
    // The first point of a group is its center: at 0, with its own colors.
    expect([...points.subarray(0, 3)]).toEqual([0, 0, 0]);
    near(points.subarray(3, 6), cloud.points.subarray(3, 6));
    expect(groupPoints({ points: cloud.points.slice(0, 12), channels: 6 }, { groups: 4, size: 3 }).points.every(Number.isFinite)).toBe(
      true,
    );
    expect(() => groupPoints({ points: cloud.points.slice(0, 5), channels: 6 }, { groups: 1, size: 1 })).toThrow(
      expect.objectContaining({ code: 'media.points' }),
    );
  });

  it('encodes a group as a plain loop does, in any order of its points', async () => {
    const network = new PointBert({ channels: 6, groups: 3, size: 4, width: 4, layers: 1, heads: 1 }).nameParameters();
    const { encoder } = network;
    const parameters = encoder.parameters();
    const group = noise([2, 4, 6], 3);
    const turned = hostTensor('float32', [2, 4, 6]);
    for (let g = 0; g < 2; g++)
      for (let k = 0; k < 4; k++) turned.data.set(group.data.subarray((g * 4 + 3 - k) * 6, (g * 4 + 4 - k) * 6), (g * 4 + k) * 6);
    const out = await run({ a: encoder.forward(constant(group)), b: encoder.forward(constant(turned)) }, {}, parameters);
    near(out.a as Float32Array, out.b as Float32Array);
    const values = [...valuesOf(parameters)].map(([p, value]) => [p.name, value.data as Float32Array] as const);
    const value = (name: string): Float32Array => values.find(([own]) => own.endsWith(name))?.[1] as Float32Array;
    const linear = (x: number[], name: string): number[] => {
      const [w, b] = [value(`${name}.weight`), value(`${name}.bias`)];
      return Array.from(b, (bias, o) => x.reduce((sum, v, i) => sum + v * (w[o * x.length + i] as number), bias));
    };
    const norm = (x: number[], name: string): number[] => {
      const mean = x.reduce((a, b) => a + b, 0) / x.length;
      const variance = x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length;
      return x.map(
        (v, i) => ((v - mean) / Math.sqrt(variance + 1e-5)) * (value(`${name}.weight`)[i] as number) + (value(`${name}.bias`)[i] as number),
      );
    };
    const two = (x: number[], name: string): number[] =>
      linear(
        norm(linear(x, `${name}.up`), `${name}.norm`).map((v) => Math.max(0, v)),
        `${name}.down`,
      );
    const most = (rows: number[][]): number[] => (rows[0] as number[]).map((_, i) => Math.max(...rows.map((row) => row[i] as number)));
    const expected = [0, 1].flatMap((g) => {
      const each = [0, 1, 2, 3].map((k) => two([...group.data.subarray((g * 4 + k) * 6, (g * 4 + k + 1) * 6)], 'first_conv'));
      const all = most(each);
      return most(each.map((row) => two([...all, ...row], 'second_conv')));
    });
    near(out.a as Float32Array, expected, 4);
  });
});

describe('every encoder', () => {
  const clip = clipVision({ imageSize: 16, patchSize: 4, width: 8, layers: 1, heads: 1, featureLayer: -1 });
  const picture: RgbImage = { width: 16, height: 16, data: Uint8Array.from({ length: 768 }, (_, i) => (i * 37) % 256) };
  const cases = {
    'frames, means': [frames({ of: clip, frames: 2 }), { frames: [picture, picture] }],
    'frames, tokens': [frames({ of: clip, frames: 2, keep: 'tokens', grid: 2 }), { frames: [picture] }],
    'point-bert': [
      pointBert({ channels: 3, groups: 3, size: 4, width: 8, layers: 1, heads: 2 }),
      { points: noise([20, 3]).data, channels: 3 },
    ],
    whisper: [
      whisperEncoder({ seconds: 1, mels: 8, width: 8, layers: 1, heads: 2, pool: 5 }),
      { sampleRate: 16_000, samples: noise([8000]).data },
    ],
  } as const;
  it.each(Object.entries(cases))(
    '%s has as many tokens as it says, and a gradient for every parameter that they depend on',
    async (_, [spec, medium]) => {
      const { network, reader } = encoderFrom(JSON.parse(JSON.stringify(spec.json)));
      network.nameParameters();
      const read = reader({ rows: network.tokenCount, width: 8 });
      const kind = 'frames' in medium ? 'video' : 'points' in medium ? 'points' : 'sound';
      const { feeds } = (read[kind] as unknown as (m: unknown) => { feeds: Record<string, () => HostTensor | Promise<HostTensor>> })(
        medium,
      );
      const made: Record<string, HostTensor> = {};
      for (const [name, make] of Object.entries(feeds)) made[name] = await make();
      const free = withInputs({}, () => network.encode());
      const tokens = withInputs({ sizes: sizesOf(inputsOf([free]), made) }, () => network.encode());
      expect(tokens.shape).toEqual([1, network.tokenCount, network.width]);
      // The key's bias changes no attention, and neither does what a class token makes of itself behind the layer that is read.
      const parameters = network.parameters().filter(({ name }) => !/k_proj\.bias|post_layernorm|pre_layrnorm/.test(name));
      const used = parameters.filter((p) => !/class_embedding/.test(p.name));
      const gradients = grad(tokens.mul(constant(noise([1, network.tokenCount, network.width], 9))).sum(), used);
      const out = await run(Object.fromEntries(gradients.map((g, i) => [`g${i}`, g as Tensor])), made, network.parameters());
      for (const [i, p] of used.entries())
        expect(
          (out[`g${i}`] as Float32Array).some((v) => Math.abs(v) > 1e-9),
          p.name,
        ).toBe(true);
    },
  );
});

describe('prefixes', () => {
  const sizes = { prefix: 2, layers: 1, heads: 2, question: 5 };
  const tokens = noise([1, 6, 8], 4);
  const words = (ids: readonly number[]) => {
    const filled = (values: readonly number[]) =>
      hostTensor(
        'int32',
        [1, 5],
        Int32Array.from({ length: 5 }, (_, i) => values[i] ?? 0),
      );
    return { instruction: filled(ids), instruction_mask: filled(ids.map(() => 1)) };
  };

  it('one of the medium, which the question leaves alone, and one of the question, whose filling is not read', async () => {
    const connector = prefixes(sizes).build(8, 8, 30).nameParameters() as Prefixes;
    expect(connector.tokenCount()).toBe(4);
    const y = withInputs({}, () => connector.project(constant(tokens)));
    const ask = async (ids: readonly number[], more: number[] = []) => {
      const feeds = words(ids);
      for (const [i, id] of more.entries()) (feeds.instruction.data as Int32Array)[ids.length + i] = id;
      return (await run({ y }, feeds, connector.parameters())).y as Float32Array;
    };
    const [a, b, c] = [await ask([3, 4]), await ask([3, 7]), await ask([3, 4], [9, 9])];
    expect(a.length).toBe(4 * 8);
    expect([...b.subarray(0, 16)]).toEqual([...a.subarray(0, 16)]);
    expect([...b.subarray(16)]).not.toEqual([...a.subarray(16)]);
    expect([...c]).toEqual([...a]);
  });

  it('has a gradient for every parameter', async () => {
    const connector = prefixes(sizes).build(8, 8, 30).nameParameters() as Prefixes;
    const used = connector.parameters().filter(({ name }) => !/k_proj\.bias/.test(name));
    const loss = withInputs({}, () => connector.project(constant(tokens)))
      .mul(constant(noise([1, 4, 8], 5)))
      .sum();
    const out = await run(
      Object.fromEntries(grad(loss, used).map((g, i) => [`g${i}`, g as Tensor])),
      words([3, 4, 5, 6, 7]),
      connector.parameters(),
    );
    for (const [i, p] of used.entries())
      expect(
        (out[`g${i}`] as Float32Array).some((v) => Math.abs(v) > 1e-9),
        p.name,
      ).toBe(true);
  });
});
