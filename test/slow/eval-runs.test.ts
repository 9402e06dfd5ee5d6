// A measurement of 2,000 samples that is killed three times, shared by three processes, or answered by workers of which one dies: the same scores.

import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redisServer, toyChild, whyNoRedis } from '../../src/evaluate/replies/children-testing.js';
import { openQueue } from '../../src/evaluate/replies/queue.js';
import { RunFolder } from '../../src/evaluate/replies/run-folder.js';
import { nobody, TOY, toyBenchmark, toyJudge, toyResponder } from '../../src/evaluate/replies/toy-testing.js';
import { type BenchResult, runBenchmarks } from '../../src/evaluate/runner.js';

const SIZE = 2000;
/** The blind ask each question of a row with an image again. */
const ASKED = SIZE + SIZE / 2;

let root: string;
let whole: BenchResult[];
const options = { benchmarks: [toyBenchmark(SIZE)], judgeRepeats: 2, batchSize: 100 };
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'eval-runs-'));
  whole = await runBenchmarks({ ...options, responder: toyResponder(), judge: toyJudge() });
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** The keys of a folder, as often as they are kept. */
async function keysOf(dir: string): Promise<string[]> {
  const replies = join(dir, 'replies');
  const texts = await Promise.all((await readdir(replies)).map((name) => readFile(join(replies, name), 'utf8')));
  return texts.flatMap((text) => text.split('\n').filter(Boolean)).map((line) => (JSON.parse(line) as { key: string }).key);
}

describe('2,000 samples', () => {
  it('killed three times', async () => {
    const dir = join(root, 'killed');
    let before = 0;
    for (const dieAt of [311, 702, 1100]) {
      expect(await toyChild({ dir, size: SIZE, dieAt }).end).toMatchObject({ signal: 'SIGKILL' });
      before += dieAt - 1;
    }
    const last = toyChild({ dir, size: SIZE });
    const line = await last.next();
    expect(await last.end).toMatchObject({ code: 0 });
    expect(line?.result).toEqual(whole);
    expect(line?.asked).toBe(ASKED - before);
    const keys = await keysOf(dir);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('in three processes, one of which is killed and started again', async () => {
    const dir = join(root, 'shards');
    const killed = toyChild({ dir, size: SIZE, shard: '2/3', dieAt: 400 });
    const others = ['1/3', '3/3'].map((shard) => toyChild({ dir, size: SIZE, shard }));
    expect(await killed.end).toMatchObject({ signal: 'SIGKILL' });
    const again = toyChild({ dir, size: SIZE, shard: '2/3' });
    const asked = await Promise.all([...others, again].map(async (one) => (await one.next())?.asked as number));
    for (const one of [...others, again]) expect(await one.end).toMatchObject({ code: 0 });
    expect(asked.reduce((a, b) => a + b, 399)).toBe(ASKED);
    const folder = await RunFolder.open(dir, { name: 'toy', model: TOY });
    const judge = toyJudge();
    const results = await runBenchmarks({ ...options, responder: folder.responder(nobody), judge: folder.judge(judge, { judge: 1 }) });
    await folder.close();
    expect(results).toEqual(whole);
    expect(judge.asked).toBe(0);
  });

  const noRedis = whyNoRedis();
  it.skipIf(noRedis)(`over two workers of which one dies with its jobs${noRedis ? `: skipped, ${noRedis}` : ''}`, async () => {
    const dir = join(root, 'queue');
    const redis = await redisServer();
    const dies = toyChild({ worker: redis.url, holdAt: 200 });
    const workers = [dies];
    const another = async (): Promise<void> => {
      const worker = toyChild({ worker: redis.url });
      workers.push(worker);
      expect(await worker.next()).toEqual({ ready: true });
    };
    try {
      expect(await dies.next()).toEqual({ ready: true });
      const queue = await openQueue(redis.url, TOY);
      const folder = await RunFolder.open(dir, { name: 'toy', model: TOY });
      let told = 0;
      const running = runBenchmarks({
        ...options,
        responder: folder.responder({
          ...queue.responder,
          replies: (conversations, asked) =>
            queue.responder.replies(conversations, {
              ...asked,
              onReply: (one) => {
                told++;
                asked.onReply?.(one);
              },
            }),
        }),
        judge: folder.judge(toyJudge(), { judge: 1 }),
      });
      // The first worker is in the middle of jobs when it dies; the second takes these too, and a third comes in its place.
      expect(await dies.next()).toEqual({ holds: 200 });
      await another();
      dies.child.kill('SIGKILL');
      await another();
      expect(await running).toEqual(whole);
      expect(told).toBe(ASKED);
      const keys = await keysOf(dir);
      expect(new Set(keys).size).toBe(keys.length);
      await queue.close();
      await folder.close();
    } finally {
      for (const { child, end } of workers) {
        child.kill('SIGKILL');
        await end;
      }
      await redis.stop();
    }
  });
});

describe('sensorium eval --processes', () => {
  const fixture = (name: string): string => join(import.meta.dirname, 'fixtures', name);
  /** Runs the command from source. */
  const evaluate = (args: readonly string[], preload = '') => {
    const all = [
      '--import',
      'tsx',
      fixture('sensorium.ts'),
      'eval',
      'models/sensorium-tiny',
      '--bench',
      'pope',
      '--n',
      '20',
      '--json',
      ...args,
    ];
    const env = { ...process.env, SENSORIUM_THREADS: '1', NODE_OPTIONS: preload };
    return spawnSync(process.execPath, all, { cwd: join(import.meta.dirname, '..', '..'), encoding: 'utf8', env });
  };
  const benchmarksOf = ({ stdout }: { stdout: string }): unknown => (JSON.parse(stdout) as { benchmarks: unknown }).benchmarks;

  it('names a process that dies, and the same command again gives the scores of one process', async () => {
    const run = ['--run', join(root, 'processes'), '--processes', '2'];
    const died = evaluate(run, `--import ${pathToFileURL(fixture('die-in-part.mjs'))}`);
    expect(died.status).toBe(1);
    expect(died.stderr).toMatch(/2\/2.*SIGKILL/);
    expect(died.stderr).not.toMatch(/part 1\/2/);
    const before = (await keysOf(join(root, 'processes'))).length;
    const again = evaluate(run);
    expect([again.status, again.stderr.includes('error')]).toEqual([0, false]);
    expect(benchmarksOf(again)).toEqual(benchmarksOf(evaluate([])));
    const keys = await keysOf(join(root, 'processes'));
    expect(keys.length).toBeGreaterThan(before);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
