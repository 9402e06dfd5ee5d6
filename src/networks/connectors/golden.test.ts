// Connectors against PyTorch's blocks: outputs, gradients and names; trained inside a whole model; errors for what does not fit.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawn, drawnValues, probes } from '../../../test/golden/drawn.js';
import { constant, grad, input, type Tensor } from '../../graph/index.js';
import { compile } from '../../runtime/compile.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import {
  cAbstractor,
  clipVision,
  connectorFrom,
  ldp,
  ldpv2,
  llama,
  MllmNetwork,
  mllm,
  mllmConfig,
  perceiver,
  qwenVlAdapter,
  tokenResampler,
} from '../index.js';
import type { Connector } from '../parts.js';
import { adaptivePool } from './grid.js';

interface Case {
  x: number[];
  y: { shape: number[]; data: number[] };
  dx: [number, number];
  gradients: Record<string, { shape: number[]; probes: [number, number] }>;
}
const facts = JSON.parse(readFileSync(resolve('test/golden/connectors.json'), 'utf8')) as { connectors: Record<string, Case> };

const near = (got: number, wanted: number, bar: number, place: string): void =>
  expect(Math.abs(got - wanted), `${place}: ${got} against ${wanted}`).toBeLessThan(bar * Math.max(1, Math.abs(wanted)));

describe.each<[string, Connector]>([
  ['ldp', ldp({}).build(6, 16)],
  ['ldpv2', ldpv2({ tokens: 4 }).build(6, 8)],
  ['c-abstractor', cAbstractor({ tokens: 4, width: 8, depth: 2, positions: 25 }).build(6, 10)],
  ['qwen-vl', qwenVlAdapter({ tokens: 4, heads: 2 }).build(6, 8)],
  ['qwen-vl-same', qwenVlAdapter({ tokens: 9, heads: 2 }).build(8, 8)],
  ['token-resampler', tokenResampler({ tokens: 4, heads: 2, head: 3, width: 4 }).build(6, 8)],
])('%s', (name, connector) => {
  const wanted = facts.connectors[name] as Case;
  connector.nameParameters();
  it('has the published names, and gives the same numbers and gradients as PyTorch', async () => {
    const parameters = connector.parameters();
    expect(Object.fromEntries(parameters.map((p) => [p.name, [...p.dims]]))).toEqual(
      Object.fromEntries(Object.entries(wanted.gradients).map(([key, { shape }]) => [key, shape])),
    );
    const x = input('x', wanted.x);
    const y = connector.project(x);
    expect(connector.tokenCount(wanted.x[1] as number)).toBe(wanted.y.shape[1]);
    const weights = hostTensor(
      'float32',
      wanted.y.shape,
      wanted.y.data.map((_, i) => Math.cos(0.3 * i)),
    );
    const gradients = grad(y.mul(constant(weights)).sum(), [x, ...parameters]);
    const program = await compile({ y, ...Object.fromEntries(gradients.map((g, i) => [`g${i}`, g])) });
    const values = Object.fromEntries(parameters.map((p) => [p.name, drawn(p.name, p.dims)]));
    const out = await program.run({ x: drawn('x', wanted.x), ...values });
    expect(out.y?.shape).toEqual(wanted.y.shape);
    (out.y as HostTensor<'float32'>).data.forEach((v, i) => {
      near(v, wanted.y.data[i] as number, 1e-5, `y ${i}`);
    });
    const compared = [wanted.dx, ...parameters.map((p) => (wanted.gradients[p.name] as Case['gradients'][string]).probes)];
    compared.forEach((two, i) => {
      const got = probes(out[`g${i}`] as HostTensor);
      two.forEach((value, k) => {
        near(got[k] as number, value, 1e-4, `gradient ${i} ${k}`);
      });
    });
    program.dispose();
  });
});

const spec = (connector: Parameters<typeof mllm>[0]['connector']) =>
  mllm({
    vision: clipVision({ imageSize: 32, patchSize: 8, width: 16, layers: 1, featureLayer: -1 }),
    connector,
    language: llama({ width: 32, layers: 1, heads: 2 }),
  });
