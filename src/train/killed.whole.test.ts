// A run that is killed, twice: what is resumed has the weights of one that was never stopped, bit for bit.

import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type LoggedEvent, readRun, runStage } from './index.js';
import { type Tiny, tinyProblem } from './testing.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-killed-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const weights = (tiny: Tiny): Float32Array[] => tiny.parameters.map((p) => tiny.state.value(p).data.slice());
// As in child.test-run.ts.
const options = { steps: 24, lr: 1e-2, checkpointEvery: 2, logEvery: 1 };

it('after kill -9 gives bit-identical weights', async () => {
  const whole = tinyProblem();
  await runStage({ ...whole, dir: join(dir, 'whole'), options: { ...options, checkpointEvery: 0 } });
  const expected = weights(whole);
  for (const at of [5, 12]) {
    await rm(dir, { recursive: true });
    await mkdir(dir);
    const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('./child.test-run.ts', import.meta.url)), dir], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let complaint = '';
    child.stderr.on('data', (data) => (complaint += data));
    await new Promise<void>((resolve, reject) => {
      let text = '';
      child.stdout.on('data', (data) => {
        text += data;
        if (text.includes(`step ${at}\n`)) child.kill('SIGKILL');
      });
      child.on('exit', (_, signal) => (signal === 'SIGKILL' ? resolve() : reject(new Error(`the child ended by itself: ${complaint}`))));
    });
    const tiny = tinyProblem();
    const events: LoggedEvent[] = [];
    await runStage({ ...tiny, dir, options, resume: true, onEvent: (e) => events.push(e) });
    const resumed = events.find((e) => e.type === 'resume');
    expect(resumed?.step).toBeGreaterThan(0);
    expect(weights(tiny)).toEqual(expected);
    const steps = (await readRun(dir)).filter((e) => e.type === 'step').map((e) => e.step);
    expect(steps).toEqual(Array.from({ length: 24 }, (_, i) => i + 1));
  }
});
