// Gradients through products with weights in blocks: those of the float matrices that they stand for, without those matrices in the program.

import { expect, it } from 'vitest';
import { compile } from '../runtime/compile.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { lower, type PackedTensor, packedRewrites, trainingRewrites } from './index.js';
import { qloraProblem } from './qlora-testing.js';

it.each([4, 8] as const)('of %i bits', async (bits) => {
  const { outputs, frozen, feeds, trained } = qloraProblem(bits);
  const floats = new Map([...frozen].map(([p, { data }]) => [p, hostTensor('float32', p.dims, data)] as const));
  const [packed, plain] = [await compile(outputs, { frozen, products: 'exact' }), await compile(outputs, { frozen: floats })];
  const values = { ...feeds };
  const losses: number[] = [];
  for (let step = 0; step < 20; step++) {
    const [got, want] = [await packed.run(values), await plain.run(values)];
    for (const name of Object.keys(outputs)) {
      const [a, b] = [got[name] as HostTensor<'float32'>, want[name] as HostTensor<'float32'>];
      const most = b.data.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
      expect(most, name).toBeGreaterThan(0);
      for (const [i, v] of b.data.entries()) expect(Math.abs((a.data[i] as number) - v), name).toBeLessThan(1e-5 * most + 1e-7);
    }
    losses.push(Number(got.loss?.data[0]));
    for (const name of trained) {
      const g = got[`grad.${name}`] as HostTensor<'float32'>;
      values[name] = hostTensor(
        'float32',
        g.shape,
        values[name]?.data.map((v, i) => v - 2 * (g.data[i] as number)),
      );
    }
  }
  expect(losses.at(-1)).toBeLessThan(0.8 * (losses[0] as number));
  packed.dispose();
  plain.dispose();
  const weight = (p: Parameters<typeof frozen.get>[0]): PackedTensor | undefined => frozen.get(p);
  const rewrites = [...packedRewrites({ weight, exact: true }), ...trainingRewrites];
  const { model } = lower(outputs, { rewrites, fed: new Set() });
  const kinds = model.nodes.map((n) => n.opType);
  expect(kinds.filter((k) => k === 'MatMulNBits')).toHaveLength(2);
  // Of the first product no gradient of its input is asked for.
  expect(kinds.filter((k) => k === 'GatherBlockQuantized')).toHaveLength(1);
  expect(model.initializers.some(({ name }) => name.endsWith('.weight'))).toBe(false);
});
