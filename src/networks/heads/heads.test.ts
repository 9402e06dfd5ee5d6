// Mask heads: SAM's decoder against transformers, LISA's head over pictures of any side.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { constant, grad, input, type Parameter, type Tensor } from '../../graph/index.js';
import { compile } from '../../runtime/compile.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import { MaskHead } from './lisa.js';
import { SamMaskDecoder, type SamMaskDecoderConfig } from './sam-mask-decoder.js';

interface Facts {
  config: SamMaskDecoderConfig;
  names: string[];
  side: number;
  prompts: number;
  masks: number[];
  iou: number[];
  gradients: Record<string, number[]>;
}
const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../../../test/golden/sam.json'), 'utf8')) as Facts;

/** Values of tensor number `k`, as make_sam.py has them. */
function drawn(k: number, shape: readonly number[]): HostTensor<'float32'> {
  const tensor = hostTensor('float32', shape);
  for (let i = 0; i < tensor.data.length; i++) tensor.data[i] = 0.35 * Math.sin(1.7 * i + 0.61 * k * k + 0.3);
  return tensor;
}

const close = (got: HostTensor | undefined, want: readonly number[], within: number): void => {
  expect(got?.data.length).toBe(want.length);
  for (const [i, v] of want.entries()) expect(Math.abs(Number(got?.data[i]) - v)).toBeLessThan(within);
};

describe('SamMaskDecoder', () => {
  const { config, names, side, prompts: n } = golden;
  const decoder = new SamMaskDecoder(config).nameParameters();
  const byName = new Map(decoder.parameters().map((p) => [p.name, p]));
  const w = config.hidden_size;
  const [image, places, prompts] = [
    [2, w, side, side],
    [1, w, side, side],
    [2, n, w],
  ].map((shape, i) => drawn(names.length + i, shape)) as [HostTensor<'float32'>, HostTensor<'float32'>, HostTensor<'float32'>];

  it('has the parameters of transformers', () => {
    expect([...byName.keys()].sort()).toEqual(names);
  });

  it('gives the masks, qualities and gradients of transformers', async () => {
    // Fed, as trained parameters are.
    const values = Object.fromEntries(names.map((name, k) => [name, drawn(k, (byName.get(name) as Parameter).dims)]));
    const [x, p] = [input('image', image.shape), input('prompts', prompts.shape)];
    const { masks, iou } = decoder.forward({ image: x, places: constant(places), prompts: p });
    const weights = hostTensor(
      'float32',
      masks.shape as number[],
      Float32Array.from({ length: golden.masks.length }, (_, i) => Math.cos(0.3 * i)),
    );
    const loss = masks
      .mul(constant(weights))
      .sum()
      .add((iou as Tensor).sum());
    const asked: Record<string, Tensor> = { prompts: p, image: x };
    for (const name of Object.keys(golden.gradients)) asked[name] ??= byName.get(name) as Parameter;
    const found = grad(loss, Object.values(asked));
    const outputs = Object.fromEntries(Object.keys(asked).map((name, i) => [`grad.${name}`, found[i] as Tensor]));
    const program = await compile({ masks, iou: iou as Tensor, ...outputs }, { frozen: new Map(), threads: 1 });
    const got = await program.run({ ...values, image, prompts });
    program.dispose();
    close(got.masks, golden.masks, 1e-5);
    close(got.iou, golden.iou, 1e-5);
    for (const [name, want] of Object.entries(golden.gradients)) close(got[`grad.${name}`], want, 1e-4);
  });
});

describe('MaskHead', () => {
  it.each([0, 2])('gives a logit for every pixel, and every parameter has a gradient: %d layers that read rows', async (reader) => {
    const head = new MaskHead(12, { token: '<SEG>', width: 16, layers: 2, heads: 2, blocks: 1, reader }).nameParameters('head');
    const images = { pixels: input('pixels', [2, 3, 8, 12]), rows: reader > 0 ? input('rows', [2, 4, 12]) : undefined };
    const masks = head.masks(input('states', [4, 12]), images);
    expect(masks.shape).toEqual([4, 8, 12]);
    const parameters = head.parameters();
    const found = grad(masks.square().sum(), parameters);
    const outputs = Object.fromEntries(parameters.map((p, i) => [`grad.${p.name}`, found[i] as Tensor]));
    const values = Object.fromEntries(parameters.map((p, k) => [p.name, drawn(k, p.dims)]));
    const program = await compile(outputs, { frozen: new Map(), threads: 1 });
    const feeds = { states: drawn(90, [4, 12]), pixels: drawn(91, [2, 3, 8, 12]), ...(reader > 0 ? { rows: drawn(92, [2, 4, 12]) } : {}) };
    const got = await program.run({ ...values, ...feeds });
    program.dispose();
    for (const p of parameters)
      expect(
        got[`grad.${p.name}`]?.data.some((v) => Number(v) !== 0),
        p.name,
      ).toBe(true);
  });
});
