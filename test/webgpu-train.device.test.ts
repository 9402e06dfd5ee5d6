// Training on a device: the numbers of the CPU, parameters that stay there, checkpoints that are read from there, a resume that goes on.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Runtime } from '../src/runtime/runtime.js';
import { selectRuntime } from '../src/runtime/select.js';
import { type LoggedEvent, readCheckpoint, runStage, type TrainOptions } from '../src/train/index.js';
import { type Tiny, tinyProblem } from '../src/train/testing.js';
import type { HostTensor } from '../src/util/host.js';
import { useSoftwareDriver } from './webgpu/software.js';

const isHere = useSoftwareDriver();

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-device-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const weights = (tiny: Tiny): number[] => tiny.parameters.flatMap((p) => [...tiny.state.value(p).data]);
const furthest = (a: readonly number[], b: readonly number[]): number => Math.max(...a.map((x, i) => Math.abs(x - (b[i] as number))));

let runs = 0;
async function train(
  { objective, state }: Tiny,
  runtime: Runtime,
  options: Partial<TrainOptions>,
  more: { resume?: boolean; dir?: string } = {},
) {
  const events: LoggedEvent[] = [];
  await runStage({
    objective,
    state,
    options: { logEvery: 1, ...options },
    dir: join(dir, `run${runs++}`),
    runtime,
    ...more,
    onEvent: (e) => events.push(e),
  });
  return events.flatMap((e) => (e.type === 'step' ? [e] : []));
}
/** As they go to a device: ids in int32. */
const bytesOf = (tensors: readonly HostTensor[]): number =>
  tensors.reduce((n, { dtype, data }) => n + (dtype === 'int64' ? 4 * data.length : data.byteLength), 0);
const losses = (steps: readonly { loss: number }[]): number[] => steps.map(({ loss }) => loss);

describe.runIf(isHere)('training on a device', () => {
  it.each([
    ['one batch a step', {} as { accumulate?: number }],
    ['accumulated batches, clipped, decayed', { accumulate: 3, clip: 0.05, weightDecay: 0.1 }],
  ])('gives the losses and weights of the CPU: %s', async (_, options) => {
    const [cpu, gpu] = [tinyProblem(), tinyProblem()];
    const batch = Object.values((await cpu.objective.batch(0)).feeds);
    const wanted = await train(cpu, await selectRuntime('native', 'cpu'), { steps: 20, lr: 1e-2, ...options });
    const got = await train(gpu, await selectRuntime('native', 'webgpu'), { steps: 20, lr: 1e-2, ...options });
    expect(furthest(losses(wanted), losses(got))).toBeLessThan(1e-4);
    expect(furthest(weights(cpu), weights(gpu))).toBeLessThan(1e-4);
    for (const { crossed } of got)
      expect((crossed?.uploaded ?? 0) + (crossed?.downloaded ?? 0)).toBeLessThan((options.accumulate ?? 1) * bytesOf(batch) + 200);
    expect(wanted.every((s) => s.crossed === undefined)).toBe(true);
    expect(got.map((s) => s.gradNorm)).toEqual(wanted.map((s) => expect.closeTo(s.gradNorm, 4)));
  });

  it('goes on from a checkpoint of the device as from one of the CPU', async () => {
    const runtime = await selectRuntime('native', 'webgpu');
    const options = { lr: 1e-2, checkpointEvery: 5 };
    const whole = tinyProblem();
    await train(whole, runtime, { ...options, steps: 10 });
    const half = tinyProblem();
    const folder = join(dir, 'resumed');
    const { batch } = half.objective;
    half.objective.batch = async (i) => {
      if (i === 7) throw new Error('stopped');
      return batch(i);
    };
    await expect(train(half, runtime, { ...options, steps: 10 }, { dir: folder })).rejects.toThrow('stopped');
    const again = tinyProblem();
    await train(again, runtime, { ...options, steps: 10 }, { dir: folder, resume: true });
    expect(weights(again)).toEqual(weights(whole));
    const { m } = await readCheckpoint(join(folder, 'checkpoints', `000-${again.objective.name}-00000010`));
    expect(Math.max(...Object.values(m).flatMap((t) => [...(t.data as Float32Array)].map(Math.abs)))).toBeGreaterThan(0);
  });

  it('names what is not finite', async () => {
    const tiny = tinyProblem();
    const { batch } = tiny.objective;
    tiny.objective.batch = async (i) => {
      const b = await batch(i);
      if (i === 2) (b.feeds.x as { data: Float32Array }).data[0] = Number.NaN;
      return b;
    };
    const run = train(tiny, await selectRuntime('native', 'webgpu'), { steps: 5, lr: 1e-2 });
    await expect(run).rejects.toMatchObject({ code: 'train.nonfinite', got: expect.stringContaining('first.weight') });
  });
});
