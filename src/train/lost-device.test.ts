// An adapter that goes in the middle of training, or is full: the last checkpoint is good, the error names it, and the run goes on from there.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { hostDevice } from '../../test/webgpu/host-device.js';
import type { Runtime } from '../runtime/runtime.js';
import { selectRuntime } from '../runtime/select.js';
import { deviceFailure } from '../runtime/webgpu.js';
import { SensoriumError } from '../util/errors.js';
import { runStage } from './index.js';
import { type Tiny, tinyProblem } from './testing.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-lost-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const train = ({ objective, state }: Tiny, runtime: Runtime, name: string, resume = false): Promise<unknown> =>
  runStage({ objective, state, options: { steps: 12, lr: 1e-2, checkpointEvery: 4 }, dir: join(dir, name), runtime, resume });

it.each([
  ['is lost', 'WebGPU device lost (2): the driver was reset', 'runtime.device'],
  ['is full', 'VK_ERROR_OUT_OF_DEVICE_MEMORY', 'runtime.memory'],
])('a device that %s', async (_, message, code) => {
  const cpu = await selectRuntime('native', 'cpu');
  const whole = tinyProblem();
  let runs = 0;
  await train(
    whole,
    hostDevice(cpu, () => void runs++),
    'whole',
  );
  let left = Math.floor(0.7 * runs);
  const gone = hostDevice(cpu, () => {
    // From here on nothing works any more, reading neither.
    if (left-- <= 0) throw deviceFailure(new SensoriumError('runtime.ort', `ONNX Runtime: ${message}`, { place: 'gradients' }));
  });
  const error = (await train(tinyProblem(), gone, 'run').catch((e: unknown) => e)) as SensoriumError;
  expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
  expect(error.hint).toMatch(/checkpoint.*--resume|--resume.*checkpoint/i);
  expect(error.hint).toContain(join(dir, 'run', 'checkpoints'));
  const again = tinyProblem();
  await train(again, hostDevice(cpu), 'run', true);
  for (const [i, p] of again.parameters.entries())
    expect(again.state.value(p).data).toEqual(whole.state.value(whole.parameters[i] as (typeof whole.parameters)[number]).data);
});
