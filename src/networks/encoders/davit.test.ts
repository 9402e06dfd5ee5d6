// DaViT's gradients agree with finite differences, for one image and for several.

import { describe, expect, it } from 'vitest';
import { constant, grad, input, type Parameter, type Tensor } from '../../graph/index.js';
import { compile } from '../../runtime/compile.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import { Davit, davitConfig } from './davit.js';

/** Pseudo-random numbers about 0. */
const noise = (shape: readonly number[], seed: number, scale = 1): HostTensor<'float32'> => {
  const count = shape.reduce((a, b) => a * b, 1);
  return hostTensor(
    'float32',
    [...shape],
    Float32Array.from({ length: count }, (_, i) => scale * Math.sin(12.9898 * (i + 1) * (seed + 1))),
  );
};

const config = davitConfig.parse({
  depths: [1, 1],
  patch_size: [7, 3],
  patch_stride: [4, 2],
  patch_padding: [3, 1],
  patch_prenorm: [false, true],
  embed_dim: [4, 6],
  num_heads: [2, 3],
  num_groups: [2, 3],
  window_size: 4,
  image_size: 28,
});

describe('DaViT', () => {
  it.each([1, 2])('has the gradients of finite differences over %i images', async (images) => {
    const davit = new Davit(config).nameParameters();
    const values = new Map(davit.parameters().map((p, i) => [p, noise(p.dims, i, p.name.endsWith('norm.weight') ? 1 : 0.4)]));
    const tokens = davit.tokens(input('pixels', [images, 3, 28, 28]));
    expect(tokens.shape).toEqual([images, davit.tokenCount, davit.width]);
    const loss = tokens.mul(constant(noise(tokens.shape as number[], 99))).sum();
    const asked = davit
      .parameters()
      .filter(({ name }) => /convs\.\d\.conv\.weight|window_attn.qkv.weight|channel_attn.qkv.weight|conv1.weight/.test(name));
    const gradients = grad(loss, asked);
    // What is not asked for is frozen, as in training.
    const program = await compile(
      { loss, ...Object.fromEntries(asked.map((p, i) => [`grad.${p.name}`, gradients[i] as Tensor])) },
      { frozen: new Map([...values].filter(([p]) => !asked.includes(p))), threads: 1 },
    );
    const run = (changed?: [Parameter, HostTensor]) =>
      program.run({
        pixels: noise([images, 3, 28, 28], 7),
        ...Object.fromEntries(asked.map((p) => [p.name, changed?.[0] === p ? changed[1] : (values.get(p) as HostTensor)])),
      });
    const at = async (p: Parameter, i: number, step: number): Promise<number> => {
      const moved = hostTensor('float32', [...p.dims], Float32Array.from(values.get(p)?.data as Float32Array));
      moved.data[i] = (moved.data[i] as number) + step;
      return Number((await run([p, moved])).loss?.data[0]);
    };
    const out = await run();
    for (const p of asked) {
      const i = p.count >> 1;
      const found = Number(out[`grad.${p.name}`]?.data[i]);
      const difference = ((await at(p, i, 2e-3)) - (await at(p, i, -2e-3))) / 4e-3;
      expect(Math.abs(found - difference), p.name).toBeLessThan(0.03 * Math.max(1, Math.abs(difference)));
    }
    program.dispose();
  });
});
