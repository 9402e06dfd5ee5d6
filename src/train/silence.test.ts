// Training never goes wrong in silence: steps without loss, numbers that are not finite, parameters without gradient, changed runs.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { input, Parameter, type Tensor } from '../graph/index.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { AdamW, type Batch, type LoggedEvent, ModelState, type Objective, readCheckpoint, runStage, type TrainOptions } from './index.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-silence-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const filled = (value: number) => (data: Float32Array) => void data.fill(value);
function parameter(name: string, dims: number[], value = 1): Parameter {
  const p = new Parameter(dims, filled(value));
  p.name = name;
  return p;
}

/** A weight [4] against rows of numbers; `loss` of the difference, `weights` of the batches by index. */
function line(o: { loss?: (d: Tensor) => Tensor; weights?: readonly number[]; x?: (index: number) => number; state?: ModelState } = {}) {
  const w = parameter('w', [4], 3);
  const state = o.state ?? new ModelState([w], { seed: 0 });
  const trained = state.parameters;
  const loss = o.loss ?? ((d) => d.mul(d).mean());
  const objective: Objective = {
    name: 'line',
    trained,
    frozen: new Map(),
    graph: () => ({ loss: loss((trained[0] as Tensor).sub(input('x', [4]))) }),
    batch: async (index): Promise<Batch> => ({
      bucket: 'all',
      feeds: { x: hostTensor('float32', [4], Float32Array.from([0, 1, 2, o.x?.(index) ?? 0])) },
      tokens: 4,
      items: 2,
      weight: o.weights ? o.weights[index % o.weights.length] : undefined,
      rows: [index * 2, index * 2 + 1],
    }),
  };
  return { objective, state };
}

async function run(part: ReturnType<typeof line>, options: Partial<TrainOptions>, more: { resume?: boolean; stopAt?: number } = {}) {
  const events: LoggedEvent[] = [];
  const controller = new AbortController();
  const running = runStage({
    ...part,
    dir,
    options: { lr: 0.1, logEvery: 1, checkpointEvery: 0, schedule: 'constant', warmup: 0, ...options },
    resume: more.resume,
    signal: controller.signal,
    onEvent: (e) => {
      events.push(e);
      if (e.type === 'step' && e.step === more.stopAt) controller.abort();
    },
  });
  const result = await running.then(
    (summary) => ({ summary, error: undefined }),
    (error: Error & { code?: string; place?: string; got?: string }) => ({ summary: undefined, error }),
  );
  return { ...result, events, values: [...(part.state.value(part.objective.trained[0] as Parameter).data as Float32Array)] };
}
const ofType = <T extends LoggedEvent['type']>(events: LoggedEvent[], type: T) =>
  events.filter((e): e is Extract<LoggedEvent, { type: T }> => e.type === type);

