// Set-up of a checkout: what counts as installed and built, one set-up at a time, totals of a test run, exit codes and signals passed on.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const run = promisify(execFile);

interface Setup {
  checkNode(version?: string, wanted?: string): void;
  whyInstall(dir: string): string | undefined;
  whyBuild(dir: string): string | undefined;
  sourceHash(dir: string): string;
}
interface Totals {
  countReport(report: unknown, code: number): { passed: number; failed: number; skipped: number };
  totalLine(counts: { passed: number; failed: number; skipped: number }[]): string;
}
const load = async <T>(name: string): Promise<T> => (await import(join(root, 'scripts', name))) as T;

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-setup-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function put(files: Record<string, unknown>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(dir, name, '..'), { recursive: true });
    await writeFile(join(dir, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
}

/** Runs a program and gives its exit code and output, whatever they are. */
function outcome(child: ChildProcess): Promise<{ code: number | null; out: string }> {
  let out = '';
  child.stdout?.on('data', (chunk) => {
    out += String(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    out += String(chunk);
  });
  return new Promise((done) => child.on('close', (code) => done({ code, out })));
}

describe('set-up', () => {
  it('refuses an old Node', async () => {
    const { checkNode } = await load<Setup>('setup.mjs');
    for (const good of ['20.19.0', '20.20.2', '22.0.0', '24.1.0']) expect(() => checkNode(good, '>=20.19'), good).not.toThrow();
    for (const bad of ['18.20.0', '20.18.3', '20.9.0']) expect(() => checkNode(bad, '>=20.19'), bad).toThrow(/needs Node 20\.19 or newer/);
  });

  it('knows when packages are missing or different', async () => {
    const { whyInstall } = await load<Setup>('setup.mjs');
    const manifest = { dependencies: { a: '1.0.0' } };
    const lock = {
      packages: {
        '': manifest,
        'node_modules/a': { version: '1.0.0' },
        'node_modules/b': { version: '2.0.0' },
        'node_modules/c': { version: '1.0.0', optional: true },
      },
    };
    const installed = { packages: { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0' } } };
    await put({ 'package.json': manifest, 'package-lock.json': lock });
    expect(whyInstall(dir)).toMatch(/missing or incomplete/);
    await put({ 'node_modules/.package-lock.json': installed });
    expect(whyInstall(dir)).toBeUndefined();
    await put({ 'node_modules/.package-lock.json': { packages: { ...installed.packages, 'node_modules/b': { version: '2.1.0' } } } });
    expect(whyInstall(dir)).toBe('b is 2.1.0, the lock says 2.0.0');
    await put({ 'node_modules/.package-lock.json': '{"packages": {' });
    expect(whyInstall(dir)).toMatch(/incomplete/);
    await put({ 'node_modules/.package-lock.json': installed, 'package.json': { dependencies: { a: '1.0.0', d: '3.0.0' } } });
    expect(whyInstall(dir)).toMatch(/asks for d 3\.0\.0/);
  });

  it('knows when sources have changed, by content and not by time', async () => {
    const { whyBuild, sourceHash } = await load<Setup>('setup.mjs');
    await put({ 'src/a.ts': 'export const a = 1;', 'src/a.test.ts': 'x', 'package.json': {} });
    expect(whyBuild(dir)).toMatch(/no build/);
    await put({ 'dist/.sources': sourceHash(dir) });
    expect(whyBuild(dir)).toBeUndefined();
    await put({ 'src/a.ts': 'export const a = 1;', 'src/a.test.ts': 'changed', 'docs/x.md': 'x' });
    expect(whyBuild(dir)).toBeUndefined();
    await put({ 'src/deep/b.ts': '' });
    expect(whyBuild(dir)).toMatch(/changed/);
    await rm(join(dir, 'src/deep'), { recursive: true });
    expect(whyBuild(dir)).toBeUndefined();
  });

  it('runs one at a time, also after a crash', async () => {
    const lock = join(dir, '.cache', 'setup.lock');
    const log = join(dir, 'log');
    await put({ '.cache/setup.lock': '999999999 of-a-process-that-has-ended', log: '' });
    const code = `
      import { appendFileSync } from 'node:fs';
      import { exclusively } from ${JSON.stringify(join(root, 'scripts', 'setup.mjs'))};
      await exclusively(async () => {
        appendFileSync(${JSON.stringify(log)}, 'in ');
        await new Promise((r) => setTimeout(r, 60));
        appendFileSync(${JSON.stringify(log)}, 'out ');
      }, ${JSON.stringify(lock)});`;
    await Promise.all([1, 2, 3].map(() => run(process.execPath, ['--input-type=module', '-e', code])));
    expect(await readFile(log, 'utf8')).toBe('in out in out in out ');
    await expect(readFile(lock)).rejects.toThrow(/ENOENT/);
  });

  it('counts tests, and what never got so far', async () => {
    const { countReport, totalLine } = await load<Totals>('test.mjs');
    const good = countReport({ numPassedTests: 5, numFailedTests: 0, numPendingTests: 2, testResults: [] }, 0);
    const bad = countReport({ numPassedTests: 1, numFailedTests: 1, testResults: [{ status: 'failed', assertionResults: [] }] }, 1);
    expect(good).toEqual({ passed: 5, failed: 0, skipped: 2 });
    expect(bad.failed).toBe(2);
    expect(countReport(undefined, 139)).toEqual({ passed: 0, failed: 1, skipped: 0 });
    expect(totalLine([good, bad])).toBe('6 passed, 2 failed, 2 skipped');
    expect(totalLine([])).toBe('0 passed, 0 failed');
  });

  it('passes on exit codes and signals', async () => {
    const child = (code: string, options = '{}'): ChildProcess =>
      spawn(process.execPath, [
        '--input-type=module',
        '-e',
        `import { runChild } from ${JSON.stringify(join(root, 'scripts', 'child.mjs'))};
         process.exitCode = await runChild(process.execPath, ['-e', ${JSON.stringify(code)}], ${options});`,
      ]);
    expect((await outcome(child('process.exit(7)'))).code).toBe(7);
    expect((await outcome(child('process.kill(process.pid, "SIGKILL")'))).code).toBe(137);
    expect((await outcome(child('setInterval(() => {}, 1000)', '{ timeoutMs: 300 }'))).code).toBe(124);
    // Without a terminal an interrupt is passed on, and the child ends in its own way.
    const graceful = child(
      "process.on('SIGINT', () => { console.log('stopping'); process.exit(3); }); setInterval(() => {}, 1000); console.log('up')",
    );
    const end = outcome(graceful);
    await new Promise((ready) => graceful.stdout?.once('data', ready));
    graceful.kill('SIGINT');
    expect(await end).toMatchObject({ code: 130, out: expect.stringContaining('stopping') });
  });
});

describe('the command', () => {
  it('says how to build when there is no build', async () => {
    await cp(join(root, 'bin'), join(dir, 'bin'), { recursive: true });
    await symlink(join(dir, 'bin', 'sensorium.mjs'), join(dir, 'sensorium'));
    const { code, out } = await outcome(spawn(process.execPath, [join(dir, 'sensorium')]));
    expect(code).toBe(1);
    expect(out).toContain('npm run build');
  });

  it('lists the tasks of the runner', async () => {
    const runner = join(root, 'scripts', 'run.mjs');
    expect(await outcome(spawn(process.execPath, [runner, '--help']))).toMatchObject({
      code: 0,
      out: expect.stringContaining('quickstart'),
    });
    expect(await outcome(spawn(process.execPath, [runner, 'nonsense']))).toMatchObject({
      code: 2,
      out: expect.stringContaining("unknown task 'nonsense'"),
    });
  });
});
