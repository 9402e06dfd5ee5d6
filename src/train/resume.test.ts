// What survives: an interrupt, a damaged checkpoint; and what is refused: another recipe, a second run, an unwritable folder.

import { chmod, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isAbort } from '../util/errors.js';
import { type LoggedEvent, readCheckpoint, readRun, runStage } from './index.js';
import { type Tiny, tinyProblem } from './testing.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-resume-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const weights = (tiny: Tiny): Float32Array[] => tiny.parameters.map((p) => tiny.state.value(p).data.slice());
const options = { steps: 24, lr: 1e-2, checkpointEvery: 2, logEvery: 1 };
const checkpoints = async (): Promise<string[]> => (await readdir(join(dir, 'checkpoints'))).sort();

let expected: Float32Array[];
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sensorium-reference-'));
  const tiny = tinyProblem();
  await runStage({ ...tiny, dir: folder, options: { ...options, checkpointEvery: 0 } });
  await rm(folder, { recursive: true });
  expected = weights(tiny);
});

/** Stops a run after `step` steps. */
async function interrupted(step: number): Promise<Tiny> {
  const tiny = tinyProblem();
  const controller = new AbortController();
  const run = runStage({
    ...tiny,
    dir,
    options,
    signal: controller.signal,
    onEvent: (e) => e.type === 'step' && e.step === step && controller.abort(),
  });
  await expect(run).rejects.toSatisfy(isAbort);
  return tiny;
}

describe('resume', () => {
  it('after an interrupt goes on from the very step', async () => {
    await interrupted(13);
    const trainer = await readCheckpoint(join(dir, 'checkpoints', (await checkpoints()).at(-1) as string));
    expect(trainer.trainer).toMatchObject({ stage: { step: 13, finished: false }, dataPosition: 13 });
    const tiny = tinyProblem();
    const summary = await runStage({ ...tiny, dir, options, resume: true });
    expect(weights(tiny)).toEqual(expected);
    expect(summary.steps).toBe(24);
    expect((await readRun(dir)).map((e) => e.type)).toContain('interrupted');
  });

  it('does nothing when the run is finished, and gives its weights', async () => {
    const [first, again] = [tinyProblem(), tinyProblem()];
    const summary = await runStage({ ...first, dir, options: { ...options, steps: 6 } });
    expect(await runStage({ ...again, dir, options: { ...options, steps: 6 }, resume: true })).toEqual(summary);
    expect(weights(again)).toEqual(weights(first));
  });

  it('keeps the last two checkpoints', async () => {
    await interrupted(9);
    expect(await checkpoints()).toEqual(['000-tiny-00000008', '000-tiny-00000009']);
  });

  it('falls back to the checkpoint before a damaged one', async () => {
    await interrupted(9);
    await truncate(join(dir, 'checkpoints', '000-tiny-00000009', 'weights.safetensors'), 100);
    const tiny = tinyProblem();
    const events: LoggedEvent[] = [];
    await runStage({ ...tiny, dir, options, resume: true, onEvent: (e) => events.push(e) });
    expect(events.find((e) => e.type === 'warning')).toMatchObject({
      code: 'train.checkpoint',
      message: expect.stringContaining('00000009'),
    });
    expect(events.find((e) => e.type === 'resume')?.step).toBe(8);
    expect(weights(tiny)).toEqual(expected);
  });

  it('notices one flipped bit, and says so when nothing is left', async () => {
    await interrupted(9);
    for (const name of await checkpoints()) {
      const file = join(dir, 'checkpoints', name, 'optimizer.safetensors');
      const bytes = await readFile(file);
      bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1;
      await writeFile(file, bytes);
    }
    await expect(runStage({ ...tinyProblem(), dir, options, resume: true })).rejects.toThrow(
      /no checkpoint of this run can be read.*damaged/s,
    );
  });

  it('removes what a killed writer left behind', async () => {
    await interrupted(9);
    await mkdir(join(dir, 'checkpoints', '000-tiny-00000010.tmp-999999999-0123abcd'));
    await runStage({ ...tinyProblem(), dir, options: { ...options, checkpointEvery: 0 }, resume: true });
    expect(await checkpoints()).toEqual(['000-tiny-00000009', '000-tiny-00000024']);
  });
});

describe('refusals', () => {
  it('names the keys of a changed recipe', async () => {
    await interrupted(5);
    const run = (more: object, tiny = tinyProblem()) => runStage({ ...tiny, dir, options: { ...options, ...more }, resume: true });
    await expect(run({ lr: 3e-3, weightDecay: 0.2 })).rejects.toThrow(
      /recipe has changed.*options\.lr=0\.01, options\.weightDecay=0\.01.*options\.lr=0\.003, options\.weightDecay=0\.2/s,
    );
    await expect(run({}, tinyProblem({ hidden: 16 }))).rejects.toThrow(/first\.bias\): expected float32\[16\], got float32\[32\]/);
    await expect(run({ logEvery: 7, checkpointEvery: 0 })).resolves.toMatchObject({ steps: 24 });
  });

  it('notices other frozen weights', async () => {
    const controller = new AbortController();
    const [tiny, other] = [tinyProblem({ freeze: true }), tinyProblem({ freeze: true, seed: 2 })];
    await expect(
      runStage({
        ...tiny,
        dir,
        options,
        signal: controller.signal,
        onEvent: (e) => e.type === 'step' && e.step === 3 && controller.abort(),
      }),
    ).rejects.toSatisfy(isAbort);
    await expect(runStage({ ...other, dir, options, resume: true })).rejects.toThrow(/frozen weights are not those/);
  });

  it('does not begin over an earlier run', async () => {
    await interrupted(5);
    await expect(runStage({ ...tinyProblem(), dir, options })).rejects.toThrow(/already holds a run.*--resume/s);
  });

  it('does not let two runs into one folder', async () => {
    // Either may be the first to lock it, and exactly one goes on to the end.
    // It waits with its first batch until the other has been refused.
    let release = (): void => {};
    const hold = new Promise<void>((resolve) => {
      release = resolve;
    });
    const both = await Promise.allSettled(
      [false, true].map((resume) =>
        runStage({ ...tinyProblem({ hold }), dir, options, resume }).catch((error: unknown) => {
          release();
          throw error;
        }),
      ),
    );
    const refused = both.filter((r) => r.status === 'rejected');
    expect(refused).toHaveLength(1);
    expect(String(refused[0]?.reason)).toMatch(/another run is using this folder/);
    expect(refused[0]?.reason.got).toMatch(/process \d+/);
  });

  it('says which folder cannot be written', async () => {
    const blocked = join(dir, 'file');
    await writeFile(blocked, '');
    await expect(runStage({ ...tinyProblem(), dir: join(blocked, 'run'), options })).rejects.toThrow(/not a folder/);
    if (process.getuid?.() !== 0) {
      await chmod(dir, 0o500);
      await expect(runStage({ ...tinyProblem(), dir: join(dir, 'run'), options })).rejects.toThrow(/permission denied/);
      await chmod(dir, 0o700);
    }
  });
});
