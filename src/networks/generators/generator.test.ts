// The generator: diffusers' transformer to 1e-5 forward and 1e-4 backward, the flow's arithmetic by plain loops, guidance at its ends.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { grad, input, type Parameter, type Tensor } from '../../graph/index.js';
import { compile } from '../../runtime/compile.js';
import { type HostTensor, hostTensor, sizeOf } from '../../util/host.js';
import { generatorConfig, SensoriumGenerator } from './generator.js';
import { imagePatches, PixArtTransformer, patchesImage } from './pixart.js';

interface Facts {
  size: number;
  patch: number;
  rows: number;
  width: number;
  times: number[];
  shapes: Record<string, number[]>;
  image: number[];
  loss: number;
  gradients: Record<string, number[]>;
}
const facts = JSON.parse(readFileSync(resolve('test/golden/pixart.json'), 'utf8')) as Facts;

const sines = (shape: readonly number[], phase: number, scale: number): HostTensor<'float32'> =>
  hostTensor(
    'float32',
    shape,
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => scale * Math.sin(0.7 * i + phase)),
  );

const tiny = generatorConfig.parse({
  image_size: facts.size,
  patch_size: facts.patch,
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  condition_length: facts.rows,
  condition_size: facts.width,
});

/** The tiny generator with the golden's parameters. */
function filled(): { network: SensoriumGenerator; values: Map<Parameter, HostTensor<'float32'>> } {
  const network = new SensoriumGenerator(tiny).nameParameters();
  const names = Object.keys(facts.shapes).sort();
  const own = new Map(network.parameters().map((p) => [p.name.replace('transformer.', ''), p]));
  expect([...own.keys()].sort()).toEqual(names);
  return { network, values: new Map(names.map((name, k) => [own.get(name) as Parameter, sines(facts.shapes[name] as number[], k, 0.3)])) };
}

const shape = [2, 3, facts.size, facts.size];
const feeds = {
  image: sines(shape, 0.1, 1),
  noise: sines(shape, 2.3, 1),
  t: hostTensor('float32', [2], facts.times),
  condition: sines([2, facts.rows, facts.width], 1.1, 1),
};

async function run(outputs: Record<string, Tensor>, fed: Record<string, HostTensor>, frozen?: ReadonlyMap<Parameter, HostTensor>) {
  const program = await compile(outputs, { frozen });
  try {
    return (await program.run(fed)) as Record<string, HostTensor<'float32'>>;
  } finally {
    program.dispose();
  }
}

