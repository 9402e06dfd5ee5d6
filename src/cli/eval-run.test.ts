// `sensorium eval --run`: options that go together, replies that are kept, parts, processes; `sensorium worker`.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runCommand } from 'citty';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import command from './eval.js';
import { childArgs } from './eval-processes.js';
import { faultLines, readRunArgs, showProgress } from './eval-run.js';
import type { Status } from './terminal.js';
import worker from './worker.js';

const root = resolve(import.meta.dirname, '../..');
const tiny = join(root, 'models/sensorium-tiny');
let dir: string;
let rows: string[];
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'eval-run-'));
  const questions = ['What is two and two?', 'What is red?', 'What is a dog?', 'Is it?', 'Why?', 'What is two and two?'];
  const data = join(dir, 'own.jsonl');
  await writeFile(data, questions.map((question, id) => JSON.stringify({ id, question, truth: 'no' })).join('\n'));
  rows = ['--bench', 'own', '--data', data, '--max-tokens', '3', '--json'];
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Runs the command and returns the result that it prints. */
async function run(...rawArgs: string[]): Promise<{ benchmarks: unknown[] } | undefined> {
  let out = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  try {
    await runCommand(command, { rawArgs });
  } finally {
    write.mockRestore();
  }
  return out === '' ? undefined : JSON.parse(out);
}

describe('sensorium eval --run', () => {
  it('keeps replies, scores parts together, and refuses the folder of another model', async () => {
    const whole = await run(tiny, ...rows);
    const folder = join(dir, 'parts');
    const kept = ['--run', folder];
    await expect(run(tiny, ...rows, ...kept, '--no-ask')).rejects.toMatchObject({ code: 'evaluate.replies', expected: '6 replies' });
    for (const part of ['1/2', '2/2']) expect(await run(tiny, ...rows, ...kept, '--shard', part)).toBeUndefined();
    expect((await run(tiny, ...rows, ...kept, '--no-ask'))?.benchmarks).toEqual(whole?.benchmarks);
    expect((await run(tiny, ...rows, ...kept))?.benchmarks).toEqual(whole?.benchmarks);
    await expect(run(join(root, 'models/world-llama'), ...rows, ...kept)).rejects.toMatchObject({ code: 'evaluate.run', place: folder });
  });

  it.each([
    [['--shard', '1/2'], { place: '--shard' }],
    [['--processes', '2'], { place: '--processes' }],
    [['--no-ask'], { place: '--no-ask' }],
    [['--run', 'x', '--shard', '3/2'], { place: '--shard', got: '3/2' }],
    [['--run', 'x', '--processes', '0'], { place: '--processes' }],
    [['--run', 'x', '--processes', '2', '--shard', '1/2'], { place: '--shard, --processes' }],
    [['--run', 'x', '--redis', 'redis://localhost', '--no-ask'], { place: '--redis, --no-ask' }],
    [['--redis', 'localhost:6379'], { place: '--redis' }],
  ])('refuses %j', async (args, error) => {
    await expect(run(tiny, ...rows, ...args)).rejects.toMatchObject({ code: 'cli.usage', ...error });
  });

  it('needs a Redis server that answers', async () => {
    const gone = 'redis://:secret@127.0.0.1:1';
    await expect(run(tiny, ...rows, '--redis', gone)).rejects.toMatchObject({
      code: 'evaluate.queue',
      place: 'redis://127.0.0.1:1',
      got: 'ECONNREFUSED',
    });
    await expect(runCommand(worker, { rawArgs: [tiny, '--redis', gone] })).rejects.toMatchObject({ code: 'evaluate.queue' });
    await expect(runCommand(worker, { rawArgs: [tiny] })).rejects.toMatchObject({ code: 'cli.usage', place: '--redis' });
  });
});

describe('what a run shows', () => {
  it('the pace is that of new replies; those from the folder are counted', () => {
    const seen: Status[] = [];
    let time = 0;
    const show = showProgress(
      { update: (status) => seen.push(status), line: () => {}, end: () => {} },
      readRunArgs({ run: 'runs/x' }),
      () => time,
    );
    const state = { who: 'model', bench: 'pope', total: 100 };
    show({ ...state, done: 40, kept: 40 });
    time = 1000;
    show({ ...state, done: 41, kept: 40 });
    time = 3000;
    show({ ...state, done: 42, kept: 40 });
    expect(seen.map(({ done, note, eta }) => [done, note, eta])).toEqual([
      [40, '40 from runs/x', Number.NaN],
      [41, '40 from runs/x', Number.NaN],
      [42, '40 from runs/x', 116],
    ]);
    show({ who: 'blind', bench: 'pope', done: 1, total: 2 });
    expect(seen.at(-1)).toMatchObject({ label: 'pope (blind)', note: undefined });
  });

  it('faults, a line each', () => {
    const result = { name: 'pope', title: 'POPE', about: '', n: 3, scores: {} };
    expect(faultLines([result])).toBe('');
    const faults = [{ kind: 'empty reply' as const, n: 40, rows: ['a', 'b', 'c', 'd'] }];
    expect(faultLines([{ ...result, faults }])).toBe('POPE: 40 rows with an empty reply, scored as it is: a; b; c; and 37 more\n');
  });

  it('processes get the options that are theirs', () => {
    const args = ['m', '--processes', '3', '--run', 'r', '--out=x.json', '--report', 'd', '--json', '--n', '5', '--no-baselines'];
    expect(childArgs(args)).toEqual(['m', '--run', 'r', '--n', '5', '--no-baselines']);
  });
});
