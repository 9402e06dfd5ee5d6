// The loop end to end on a tiny model: it learns, accumulates, agrees between runtimes, notices divergence and blindness, and does not leak.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { selectRuntime } from '../runtime/select.js';
import { hostTensor } from '../util/host.js';
import { type LoggedEvent, readRun, runStage, type TrainOptions } from './index.js';
import type { Batch, Objective } from './objective.js';
import { type Tiny, tinyProblem } from './testing.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-train-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

let runs = 0;
function train({ objective, state }: Tiny, options: Partial<TrainOptions>, more: Partial<Parameters<typeof runStage>[0]> = {}) {
  return runStage({ objective, state, options, dir: join(dir, `run${runs++}`), ...more });
}
const weights = (tiny: Tiny): number[] => tiny.parameters.flatMap((p) => [...tiny.state.value(p).data]);
const furthest = (a: number[], b: number[]): number => Math.max(...a.map((x, i) => Math.abs(x - (b[i] as number))));

/** Batches of `tiny` cut into `parts` of equal size. */
function cut(tiny: Tiny, parts: number): Objective {
  const { objective } = tiny;
  return {
    ...objective,
    async batch(index): Promise<Batch> {
      const whole = await objective.batch(Math.floor(index / parts));
      const feeds: Batch['feeds'] = {};
      for (const [name, t] of Object.entries(whole.feeds)) {
        const n = t.data.length / parts;
        const data = (t.data as Float32Array).slice((index % parts) * n, ((index % parts) + 1) * n);
        feeds[name] = hostTensor(t.dtype, [(t.shape[0] as number) / parts, ...t.shape.slice(1)], data);
      }
      return { ...whole, feeds, tokens: whole.tokens / parts };
    },
  };
}

