// Budgets of image tokens: merging as ToMe's rounds written out token by token, pruning and strides in plain loops, and a whole model under a budget.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawn } from '../../../test/golden/drawn.js';
import { grad, input } from '../../graph/index.js';
import { openModel } from '../../model/index.js';
import { compile } from '../../runtime/compile.js';
import type { HostTensor } from '../../util/host.js';
import type { LlavaNetwork } from '../families/llava/network.js';
import { reduceTokens, setTokenBudget, type TokenBudget } from './budget.js';

const facts = JSON.parse(readFileSync(resolve('test/golden/connectors.json'), 'utf8')) as {
  merging: { x: [number, number, number]; budgets: Record<string, number[]> };
};
const { x: shape, budgets } = facts.merging;
const values = drawn('x', shape);

async function reduced(budget: TokenBudget): Promise<HostTensor<'float32'>> {
  const program = await compile({ y: reduceTokens(input('x', ['images', shape[1], shape[2]]), budget) });
  const { y } = await program.run({ x: values });
  program.dispose();
  return y as HostTensor<'float32'>;
}

describe('reduceTokens', () => {
  it.each(Object.entries(budgets))('merges to %s tokens as written out token by token', async (tokens, wanted) => {
    const y = await reduced({ tokens: Number(tokens) });
    expect(y.shape).toEqual([shape[0], Number(tokens), shape[2]]);
    y.data.forEach((v, i) => {
      expect(Math.abs(v - (wanted[i] as number))).toBeLessThan(1e-5);
    });
  });

  it('keeps the mean of all tokens weighed by how many they stand for: one token is the mean', async () => {
    const y = await reduced({ tokens: 1 });
    const [b, n, w] = shape;
    for (let image = 0; image < b; image++)
      for (let c = 0; c < w; c++) {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += values.data[(image * n + i) * w + c] as number;
        expect(Math.abs((y.data[image * w + c] as number) - sum / n)).toBeLessThan(1e-5);
      }
  });

  it.each([
    ['prune', 4],
    ['stride', 5],
  ] as const)('%s keeps %i of the tokens, in their order', async (by, tokens) => {
    const y = await reduced({ tokens, by });
    const [b, n, w] = shape;
    const row = (image: number, i: number): number[] => [...values.data.subarray((image * n + i) * w, (image * n + i + 1) * w)];
    const cos = (u: number[], v: number[]): number => {
      const dot = (p: number[], q: number[]): number => p.reduce((sum, value, k) => sum + value * (q[k] as number), 0);
      return dot(u, v) / Math.sqrt(dot(u, u) * dot(v, v));
    };
    for (let image = 0; image < b; image++) {
      const likeness = Array.from({ length: n }, (_, i) =>
        i === n - 1 ? -2 : Math.max(...Array.from({ length: n - 1 - i }, (_, k) => cos(row(image, i), row(image, i + 1 + k)))),
      );
      const kept =
        by === 'stride'
          ? Array.from({ length: tokens }, (_, i) => Math.floor(((i + 0.5) * n) / tokens))
          : [...likeness.keys()].sort((p, q) => (likeness[p] as number) - (likeness[q] as number)).slice(0, tokens);
      const wanted = kept.sort((p, q) => p - q).flatMap((i) => row(image, i));
      expect([...y.data.subarray(image * tokens * w, (image + 1) * tokens * w)]).toEqual(wanted);
    }
  });

  it('is nothing at all where there are no more tokens than the budget, and passes gradients', () => {
    const x = input('x', [1, 8, 4]);
    expect(reduceTokens(x, { tokens: 8 })).toBe(x);
    for (const by of ['merge', 'prune', 'stride'] as const) {
      const [g] = grad(reduceTokens(x, { tokens: 3, by }).sum(), [x]);
      expect(g?.shape).toEqual([1, 8, 4]);
    }
  });
});

describe('a model under a budget', () => {
  const dir = resolve('test/golden/families/llava/clip');
  it('has fewer image tokens, the same parameters under the same names, and the plain rows where the budget holds all', async () => {
    const plain = await openModel(dir);
    const all = plain.media?.everyImage?.length as number;
    const rowsOf = async (budget?: TokenBudget): Promise<HostTensor> => {
      const model = await openModel(dir, budget ? { imageTokens: budget } : {});
      const network = model.network as LlavaNetwork;
      expect(network.parameters().map((p) => p.name)).toEqual((plain.network as LlavaNetwork).parameters().map((p) => p.name));
      expect(model.media?.everyImage?.length).toBe(Math.min(all, budget?.tokens ?? all));
      const program = await compile({ rows: network.see() }, { frozen: model.values });
      const { rows } = await program.run({
        pixels: drawn('pixels', [1, 3, network.config.vision_config.image_size, network.config.vision_config.image_size]),
      });
      program.dispose();
      return rows as HostTensor;
    };
    const whole = await rowsOf();
    expect((await rowsOf({ tokens: all })).data).toEqual(whole.data);
    expect((await rowsOf({ tokens: 2, by: 'prune' })).shape[0]).toBe(2);
  });

  it('is refused where it cannot be', async () => {
    await expect(openModel(dir, { imageTokens: { tokens: 0 } })).rejects.toMatchObject({ code: 'model.connector' });
    await expect(openModel(dir, { imageTokens: { tokens: 4, by: 'random' as 'merge' } })).rejects.toMatchObject({
      code: 'model.connector',
    });
    const { network } = await openModel(resolve('test/golden/families/fuyu/untied'));
    expect(() => setTokenBudget(network, { tokens: 4 })).toThrow(expect.objectContaining({ code: 'model.connector' }));
  });
});
