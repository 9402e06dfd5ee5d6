// Models of the hub on the command line: `pull`, what is shown meanwhile, and `ask` with an id instead of a folder.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { encodePng } from '../media/index.js';
import { commitOf, filesOf, startHub, type TestHub } from '../weights/hub-testing.js';
import { ask } from './ask.js';
import { hubView } from './fetch-model.js';
import { main } from './main.js';
import { pull } from './pull.js';
import { createProgress } from './terminal.js';

const A = commitOf('a');
let hub: TestHub;
let dir: string;

beforeAll(async () => {
  hub = await startHub({ 'sensorium/tiny': { commits: { [A]: await filesOf('models/sensorium-tiny') }, refs: { main: A, 'v1.0': A } } });
  dir = await mkdtemp(join(tmpdir(), 'pull-'));
  vi.stubEnv('HF_ENDPOINT', hub.endpoint);
  vi.stubEnv('HF_HOME', dir);
  vi.stubEnv('HF_HUB_CACHE', join(dir, 'hub'));
  vi.stubEnv('HF_HUB_OFFLINE', '');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await hub.close();
  await rm(dir, { recursive: true, force: true });
});

let shown: string[];
const progress = () => createProgress({ stream: { isTTY: false, write: (text) => shown.push(text) } });
beforeEach(() => {
  shown = [];
});

describe('pull', () => {
  it('shows what comes and how large it is, and prints the folder', async () => {
    let out = '';
    const write = (text: string): void => {
      out += text;
    };
    await pull('sensorium/tiny', { progress: progress(), write });
    const snapshot = join(dir, 'hub/models--sensorium--tiny/snapshots', A);
    expect(out).toBe(`${snapshot}\n`);
    expect(JSON.parse(await readFile(join(snapshot, 'config.json'), 'utf8'))).toHaveProperty('architectures');
    const told = shown.join('');
    expect(told).toMatch(/^sensorium\/tiny at main \(\w{8}\): \d+ files, [\d.]+ MiB, into /);
    expect(told).toMatch(/^ +[\d.]+ MiB {2}model\.safetensors$/m);
    expect(told).toMatch(/^fetching sensorium\/tiny: ([\d.]+ MiB)\/\1/m);
    expect(told).toMatch(/[\d.]+ MiB in .*, .*iB\/s; checksums are right\n$/);
    out = '';
    await pull('sensorium/tiny', { revision: 'v1.0', json: true, progress: progress(), write });
    expect(JSON.parse(out)).toMatchObject({ repo: 'sensorium/tiny', revision: 'v1.0', commit: A, dir: snapshot, fetched: 0 });
    expect(shown.join('')).toMatch(/is here already/);
  });

  it('ends with an error that says what to do', async () => {
    const run = async (...args: string[]) => {
      let err = '';
      const code = await main(['pull', ...args], { out: () => {}, err: (text) => (err += text) });
      return { code, err };
    };
    expect(await run()).toMatchObject({ code: 2, err: expect.stringMatching(/no model is named/) });
    expect(await run('a/b', 'c/d')).toMatchObject({ code: 2 });
    expect(await run('models')).toMatchObject({ code: 1, err: expect.stringMatching(/not the id.*\n.*org\/name/) });
    expect(await run('sensorium/tinny')).toMatchObject({ code: 1, err: expect.stringMatching(/hub has no such model/) });
    expect(await run('sensorium/tiny', '--revision', 'v2')).toMatchObject({ code: 1, err: expect.stringMatching(/no such revision/) });
  });
});

describe('ask', () => {
  it('answers with a model of the hub as with its folder', async () => {
    const picture = join(dir, 'red.png');
    await writeFile(picture, await encodePng({ width: 64, height: 64, data: new Uint8Array(64 * 64 * 3).fill(200) }));
    const question = { images: [picture], question: 'What is in the picture?' };
    const answer = (model: string) => ask(question, { model, maxTokens: 4, write: () => {} });
    const [local, remote] = [await answer('models/sensorium-tiny'), await answer('sensorium/tiny')];
    expect(remote).toBe(local);
    expect(local.length).toBeGreaterThan(0);
  });
});

describe('hubView', () => {
  it('shows a bar with the rate, and tells of what goes wrong', () => {
    let time = 0;
    const stream = { isTTY: true, columns: 120, write: (text: string) => shown.push(text) };
    const show = hubView(createProgress({ stream, now: () => time }), () => time);
    const files = [{ path: 'model.safetensors', size: 2 ** 30 }];
    show({ type: 'plan', repo: 'o/n', revision: 'main', commit: A, files, bytes: 2 ** 30, resumed: 2 ** 28, dir: '/cache' });
    show({ type: 'progress', path: 'model.safetensors', done: 2 ** 28, total: 2 ** 30 });
    time = 8000;
    show({ type: 'progress', path: 'model.safetensors', done: 2 ** 29, total: 2 ** 30 });
    expect(shown[0]).toContain('1 file, 1.0 GiB, of which 256.0 MiB are here already');
    expect(shown.at(-1)).toContain('512.0 MiB/1.0 GiB · ETA 16.0 s · 32.0 MiB/s');
    show({ type: 'retry', path: 'model.safetensors', reason: 'ECONNRESET', ms: 2000 });
    show({ type: 'wait', repo: 'o/n', holder: 'a lock of process 7' });
    show({ type: 'stale', repo: 'o/n', revision: 'main', commit: A, reason: 'ENOTFOUND' });
    const told = shown.join('');
    expect(told).toContain('model.safetensors: ECONNRESET; trying again in 2.0 s');
    expect(told).toContain('being fetched by another process (a lock of process 7)');
    expect(told).toContain('warning: the hub cannot be reached (ENOTFOUND); using o/n at main from the cache');
  });
});