const tokenizer = { vocabSize: 50, imageTokenId: 5 };

describe('in a model', () => {
  it.each([
    ['ldp', ldp({}), 4],
    ['ldpv2', ldpv2({ tokens: 4 }), 4],
    ['c-abstractor', cAbstractor({ tokens: 9, depth: 1, positions: 16 }), 9],
    ['qwen-vl', qwenVlAdapter({ tokens: 9, heads: 4 }), 9],
    ['token-resampler', tokenResampler({ tokens: 5, queries: 9, heads: 2, head: 4 }), 5],
    ['perceiver', perceiver({ queries: 6, layers: 2 }), 6],
  ])('%s goes through config.json, and every parameter has a gradient', (kind, connector, tokens) => {
    const config = spec(connector).config(tokenizer);
    expect(config).toMatchObject({ projector: { kind }, image_seq_length: tokens });
    const network = new MllmNetwork(mllmConfig.parse(JSON.parse(JSON.stringify(config))));
    expect(network.imageTokens).toBe(tokens);
    expect(network.unused().filter((p) => p.name.startsWith('multi_modal_projector'))).toEqual([]);
    const rows = network.connect(network.encode(input('pixels', [2, 3, 32, 32])));
    expect(rows.shape).toEqual([2 * tokens, 32]);
    const parameters = network.multi_modal_projector.parameters();
    expect(grad(rows.mean(), parameters)).toHaveLength(parameters.length);
  });

  it('refuses sizes that do not go together', () => {
    const at = (kind: string, options: object, n = 16): Tensor =>
      connectorFrom({ kind, ...options })
        .build(16, 32)
        .project(input('x', [1, n, 16]));
    expect(() => ldp({}).build(16, 32).tokenCount(17)).toThrow(expect.objectContaining({ code: 'model.connector' }));
    for (const [kind, options, n] of [
      ['ldpv2', { tokens: 5 }, 16],
      ['ldpv2', { tokens: 4 }, 17],
      ['c-abstractor', { tokens: 4, depth: 1, positions: 9 }, 16],
      ['qwen-vl', { tokens: 4, heads: 3 }, 16],
      ['token-resampler', { tokens: 17, heads: 1, head: 4 }, 16],
      ['perceiver', { heads: 5 }, 16],
    ] as const)
      expect(() => at(kind, options, n), kind).toThrow(expect.objectContaining({ code: 'model.connector' }));
    expect(() => at('ldp', { tokens: 4 })).toThrow(expect.objectContaining({ code: 'model.config' }));
    expect(() => at('qwen-vl', { queries: 4 })).toThrow(expect.objectContaining({ code: 'model.config' }));
  });

  it.each([
    ['ldp', ldp({}).build(6, 16)],
    ['c-abstractor', cAbstractor({ tokens: 4, width: 8, depth: 2, positions: 25 }).build(6, 10)],
  ])('%s passes the same gradient frozen as trained', async (_, connector) => {
    const parameters = connector.nameParameters().parameters();
    const x = input('x', [2, 25, 6]);
    const [g] = grad(connector.project(x).square().sum(), [x]) as [Tensor];
    const [fed, frozen] = [await compile({ g }), await compile({ g }, { frozen: drawnValues(parameters) })];
    const [feeds, values] = [{ x: drawn('x', [2, 25, 6]) }, Object.fromEntries(parameters.map((p) => [p.name, drawn(p.name, p.dims)]))];
    const [one, two] = [await fed.run({ ...feeds, ...values }), await frozen.run(feeds)];
    (one.g as HostTensor<'float32'>).data.forEach((v, i) => {
      near(Number(two.g?.data[i]), v, 1e-4, `gradient ${i}`);
    });
    fed.dispose();
    frozen.dispose();
  });

  it('adaptive pooling of a grid onto itself is the grid', () => {
    const x = input('x', [1, 16, 3]);
    expect(adaptivePool(x, 4, 'test')).toBe(x);
  });
});