describe('a step without loss', () => {
  it('is an error before the first step where there is no other', async () => {
    const part = line({ weights: [0] });
    const { error, events, values } = await run(part, { steps: 3, accumulate: 2 });
    expect(error?.code).toBe('train.noloss');
    expect(error?.place).toContain('line');
    expect(ofType(events, 'step')).toEqual([]);
    expect(values).toEqual([3, 3, 3, 3]);
  });

  it('is skipped, said, counted, and moves nothing, not even by momentum', async () => {
    const alone = await run(line({ x: (i) => i * 2 }), { steps: 2 });
    await rm(dir, { recursive: true });
    const { summary, events, values } = await run(line({ weights: [1, 0, 0], x: (i) => (i / 3) * 2 }), { steps: 6 });
    expect(values).toEqual(alone.values);
    expect(summary?.unused).toMatchObject({ skippedSteps: 4, skippedBatches: 4 });
    expect(ofType(events, 'skip').map((e) => [e.step, e.batches, e.rows, e.whole])).toEqual([
      [2, [1], [2, 3], true],
      [3, [2], [4, 5], true],
      [5, [4], [8, 9], true],
      [6, [5], [10, 11], true],
    ]);
    expect(ofType(events, 'warning').map((e) => e.code)).toEqual(['train.noloss']);
    expect(ofType(events, 'step').every((e) => Number.isFinite(e.loss))).toBe(true);
    expect(Number.isFinite(summary?.loss.first)).toBe(true);
    expect(Number.isFinite(summary?.loss.last)).toBe(true);
  });

  it('leaves accumulated steps to the batches that have some', async () => {
    const alone = await run(line({ x: (i) => i }), { steps: 3 });
    await rm(dir, { recursive: true });
    const pair = await run(line({ weights: [0, 5], x: (i) => (i - 1) / 2 }), { steps: 3, accumulate: 2 });
    expect(pair.values).toEqual(alone.values);
    expect(pair.summary?.unused).toMatchObject({ skippedSteps: 0, skippedBatches: 3 });
  });

  it('survives a resume with the same counts and bits', async () => {
    const part = () => line({ weights: [1, 0], x: (i) => i });
    const whole = await run(part(), { steps: 8 });
    await rm(dir, { recursive: true });
    const stopped = await run(part(), { steps: 8 }, { stopAt: 3 });
    expect(stopped.error?.name).toBe('AbortError');
    const resumed = await run(part(), { steps: 8 }, { resume: true });
    expect(resumed.values).toEqual(whole.values);
    expect(resumed.summary?.unused).toEqual(whole.summary?.unused);
  });

  it('refuses weights that are no weights', async () => {
    for (const weight of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      expect((await run(line({ weights: [weight] }), { steps: 1 })).error?.code).toBe('train.batch');
  });
});

describe('numbers that are not finite', () => {
  it('stop with step, batch, rows and what holds them; the last checkpoint stays', async () => {
    const { error, events } = await run(line({ x: (i) => (i === 5 ? Number.NaN : 0) }), { steps: 6, accumulate: 2, checkpointEvery: 1 });
    expect(error?.code).toBe('train.nonfinite');
    expect(error?.message).toContain('step 3 of 6');
    expect(error?.place).toContain('batch 5');
    expect(error?.place).toContain('rows 10, 11');
    expect(error?.got).toContain("input 'x' of batch 5");
    const last = ofType(events, 'checkpoint').at(-1);
    expect(last?.step).toBe(2);
    expect(
      Object.values((await readCheckpoint(last?.path as string)).weights).every((t) =>
        [...(t.data as Float32Array)].every(Number.isFinite),
      ),
    ).toBe(true);
  });

  it('are found in the gradient where the loss is finite', async () => {
    // sqrt has no slope at 0.
    const { error } = await run(line({ loss: (d) => d.mul(0).sqrt().sum() }), { steps: 1 });
    expect(error?.code).toBe('train.nonfinite');
    expect(error?.got).toMatch(/gradient norm .*w has 4 of 4/);
  });
});

describe('parameters that the loss does not reach', () => {
  /** Two parameters; bucket 'both' uses both, 'one' the first alone. */
  function two() {
    const [a, b] = [parameter('a', [2, 2], 2), parameter('b', [2, 2], 2)];
    const state = new ModelState([a, b], { seed: 0 });
    const objective: Objective = {
      name: 'two',
      trained: [a, b],
      frozen: new Map(),
      graph: (bucket) => ({ loss: bucket === 'both' ? a.mul(a).mean().add(b.mul(b).mean()) : a.mul(a).mean() }),
      batch: async (index) => ({ bucket: index % 3 === 0 ? 'both' : `one${index % 2}`, feeds: {}, tokens: 1, items: 1 }),
    };
    return { objective, state, a, b };
  }

  it('are left alone: values, moments and the count of their updates, as in PyTorch', async () => {
    const part = two();
    const { events } = await run({ objective: part.objective, state: part.state }, { steps: 7, lr: 0.1, weightDecay: 0.5, clip: 0 });
    const adam = (steps: number): number => {
      let [p, m, v] = [2, 0, 0];
      for (let t = 1; t <= steps; t++) {
        const g = p / 2; // of the mean of four squares
        p -= 0.1 * 0.5 * p;
        m = 0.9 * m + 0.1 * g;
        v = 0.999 * v + 0.001 * g * g;
        p -= (0.1 / (1 - 0.9 ** t)) * (m / (Math.sqrt(v) / Math.sqrt(1 - 0.999 ** t) + 1e-8));
      }
      return p;
    };
    expect(part.state.value(part.a).data[0]).toBeCloseTo(adam(7), 5);
    expect(part.state.value(part.b).data[0]).toBeCloseTo(adam(3), 5);
    // Buckets 'one0' and 'one1' leave out the same parameters: said once.
    expect(ofType(events, 'warning').map((e) => e.code)).toEqual(['train.unused']);
  });

  it('keep their counts over a resume', async () => {
    const whole = two();
    await run(whole, { steps: 7, weightDecay: 0.1 });
    await rm(dir, { recursive: true });
    await run(two(), { steps: 7, weightDecay: 0.1 }, { stopAt: 5 });
    const again = two();
    await run(again, { steps: 7, weightDecay: 0.1 }, { resume: true });
    for (const [p, q] of [
      [whole.a, again.a],
      [whole.b, again.b],
    ] as const)
      expect(again.state.value(q).data).toEqual(whole.state.value(p).data);
  });

  it('are not decayed over a hundred steps', async () => {
    const [a, b] = [parameter('a', [8]), parameter('b', [8, 8], 0.3)];
    const state = new ModelState([a, b], { seed: 0 });
    const buffers = state.pack([a, b]);
    const optimizer = await AdamW.create(buffers, { weightDecay: 0.1 });
    const reached = buffers.slots.map(({ parameter: p }) => p === a);
    for (let t = 0; t < 100; t++) await optimizer.update({ lr: 1e-2, reached });
    expect([...state.value(b).data]).toEqual(new Array(64).fill(Math.fround(0.3)));
    expect([...buffers.updates].sort()).toEqual([0, 100]);
    optimizer.dispose();
  });
});

describe('a resumed run', () => {
  const stop = async (part: ReturnType<typeof line>, options: Partial<TrainOptions> = {}) =>
    run(part, { steps: 6, ...options }, { stopAt: 3 });
  const resume = async (part: ReturnType<typeof line>, options: Partial<TrainOptions> = {}) =>
    run(part, { steps: 6, ...options }, { resume: true });

  it('is refused with another loss, also one that differs in a number alone', async () => {
    await stop(line());
    expect((await resume(line({ loss: (d) => d.mul(d).sqrt().mean() }))).error).toMatchObject({
      code: 'train.recipe',
      message: expect.stringContaining('loss'),
    });
    expect((await resume(line({ loss: (d) => d.mul(d).mean().mul(2) }))).error?.code).toBe('train.recipe');
    expect((await resume(line())).summary?.steps).toBe(6);
    // Finished: its weights are not those of another loss either.
    expect((await resume(line({ loss: (d) => d.mul(d).mul(d).mean() }))).error?.code).toBe('train.recipe');
  });

  it('is refused with other data or another order', async () => {
    await stop(line({ x: (i) => i }));
    const { error } = await resume(line({ x: (i) => i + 1 }));
    expect(error).toMatchObject({ code: 'train.recipe', got: expect.stringContaining("'x'") });
    expect((await resume(line({ x: (i) => (i === 2 ? 7 : i) }))).error?.place).toContain('batch 2');
    expect((await resume(line({ x: (i) => i }))).summary?.steps).toBe(6);
  });

  it('allows float features to differ by rounding', async () => {
    await stop(line({ x: (i) => i + 1 }));
    expect((await resume(line({ x: (i) => (i + 1) * (1 + 1e-6) }))).summary?.steps).toBe(6);
  });
});

describe('the blind check', () => {
  const images = (value: (i: number) => number): Objective => {
    const w = parameter('w', [2], 1);
    return {
      name: 'blind',
      trained: [w],
      frozen: new Map(),
      graph: () => ({
        loss: w
          .mul(input('image', [2]))
          .sum()
          .pow(2),
      }),
      batch: async () => ({
        bucket: 'all',
        feeds: { image: hostTensor('float32', [2], Float32Array.from([value(0), value(1)])) },
        tokens: 1,
        items: 2,
      }),
      blind: (b) => {
        const { data } = b.feeds.image as HostTensor<'float32'>;
        if (data[0] === data[1]) return undefined;
        return { ...b, feeds: { image: hostTensor('float32', [2], Float32Array.from([data[1] as number, Number.POSITIVE_INFINITY])) } };
      },
    };
  };
  const start = (objective: Objective) => ({ objective, state: new ModelState(objective.trained, { seed: 0 }) });

  it('says where it cannot be made, and does not take equal images for blindness', async () => {
    const { summary, events } = await run(start(images(() => 1)), { steps: 8, blindEvery: 1, blindGrace: 0 });
    expect(summary?.steps).toBe(8);
    expect(ofType(events, 'blind')).toEqual([]);
    expect(ofType(events, 'warning').map((e) => e.code)).toEqual(['train.blind']);
  });

  it('stops at a loss that is not finite', async () => {
    expect((await run(start(images((i) => i)), { steps: 2, blindEvery: 1 })).error?.code).toBe('train.nonfinite');
  });
});
