// TensorFlow.js graphs converted and run beside the values that tfjs itself gives; and what cannot be converted, named.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../onnx/codec.js';
import { selectRuntime } from '../../runtime/select.js';
import type { SensoriumError } from '../../util/errors.js';
import { hostTensor } from '../../util/host.js';
import { packageRoot } from '../../util/package.js';
import { convertTfjs, readTfjs, TFJS_OPS } from './index.js';

interface Case {
  name: string;
  model: {
    modelTopology: { node: { name: string; op: string; input?: string[] }[] };
    signature?: unknown;
    weightsManifest: { weights: unknown[] }[];
  };
  weights: string;
  inputs: Record<string, number[]>;
  outputs: Record<string, number[]>;
}
const { cases } = JSON.parse(readFileSync(join(packageRoot(), 'test/golden/tfjs.json'), 'utf8')) as { cases: Case[] };
const one = (name: string): Case => structuredClone(cases.find((c) => c.name.startsWith(name)) as Case);

const read = ({ model, weights }: Pick<Case, 'model' | 'weights'>) =>
  readTfjs(JSON.stringify(model), { place: 'model.json', shard: () => Buffer.from(weights, 'base64') });

const failure = async (work: () => Promise<unknown>): Promise<SensoriumError> => {
  try {
    await work();
  } catch (error) {
    return error as SensoriumError;
  }
  throw new Error('expected an error');
};

describe('TensorFlow.js graphs', () => {
  for (const example of cases)
    it(`are converted: ${example.name}`, async () => {
      const model = convertTfjs(await read(example));
      const session = await (await selectRuntime()).load(encodeModel(model));
      try {
        const feeds = Object.fromEntries(
          model.inputs.map(({ name, shape }) => [name, hostTensor('float32', shape as number[], example.inputs[name] as number[])]),
        );
        const outputs = await session.run(feeds);
        for (const [name, expected] of Object.entries(example.outputs)) {
          const got = Array.from(outputs[name]?.data as Float32Array, Number);
          expect(got.length, name).toBe(expected.length);
          const worst = Math.max(...got.map((value, i) => Math.abs(value - (expected[i] as number))));
          expect(worst, name).toBeLessThan(1e-5);
        }
      } finally {
        session.dispose();
      }
    });

  it('cover every row of the table', () => {
    const used = new Set(cases.flatMap(({ model }) => model.modelTopology.node.map(({ op }) => op)));
    expect(Object.keys(TFJS_OPS).filter((op) => !used.has(op))).toEqual([]);
  });

  it('keep only constants that are read as they lie', async () => {
    const model = convertTfjs(await read(one('convolution, same')));
    expect(model.initializers.map(({ name }) => name)).toContain('b');
    expect(model.initializers.map(({ name }) => name)).not.toContain('k');
  });
});

describe('what cannot be converted', () => {
  it('is named with its node: an op, a way to use one, an input that must be constant', async () => {
    const unknown = one('elementwise');
    (unknown.model.modelTopology.node.find(({ name }) => name === 'tanh') as { op: string }).op = 'Erfinv';
    expect(await failure(async () => convertTfjs(await read(unknown)))).toMatchObject({
      code: 'weights.format',
      place: 'node tanh (Erfinv)',
      got: 'Erfinv',
    });
    const batch = one('slices');
    const gather = batch.model.modelTopology.node.find(({ name }) => name === 'gather') as unknown as {
      attr: { batch_dims: { i: string } };
    };
    gather.attr.batch_dims.i = '1';
    expect(await failure(async () => convertTfjs(await read(batch)))).toMatchObject({
      code: 'weights.format',
      place: 'node gather (GatherV2)',
    });
    const fed = one('matrix');
    (fed.model.modelTopology.node.find(({ name }) => name === 'plain') as { op: string }).op = 'Transpose';
    fed.model.modelTopology.node.find(({ name }) => name === 'plain')?.input?.splice(1, 1, 'x');
    expect(await failure(async () => convertTfjs(await read(fed)))).toMatchObject({ code: 'weights.format', got: 'x' });
  });

  it('is refused when it is read: no JSON, no graph, no signature, weights cut off or too long, a loop', async () => {
    const small = one('reductions');
    const shard = () => Buffer.from(small.weights, 'base64');
    const text = (json: string) => failure(() => readTfjs(json, { place: 'm.json', shard }));
    expect((await text('{')).code).toBe('util.json');
    expect((await text('{"format":"layers-model"}')).code).toBe('weights.format');
    expect((await text(JSON.stringify({ ...small.model, signature: undefined }))).code).toBe('weights.format');
    for (const weights of [small.weights.slice(4), `${small.weights}AAAA`])
      expect((await failure(() => read({ ...small, weights }))).code).toBe('weights.format');
    const huge = structuredClone(small);
    (huge.model.weightsManifest[0]?.weights[0] as { shape: number[] }).shape = [2 ** 20, 2 ** 20];
    expect((await failure(() => read(huge))).code).toBe('weights.format');
    const loop = one('elementwise');
    loop.model.modelTopology.node.find(({ name }) => name === 'neg')?.input?.splice(0, 1, 'abs');
    expect((await failure(async () => convertTfjs(await read(loop)))).code).toBe('weights.format');
    const dangling = one('elementwise');
    dangling.model.modelTopology.node.find(({ name }) => name === 'neg')?.input?.splice(0, 1, 'nobody');
    expect((await failure(async () => convertTfjs(await read(dangling)))).code).toBe('weights.format');
  });
});
