// Signal tokens: which states are read, the two losses by plain loops, gradients by finite differences, and the language model to the bit.

import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Mllm } from '../../generate/index.js';
import { grad, input, type Tensor } from '../../graph/index.js';
import { openModel, packSequences, type Sequence } from '../../model/index.js';
import { endAdapter, SignalProjector, signals, signalTokens } from '../../networks/index.js';
import { compile } from '../../runtime/compile.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import { ModelState } from '../state.js';
import { signalAlignment, signalStates } from './signals.js';

const packed = (all: readonly Sequence[]) => packSequences(all, { length: 8, pad: 0 });
const sines = (shape: readonly number[], phase: number): HostTensor<'float32'> =>
  hostTensor(
    'float32',
    shape,
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(1.3 * i + phase)),
  );

const TOKENS = [7, 8];
const [N, WIDTH, ROWS, SIZE] = [8, 4, 3, 2];
// Two sequences: the first says 7 8 and its end (9), the second only words.
const targets = hostTensor('int32', [N], [5, 7, 8, 9, 5, 5, 9, 0]);
const owners = [0, 0, 0, 0, 1, 1, 1, 0];
const weights = hostTensor('float32', [N], [1, 1, 1, 1, 1, 1, 1, 0]);

/** What a loss reads, over inputs. */
function read() {
  const [hidden, logProbs] = [input('hidden', [N, WIDTH]), input('logProbs', [N])];
  const [own, counted] = [input('own', [2, N]), input('weights', [N])];
  const perSequence = (x: Tensor): Tensor => own.mul(counted.reshape([1, N])).matMul(x);
  return { hidden, logProbs, targets: input('targets', [N], 'int32'), weights: counted, sequences: 2, perSequence };
}
const feeds = {
  hidden: sines([N, WIDTH], 0.2),
  logProbs: hostTensor('float32', [N], [-1, -2, -3, -4, -5, -6, -7, -8]),
  own: hostTensor(
    'float32',
    [2, N],
    [0, 1].flatMap((s) => owners.map((o) => (o === s ? 1 : 0))),
  ),
  targets,
  weights,
};

const projector = new SignalProjector(WIDTH, {
  tokens: ['a', 'b'],
  rows: ROWS,
  size: SIZE,
  width: 4,
  layers: 1,
  heads: 2,
}).nameParameters();
const values = new ModelState(projector.parameters(), { seed: 3 }).values;

const sequence = (ids: number[], at = 1): Sequence => ({
  ids: Int32Array.from(ids),
  weights: Float32Array.from(ids, (_, i) => (i >= at ? 1 : 0)),
  media: [],
});

const loss = (texts: Map<Sequence, string>) =>
  signalAlignment({
    projector,
    ids: TOKENS,
    weight: 2,
    textOf: (s) => texts.get(s),
    conditions: async (wanted) => sines([wanted.length, ROWS, SIZE], wanted[0]?.length ?? 0),
  });

describe('signal tokens', () => {
  test('their states are those of the places at which they stand; without them they are zero', async () => {
    const program = await compile({ states: signalStates(read(), TOKENS) });
    const { logProbs: _, ...fed } = feeds;
    const { states } = (await program.run(fed)) as Record<string, HostTensor<'float32'>>;
    program.dispose();
    const row = (i: number): number[] => [...feeds.hidden.data.subarray(i * WIDTH, (i + 1) * WIDTH)];
    expect([...(states?.data ?? [])]).toEqual([...row(2), ...row(3), ...new Array(2 * WIDTH).fill(0)]);
  });

  test('the loss is cross-entropy over all tokens and the squared difference over sequences that draw, with exact gradients', async () => {
    const [one, two] = [sequence([1, 5, 7, 8, 9]), sequence([1, 5, 5, 9])];
    const alignment = loss(new Map([[one, 'cat']]));
    const given = { ...feeds, ...(await alignment.prepare?.([one, two], packed([one, two]))) };
    const x = read();
    const graph = alignment.loss(x as never, (name, shape, dtype) => input(name, shape, dtype));
    const [slope] = grad(graph.loss, [x.hidden]) as [Tensor];
    const projected = projector.project(input('states', [1, 2, WIDTH]));
    const program = await compile({ loss: graph.loss, slope, ...graph.metrics }, { frozen: values });
    const alone = await compile({ projected }, { frozen: values });
    const states = hostTensor('float32', [1, 2, WIDTH], feeds.hidden.data.slice(2 * WIDTH, 4 * WIDTH));
    const said = ((await alone.run({ states })).projected as HostTensor<'float32'>).data;
    const out = (await program.run(given)) as Record<string, HostTensor<'float32'>>;
    const wanted = sines([1, ROWS, SIZE], 3).data;
    const align = said.reduce((sum, v, i) => sum + (v - (wanted[i] as number)) ** 2, 0) / said.length;
    expect(out.align?.data[0]).toBeCloseTo(align, 5);
    expect(out.language?.data[0]).toBeCloseTo(28 / 7, 5);
    expect(out.loss?.data[0]).toBeCloseTo(4 + 2 * align, 4);
    const at = async (i: number, by: number): Promise<number> => {
      const data = feeds.hidden.data.slice();
      data[i] = (data[i] as number) + by;
      return Number((await program.run({ ...given, hidden: hostTensor('float32', [N, WIDTH], data) })).loss?.data[0]);
    };
    for (let i = 0; i < N * WIDTH; i++) {
      const finite = ((await at(i, 1e-2)) - (await at(i, -1e-2))) / 2e-2;
      expect(Math.abs(finite - (out.slope?.data[i] as number)), `${i}`).toBeLessThan(5e-3);
    }
    program.dispose();
    alone.dispose();
  });

  test('a row that draws has its tokens whole, once, and an end behind them', async () => {
    const rows = [
      sequence([1, 5, 9]),
      sequence([1, 7, 5, 9]),
      sequence([1, 7, 8]),
      sequence([1, 7, 8, 9, 7, 8, 9]),
      sequence([1, 7, 8, 9], 2),
    ];
    for (const row of rows)
      await expect(loss(new Map([[row, 'cat']])).prepare?.([row], packed([row]))).rejects.toMatchObject({ code: 'train.sequence' });
  });

  test('a model with them says what it says without, to the bit, and reads its states back', async () => {
    const dir = resolve('models/sensorium-tiny');
    const tokens = signalTokens(3);
    const plain = Mllm.of(await openModel(dir, { tokens }));
    const signed = Mllm.of(await openModel(dir, { tokens, adapters: [signals({ tokens, rows: 4, size: 6 })] }));
    const ask = (model: Mllm) => model.generate('What is red?', { maxTokens: 6, topLogProbs: 5 });
    expect(await ask(signed)).toEqual(await ask(plain));
    expect(endAdapter(signed.model.network, SignalProjector)?.tokens).toEqual(tokens);
    await plain.dispose();
    await signed.dispose();
  });
});