describe('runStage', () => {
  it('overfits a few samples', async () => {
    const events: LoggedEvent[] = [];
    const tiny = tinyProblem({ distinct: 1 });
    const path = join(dir, 'overfit');
    const summary = await train(tiny, { steps: 150, lr: 2e-2, logEvery: 50 }, { dir: path, onEvent: (e) => events.push(e) });
    expect(summary.loss.last).toBeLessThan(0.05);
    expect(summary.loss.first).toBeGreaterThan(summary.loss.last * 5);
    expect(summary).toMatchObject({ name: 'tiny', steps: 150 });
    const steps = events.filter((e) => e.type === 'step');
    expect(steps.map((e) => e.step)).toEqual([1, 50, 100, 150]);
    expect(Object.keys(steps[0]?.metrics ?? {})).toEqual(['logit']);
    expect(await readRun(path)).toEqual(JSON.parse(JSON.stringify(events)));
  });

  it('leaves frozen parameters alone', async () => {
    const tiny = tinyProblem({ freeze: true });
    const before = tiny.parameters.map((p) => tiny.state.value(p).data.slice());
    await train(tiny, { steps: 5, lr: 1e-2 });
    const after = tiny.parameters.map((p) => tiny.state.value(p).data);
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
    expect(after[2]).not.toEqual(before[2]);
  });

  it('gives the gradient of the union when batches are accumulated', async () => {
    const whole = tinyProblem({ batch: 16 });
    await train(whole, { steps: 6, lr: 1e-2 });
    const halves = tinyProblem({ batch: 8 });
    halves.objective = { ...cut(whole, 2), graph: halves.objective.graph, trained: halves.objective.trained };
    await train(halves, { steps: 6, lr: 1e-2, accumulate: 2 });
    expect(furthest(weights(whole), weights(halves))).toBeLessThan(2e-5);
    const wrong = tinyProblem({ batch: 16 });
    await train(wrong, { steps: 6, lr: 1e-2, accumulate: 2 });
    expect(furthest(weights(whole), weights(wrong))).toBeGreaterThan(1e-3);
  });

  it('weights accumulated batches by their size', async () => {
    // A batch of weight 0 beside one of weight 1 is that one alone.
    const alone = tinyProblem();
    await train(alone, { steps: 4, lr: 1e-2 });
    const pair = tinyProblem();
    const { batch } = pair.objective;
    pair.objective.batch = async (i) => ({ ...(await batch(Math.floor(i / 2) + (i % 2 === 0 ? 900 : 0))), weight: i % 2 === 0 ? 0 : 1 });
    await train(pair, { steps: 4, lr: 1e-2, accumulate: 2 });
    expect(furthest(weights(alone), weights(pair))).toBeLessThan(1e-6);
  });

  it('is not changed by a loss scale', async () => {
    const [plain, scaled] = [tinyProblem(), tinyProblem()];
    await train(plain, { steps: 5, lr: 1e-2 });
    await train(scaled, { steps: 5, lr: 1e-2, lossScale: 1024 });
    expect(furthest(weights(plain), weights(scaled))).toBeLessThan(1e-6);
  });

  it('gives the same weights on the native and the node runtime', async () => {
    const [a, b] = [tinyProblem(), tinyProblem()];
    await train(a, { steps: 5, lr: 1e-2 }, { runtime: await selectRuntime('native') });
    await train(b, { steps: 5, lr: 1e-2 }, { runtime: await selectRuntime('node') });
    expect(furthest(weights(a), weights(b))).toBeLessThan(1e-5);
  });

  it('stops at numbers that are not finite, naming step and parameter', async () => {
    const tiny = tinyProblem();
    const { batch } = tiny.objective;
    tiny.objective.batch = async (i) => {
      const b = await batch(i);
      if (i === 3) (b.feeds.x as { data: Float32Array }).data[0] = Number.NaN;
      return b;
    };
    const events: LoggedEvent[] = [];
    const run = train(tiny, { steps: 10, lr: 1e-2, checkpointEvery: 2 }, { onEvent: (e) => events.push(e) });
    await expect(run).rejects.toThrow(/diverged at step 4 of 10.*gradient of first\.weight.*last checkpoint is intact/s);
    expect(events.filter((e) => e.type === 'checkpoint').map((e) => e.step)).toEqual([2]);
    expect(events.at(-1)).toMatchObject({ type: 'error', code: 'train.nonfinite' });
  });

  it('sounds the alarm when images are ignored, and only then', async () => {
    const options = { steps: 40, lr: 1e-2, blindEvery: 5, blindGrace: 5, blindPatience: 2 };
    await expect(train(tinyProblem({ blind: 'ignores' }), options)).rejects.toThrow(/images are not used: at step 15/);
    const events: LoggedEvent[] = [];
    await train(tinyProblem({ blind: 'uses' }), options, { onEvent: (e) => events.push(e) });
    expect(events.filter((e) => e.type === 'blind')).toHaveLength(8);
    expect(events.filter((e) => e.type === 'blind').every((e) => e.strikes === 0)).toBe(true);
  });

  it('is not changed by blind checks', async () => {
    const [checked, plain] = [tinyProblem({ blind: 'uses' }), tinyProblem()];
    await train(checked, { steps: 8, lr: 1e-2, blindEvery: 2 });
    await train(plain, { steps: 8, lr: 1e-2 });
    expect(weights(checked)).toEqual(weights(plain));
  });

  it('warns of parameters that the loss does not reach, and rejects ones nobody owns', async () => {
    const tiny = tinyProblem();
    const { graph } = tiny.objective;
    const events: LoggedEvent[] = [];
    const [w1, b1, w2, b2] = tiny.parameters as [never, never, never, never];
    const stray = tinyProblem().parameters[3] as never;
    tiny.objective = { ...tiny.objective, trained: [w1, b1, w2], frozen: new Map() };
    await expect(train(tiny, { steps: 2 })).rejects.toThrow(/neither trained nor frozen \(in tiny: second\.bias\)/);
    expect(stray).not.toBe(b2);
    const lonely = tinyProblem();
    const { input } = await import('../graph/index.js');
    const keep = lonely.parameters[0] as never as { mul(x: number): { mean(): never } };
    lonely.objective = {
      ...lonely.objective,
      graph: () => ({
        loss: input('x', [16, 8])
          .mean()
          .add(input('image', [16, 8]).mean())
          .add(input('y', [16], 'int64').cast('float32').mean())
          .add(keep.mul(1).mean()),
      }),
    };
    await train(lonely, { steps: 1 }, { onEvent: (e) => events.push(e) });
    expect(events.find((e) => e.type === 'warning')).toMatchObject({ code: 'train.unused' });
    expect(graph).toBeTypeOf('function');
  });

  it('checks its options', async () => {
    await expect(train(tinyProblem(), { stepz: 3 } as never)).rejects.toThrow(/unknown key 'stepz'.*Did you mean 'steps'/s);
    await expect(train(tinyProblem(), { steps: 0 })).rejects.toThrow(/option 'steps'.*whole number of at least 1.*got 0/s);
    await expect(train(tinyProblem(), { checkpointEvery: 'often' })).rejects.toThrow(/checkpointEvery/);
  });

  it('does not grow over 500 steps', async () => {
    const tiny = tinyProblem({ batch: 64, hidden: 256 });
    const sizes: number[] = [];
    await train(
      tiny,
      { steps: 600, lr: 1e-3, logEvery: 50, checkpointEvery: 0 },
      { onEvent: (e) => e.type === 'step' && sizes.push(process.memoryUsage.rss()) },
    );
    // Leaking one gradient block (12 kB) or one batch (4 kB) a step would be 2 to 6 MB; garbage comes and goes around that.
    expect((sizes.at(-1) as number) - (sizes[2] as number)).toBeLessThan(40e6);
  });
});