describe('the generator', () => {
  test("what it expects, its loss and every gradient are diffusers' and PyTorch's", async () => {
    const { network, values } = filled();
    const [image, noise, t] = [input('image', shape), input('noise', shape), input('t', [2])];
    const condition = input('condition', [2, facts.rows, facts.width]);
    const loss = network.flowMatching({ image, noise, t, condition });
    const x = image.mul(t.reshape([2, 1, 1, 1])).add(noise.mul(t.neg().add(1).reshape([2, 1, 1, 1])));
    const expected = patchesImage(network.patches(x, t, condition), facts.patch);
    const parameters = network.parameters();
    const gradients = grad(loss, parameters);
    const named = Object.fromEntries(parameters.map((p, i) => [`grad.${p.name}`, gradients[i] as Tensor]));
    const got = await run({ expected, loss, ...named }, feeds, values);
    got.expected?.data.forEach((v, i) => void expect(v).toBeCloseTo(facts.image[i] as number, 5));
    expect(Math.abs(Number(got.loss?.data[0]) / facts.loss - 1)).toBeLessThan(1e-5);
    for (const p of parameters) {
      const want = facts.gradients[p.name.replace('transformer.', '')] as number[];
      const have = got[`grad.${p.name}`]?.data as Float32Array;
      const scale = have.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
      want.slice(0, -1).forEach((v, i) => void expect(Math.abs((have[i] as number) - v) / scale, p.name).toBeLessThan(1e-4));
      const sum = have.reduce((a, b) => a + b, 0);
      expect(Math.abs(sum - (want.at(-1) as number)) / scale / Math.sqrt(have.length), p.name).toBeLessThan(1e-4);
    }
  });

  test('the loss is the mean squared difference of velocities, by a plain loop', async () => {
    const { network, values } = filled();
    const condition = input('condition', [2, facts.rows, facts.width]);
    const [image, noise, t] = [input('image', shape), input('noise', shape), input('t', [2])];
    const x = input('x', shape);
    const at = (v: Float32Array, b: number, i: number): number => v[(b * v.length) / 2 + i] as number;
    const points = hostTensor('float32', shape);
    const each = points.data.length / 2;
    for (let b = 0; b < 2; b++)
      for (let i = 0; i < each; i++) {
        const time = facts.times[b] as number;
        points.data[b * each + i] = time * at(feeds.image.data, b, i) + (1 - time) * at(feeds.noise.data, b, i);
      }
    const { loss } = await run({ loss: network.flowMatching({ image, noise, t, condition }) }, feeds, values);
    const { expected } = await run(
      { expected: patchesImage(network.patches(x, t, condition), facts.patch) },
      { x: points, t: feeds.t, condition: feeds.condition },
      values,
    );
    let sum = 0;
    for (let b = 0; b < 2; b++)
      for (let i = 0; i < each; i++) {
        const left = Math.max(0.05, 1 - (facts.times[b] as number));
        const said = (at((expected as HostTensor<'float32'>).data, b, i) - at(points.data, b, i)) / left;
        // At 0.98 the velocity, too, is over the bound of 0.05 and not over what is left.
        const true_ = (at(feeds.image.data, b, i) - at(points.data, b, i)) / left;
        sum += (said - true_) ** 2;
      }
    expect(Number(loss?.data[0]) / (sum / (2 * each))).toBeCloseTo(1, 4);
  });

  test('guidance 0 is what is expected without a condition, 1 with it, and 3 as far again twice', async () => {
    const { network, values } = filled();
    const [x, t, guidance] = [input('x', [1, ...shape.slice(1)]), input('t', [1]), input('guidance', [1])];
    const condition = input('condition', [1, facts.rows, facts.width]);
    const outputs = {
      guided: network.guided(x, t, condition, guidance),
      told: patchesImage(network.patches(x, t, condition), facts.patch),
      without: patchesImage(network.patches(x, t, condition.mul(0)), facts.patch),
    };
    const fed = { x: sines([1, ...shape.slice(1)], 0.4, 1), t: hostTensor('float32', [1], [0.5]), condition: sines([1, 3, 6], 1, 1) };
    for (const g of [0, 1, 3]) {
      const { guided, told, without } = await run(outputs, { ...fed, guidance: hostTensor('float32', [1], [g]) }, values);
      guided?.data.forEach((v, i) => {
        const [u, c] = [without?.data[i] as number, told?.data[i] as number];
        expect(v).toBeCloseTo(u + g * (c - u), 4);
      });
    }
  });

  test('patches and images are inverse; a patch has its rows, its columns, then its channels', async () => {
    const x = input('x', [1, 3, 4, 4]);
    const data = Float32Array.from({ length: 48 }, (_, i) => i);
    const { patches, back } = await run(
      { patches: imagePatches(x, 2), back: patchesImage(imagePatches(x, 2), 2).mul(1) },
      { x: hostTensor('float32', [1, 3, 4, 4], data) },
    );
    expect(patches?.shape).toEqual([1, 4, 12]);
    expect([...(patches?.data.subarray(0, 12) ?? [])]).toEqual([0, 16, 32, 1, 17, 33, 4, 20, 36, 5, 21, 37]);
    expect(back?.data).toEqual(data);
  });

  test('a config that cannot be is refused by its field', () => {
    const text_config = { hidden_size: 8, num_attention_heads: 2, max_position_embeddings: 4 };
    for (const wrong of [{ patch_size: 3 }, { num_attention_heads: 3 }, { text_config }, { hidden_size: 12 }, { image_size: 0 }])
      expect(generatorConfig.safeParse({ ...tiny, ...wrong }).success, JSON.stringify(wrong)).toBe(false);
    expect(generatorConfig.safeParse({ ...tiny, condition_size: 8, text_config }).success).toBe(true);
    expect(
      new PixArtTransformer({
        ...facts,
        sample_size: 8,
        in_channels: 3,
        patch_size: 2,
        num_layers: 1,
        num_attention_heads: 2,
        attention_head_dim: 8,
        caption_channels: 6,
      }).config.num_layers,
    ).toBe(1);
  });
});
