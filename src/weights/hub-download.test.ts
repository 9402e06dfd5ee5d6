// Downloads that go wrong: cut connections, wrong bytes, servers without ranges, busy ones and silent ones, and a process that is killed.

import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pullModel } from './hub.js';
import { HubClient } from './hub-client.js';
import { downloadBlob, partOf } from './hub-download.js';
import type { HubEvent } from './hub-events.js';
import type { HubOptions } from './hub-settings.js';
import { commitOf, etagOf, failure, startHub, type TestHub } from './hub-testing.js';

const A = commitOf('a');
const NAME = 'model.safetensors';
const WEIGHTS = Buffer.from(Array.from({ length: 400_000 }, (_, i) => (i * 7919) % 253));

let hub: TestHub;
let cacheDir: string;
let events: HubEvent[];
let options: HubOptions;

beforeEach(async () => {
  const files = { 'config.json': Buffer.from('{}'), 'tokenizer.json': Buffer.from('{"a":1}'), [NAME]: WEIGHTS };
  hub = await startHub({ 'org/model': { commits: { [A]: files }, refs: { main: A } } });
  cacheDir = await mkdtemp(join(tmpdir(), 'hub-download-'));
  events = [];
  options = { endpoint: hub.endpoint, cacheDir, token: false, retryMs: 1, retries: 2, onEvent: (event) => events.push(event) };
});

afterEach(async () => {
  await hub.close();
  await rm(cacheDir, { recursive: true, force: true });
});

const blob = (): string => join(cacheDir, 'models--org--model/blobs', etagOf(NAME, WEIGHTS));
const snapshot = (): string => join(cacheDir, 'models--org--model/snapshots', A);
const ranges = (): (string | undefined)[] => hub.seen.filter(({ server }) => server === 'content').map(({ range }) => range);
const retries = (): string[] => events.flatMap((event) => (event.type === 'retry' ? [event.reason] : []));
const progress = (): number[] => events.flatMap((event) => (event.type === 'progress' && event.path === NAME ? [event.done] : []));
const isWhole = async (): Promise<void> => {
  expect(WEIGHTS.equals(await readFile(join(snapshot(), NAME)))).toBe(true);
  expect((await readdir(join(cacheDir, 'models--org--model/blobs'))).filter((name) => name.includes('incomplete'))).toEqual([]);
};
async function leavePart(bytes: Buffer): Promise<void> {
  await mkdir(join(blob(), '..'), { recursive: true });
  await writeFile(partOf(blob()), bytes);
}

describe('a connection that is cut', () => {
  it('is opened again where it broke off, as often as it brings something', async () => {
    hub.faults[NAME] = [100_000, 90_000, 80_000, 70_000].map((cutAfter) => ({ cutAfter })); // more often than `retries`
    await pullModel('org/model', options);
    await isWhole();
    expect(ranges()).toHaveLength(5);
    expect(ranges()[0]).toBeUndefined();
    for (const range of ranges().slice(1)) expect(range).toMatch(/^bytes=[1-9]\d*-$/);
    expect(retries()).toHaveLength(4);
    expect(progress()).toEqual([...progress()].sort((a, b) => a - b));
  });

  it('is an error when it brings nothing again and again; what came stays for the next time', async () => {
    hub.faults[NAME] = [{ cutAfter: 100_000 }, ...Array.from({ length: 3 }, () => ({ cutAfter: 0 }))];
    const error = await failure(pullModel('org/model', options));
    expect(error.code).toBe('weights.offline');
    expect(await readdir(snapshot())).not.toContain(NAME);
    const kept = (await readFile(partOf(blob()))).length;
    expect(kept).toBeGreaterThan(0);
    hub.seen.length = 0;
    expect((await pullModel('org/model', options)).fetched).toBe(WEIGHTS.length - kept);
    expect(ranges()).toEqual([`bytes=${kept}-`]);
    await isWhole();
  });

  it('that says nothing any more counts as cut', async () => {
    hub.faults[NAME] = [{ stall: 100_000 }];
    const settings = { endpoint: hub.endpoint, cacheDir, token: undefined, offline: false, symlinks: true };
    const client = new HubClient({ repo: 'org/model', revision: A }, settings, { stallMs: 700, retryMs: 1, retries: 1000 });
    const reasons: string[] = [];
    await downloadBlob(client, {
      file: { path: NAME, size: WEIGHTS.length, etag: etagOf(NAME, WEIGHTS) },
      commit: A,
      blob: blob(),
      signal: new AbortController().signal,
      onRetry: (reason) => reasons.push(reason),
    });
    expect(WEIGHTS.equals(await readFile(blob()))).toBe(true);
    expect(new Set(reasons)).toEqual(new Set(['no answer in time']));
  });

  it('begins anew with a server that knows no ranges', async () => {
    hub.ranges = false;
    hub.faults[NAME] = [{ cutAfter: 100_000 }];
    await pullModel('org/model', options);
    await isWhole();
    expect(progress()).not.toEqual([...progress()].sort((a, b) => a - b));
    expect(progress().at(-1)).toBe(events.find((event) => event.type === 'plan')?.bytes);
  });
});

