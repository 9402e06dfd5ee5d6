// Shares of a run over a real Redis server: a worker that dies in the middle of one loses and doubles nothing; what a queue cannot do.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redisServer, whyNoRedis } from '../evaluate/replies/children-testing.js';
import { curate } from './curate.js';
import { curateShares } from './shares.js';
import { SHARED_FILTERS as filters, writeTar } from './testing.js';

const script = fileURLToPath(new URL('./share-child.test-run.ts', import.meta.url));
/** Blocks of 64 rows are dealt in turns; the state of a share is saved every 16 of them. */
const ROWS = 4000;
const SAVED = 1024;

let dir: string;
let data: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-shares-'));
  const members = Array.from({ length: ROWS }, (_, i): [string, string] => [
    `${i}.txt`,
    i % 7 === 0 ? 'ok' : i % 11 === 0 ? 'click to enlarge the picture' : `a photo number ${i} of a dog on the grass`,
  ]);
  data = await writeTar(join(dir, 'data.tar'), members);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** All files of a folder that are not of the run's own state. */
async function filesOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, (await readFile(join(folder, name))).toString('base64')])));
}

const noRedis = whyNoRedis();
describe.skipIf(noRedis)(`shares by workers${noRedis ? `: skipped, ${noRedis}` : ''}`, () => {
  let redis: Awaited<ReturnType<typeof redisServer>>;
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    redis = await redisServer();
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await redis.stop();
  });
  const worker = (out: string, holdAt?: number) => {
    const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify({ redis: redis.url, path: data, out, holdAt })], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    children.push(child);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return { child, next: async () => JSON.parse((await lines.next()).value as string) as Record<string, unknown> };
  };

  it('are those of a run alone, to the byte, when a worker dies in the middle of one', { timeout: 600_000 }, async () => {
    const out = join(dir, 'shared');
    const options = { out, filters, rowsPerFile: 300 };
    const dies = worker(out, SAVED + 200);
    expect(await dies.next()).toEqual({ ready: true });
    const idle: boolean[] = [];
    const running = curateShares(data, options, { redis: redis.url, shares: 2, onIdle: () => idle.push(true) });
    expect(await dies.next()).toMatchObject({ holds: expect.any(Number) });
    dies.child.kill('SIGKILL');
    const lives = worker(out);
    expect(await lives.next()).toEqual({ ready: true });
    const report = await running;
    const whole = await curate(data, { out: join(dir, 'whole'), filters, rowsPerFile: 300 });
    expect(report).toEqual(whole);
    expect(idle).toEqual([]);
    for (const index of [0, 1]) {
      const alone = join(dir, `alone-${index}`);
      await curate(data, { out: alone, filters, rowsPerFile: 300, share: { index, count: 2 } });
      expect(await filesOf(join(out, `${index + 1}-of-2`))).toEqual(await filesOf(alone));
    }
    // What is done is not done again, also when nobody works any more.
    lives.child.kill('SIGKILL');
    expect(await curateShares(data, { ...options, resume: true }, { redis: redis.url, shares: 2 })).toEqual(report);
    await expect(curateShares(data, options, { redis: redis.url, shares: 2 })).rejects.toMatchObject({ code: 'data.exists' });
    await expect(curateShares(data, { ...options, resume: true }, { redis: redis.url, shares: 3 })).rejects.toMatchObject({
      code: 'curate.resume',
      place: expect.stringContaining('shares'),
    });
  });

  it('can be stopped while they wait', async () => {
    const stop = new AbortController();
    const options = { out: join(dir, 'waits'), filters, signal: stop.signal };
    const waiting = curateShares(data, options, { redis: redis.url, shares: 2, onIdle: () => stop.abort() });
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('shares', () => {
  it.each([
    ['no share', { shares: 0 }, 'curate.option'],
    ['a filter that compares rows of all shares', { filters: [{ name: 'duplicate' }] }, 'curate.option'],
    ['a server that is not there', { redis: 'redis://127.0.0.1:1' }, 'evaluate.queue'],
  ])('are refused with %s', async (name, given, code) => {
    const { shares, redis, ...more } = { shares: 2, redis: 'redis://127.0.0.1:1', filters, ...given };
    const run = curateShares(data, { out: join(dir, name.replaceAll(' ', '-')), ...more }, { redis, shares });
    await expect(run).rejects.toMatchObject({ code });
  });

  it('do not touch a folder that holds something else', async () => {
    const out = join(dir, 'mine');
    await mkdir(out);
    await writeFile(join(out, 'notes.txt'), 'mine');
    for (const force of [false, true])
      await expect(curateShares(data, { out, filters, force }, { redis: 'redis://127.0.0.1:1', shares: 2 })).rejects.toMatchObject({
        code: 'data.exists',
      });
    expect(await readdir(out)).toEqual(['notes.txt']);
  });
});
