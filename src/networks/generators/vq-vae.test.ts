// The tokenizer of images: torch's values forward and backward, the same codes alone as in a batch, and configs that cannot be.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { grad, input, type Parameter, type Tensor } from '../../graph/index.js';
import { compile } from '../../runtime/compile.js';
import { type HostTensor, hostTensor, sizeOf } from '../../util/host.js';
import { VqVae, vqVaeConfig } from './vq-vae.js';

interface Facts {
  config: Record<string, unknown>;
  shapes: Record<string, number[]>;
  codes: number[];
  vectors: number[];
  image: number[];
  loss: number;
  gradients: Record<string, number[]>;
}
const facts = JSON.parse(readFileSync(resolve('test/golden/vq-vae.json'), 'utf8')) as Facts;
const config = vqVaeConfig.parse(facts.config);

const sines = (shape: readonly number[], phase: number, scale: number): HostTensor<'float32'> =>
  hostTensor(
    'float32',
    shape,
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => scale * Math.sin(0.7 * i + phase)),
  );

function filled(): { network: VqVae; values: Map<Parameter, HostTensor<'float32'>> } {
  const network = new VqVae(config).nameParameters();
  const names = Object.keys(facts.shapes).sort();
  const own = new Map(network.parameters().map((p) => [p.name, p]));
  expect([...own.keys()].sort()).toEqual(names);
  return { network, values: new Map(names.map((name, k) => [own.get(name) as Parameter, sines(facts.shapes[name] as number[], k, 0.4)])) };
}

async function run(outputs: Record<string, Tensor>, fed: Record<string, HostTensor>, frozen: ReadonlyMap<Parameter, HostTensor>) {
  const program = await compile(outputs, { frozen });
  try {
    return (await program.run(fed)) as Record<string, HostTensor>;
  } finally {
    program.dispose();
  }
}

const shape = [2, 3, config.image_size, config.image_size];
const pixels = sines(shape, 0.3, 0.9);
const close = (got: ArrayLike<number>, expected: readonly number[], digits: number): void => {
  for (const [i, v] of expected.entries()) expect(got[i]).toBeCloseTo(v, digits);
};

test("codes, vectors, image, loss and every gradient are torch's", async () => {
  const { network, values } = filled();
  expect(network.codes).toBe(16);
  const x = input('pixels', shape);
  const { loss } = network.loss(x);
  const parameters = network.parameters();
  const gradients = grad(loss, parameters);
  const codes = network.encode(x);
  const got = await run(
    {
      loss,
      codes,
      vectors: network.vectors(x),
      image: network.decode(codes),
      ...Object.fromEntries(parameters.map((p, i) => [`grad.${p.name}`, gradients[i] as Tensor])),
    },
    { pixels },
    values,
  );
  expect(Array.from((got.codes as HostTensor<'int64'>).data, Number)).toEqual(facts.codes);
  expect(new Set(facts.codes).size).toBeGreaterThan(3);
  close(got.vectors?.data as Float32Array, facts.vectors, 5);
  close(got.image?.data as Float32Array, facts.image, 5);
  close(got.loss?.data as Float32Array, [facts.loss], 5);
  for (const { name } of parameters) {
    const data = (got[`grad.${name}`] as HostTensor<'float32'>).data;
    close(
      [...data.slice(0, (facts.gradients[name] as number[]).length - 1), data.reduce((a, b) => a + b, 0)],
      facts.gradients[name] as number[],
      4,
    );
  }
});

test('an image has the same codes and pixels alone as in a batch of any size', async () => {
  const { network, values } = filled();
  const [size, codes] = [config.image_size, network.codes];
  const encode = await compile({ y: network.encode(input('pixels', ['images', 3, size, size])) }, { frozen: values });
  const decode = await compile({ y: network.decode(input('codes', ['images', codes], 'int64')) }, { frozen: values });
  const all = (await encode.run({ pixels })).y as HostTensor<'int64'>;
  const image = (await decode.run({ codes: all })).y as HostTensor<'float32'>;
  const each = pixels.data.length / 2;
  const second = hostTensor('float32', [1, 3, size, size], pixels.data.slice(each));
  const alone = (await encode.run({ pixels: second })).y as HostTensor<'int64'>;
  expect([...alone.data]).toEqual([...all.data.slice(codes)]);
  expect(((await decode.run({ codes: alone })).y as HostTensor<'float32'>).data).toEqual(image.data.slice(each));
  encode.dispose();
  decode.dispose();
});

test('without the codebook the loss is that of the image alone, and the codebook learns nothing', async () => {
  const { network, values } = filled();
  const plain = network.loss(input('pixels', shape), { quantized: false });
  expect(plain.quantization).toBeUndefined();
  const [codebook, encoder] = grad(plain.loss, [network.embedding.weight, network.encoder.out.weight]) as [Tensor, Tensor];
  const got = await run({ loss: plain.loss, reconstruction: plain.reconstruction, codebook, encoder }, { pixels }, values);
  expect(got.loss?.data).toEqual(got.reconstruction?.data);
  expect((got.codebook as HostTensor<'float32'>).data.every((v) => v === 0)).toBe(true);
  expect((got.encoder as HostTensor<'float32'>).data.some((v) => v !== 0)).toBe(true);
});

test.each([
  [{ image_size: 18 }, 'image_size'],
  [{ channels: [8] }, 'channels'],
  [{ num_embeddings: 1 }, 'num_embeddings'],
])('%o cannot be', (over, field) => {
  const { error } = vqVaeConfig.safeParse({ ...facts.config, ...over });
  expect(error?.issues[0]?.path).toEqual([field]);
});