describe('wrong bytes', () => {
  it('are fetched once more', async () => {
    hub.faults[NAME] = [{ corrupt: true }];
    await pullModel('org/model', options);
    await isWhole();
    expect(retries()).toEqual(['the checksum is wrong']);
  });

  it('twice are an error that leaves nothing under a final name', async () => {
    hub.faults[NAME] = [{ corrupt: true }, { corrupt: true }];
    const error = await failure(pullModel('org/model', options));
    expect(error.code).toBe('weights.checksum');
    expect(error.expected).toBe(`SHA-256 ${etagOf(NAME, WEIGHTS)}`);
    expect(error.got).toMatch(/^[0-9a-f]{64}$/);
    expect(await readdir(snapshot())).not.toContain(NAME);
    expect((await readFile(partOf(blob()))).length).toBe(0);
  });

  it('of a small file are noticed too', async () => {
    hub.faults['config.json'] = [{ corrupt: true }, { corrupt: true }];
    const error = await failure(pullModel('org/model', options));
    expect([error.code, error.expected]).toEqual(['weights.checksum', expect.stringMatching(/^Git SHA-1 [0-9a-f]{40}$/)]);
  });

  it('left by an earlier download are replaced', async () => {
    await leavePart(Buffer.alloc(1000));
    await pullModel('org/model', options);
    await isWhole();
    expect(ranges()).toEqual(['bytes=1000-', undefined]);
  });

  it('more than there are, and exactly as many as there are', async () => {
    await leavePart(Buffer.concat([WEIGHTS, Buffer.alloc(5)]));
    await pullModel('org/model', options);
    await isWhole();
    await rm(join(cacheDir, 'models--org--model'), { recursive: true });
    hub.seen.length = 0;
    await leavePart(WEIGHTS); // killed between the last byte and the new name
    await pullModel('org/model', options);
    await isWhole();
    expect(ranges()).toEqual([]);
  });
});

describe('a busy server', () => {
  it('is asked again, when it wants', async () => {
    hub.faults[NAME] = [{ status: 503 }, { status: 429, headers: { 'retry-after': '0' } }];
    await pullModel('org/model', options);
    await isWhole();
    expect(events.flatMap((event) => (event.type === 'retry' ? [event.ms] : []))).toEqual([1, 0]);
  });

  it('is given up in the end, and other refusals at once', async () => {
    hub.faults[NAME] = Array.from({ length: 3 }, () => ({ status: 500 }));
    expect((await failure(pullModel('org/model', options))).code).toBe('weights.hub');
    expect(ranges()).toHaveLength(3);
    hub.seen.length = 0;
    hub.faults[NAME] = [{ status: 403 }];
    expect((await failure(pullModel('org/model', options))).message).toMatch(/refused.*403/);
    expect(ranges()).toHaveLength(1);
  });
});

describe('a process that is killed', () => {
  it('leaves no file half done under its name, and the next one goes on', async () => {
    hub.faults[NAME] = [{ stall: 150_000 }];
    const script = `
      import { pullModel } from '${join(import.meta.dirname, 'hub.ts')}';
      await pullModel('org/model', { endpoint: '${hub.endpoint}', cacheDir: '${cacheDir}', token: false,
        onEvent: (event) => { if (event.type === 'progress' && event.path === '${NAME}') console.log(event.done); } });`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      cwd: join(import.meta.dirname, '../..'),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise<void>((done) => child.on('exit', () => done()));
    for await (const line of child.stdout) if (Number(String(line).trim().split('\n').at(-1)) >= 150_000) break;
    child.kill('SIGKILL');
    await ended;
    expect((await readdir(snapshot())).sort()).toEqual(['config.json', 'tokenizer.json']);
    expect(await readdir(join(cacheDir, '.locks/models--org--model'))).toEqual(['.lock']);
    hub.seen.length = 0;
    const { fetched } = await pullModel('org/model', options);
    expect(ranges()).toEqual([`bytes=${WEIGHTS.length - fetched}-`]);
    expect(fetched).toBeLessThan(WEIGHTS.length);
    await isWhole();
  });
});
