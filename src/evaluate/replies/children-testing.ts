// For tests: the toy run in processes of its own, a Redis server of its own.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./child.test-run.ts', import.meta.url));

/** A process of the toy run. */
export interface ToyChild {
  child: ChildProcess;
  /** The next line that it prints; undefined when it has ended. */
  next(): Promise<Record<string, unknown> | undefined>;
  /** How it ended; with an error in its own words where it failed. */
  end: Promise<{ code: number | null; signal: string | null; said: string }>;
}

/** Starts a process of the toy run; what it takes is written in child.test-run.ts. */
export function toyChild(task: Record<string, unknown>): ToyChild {
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(task)], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (data: Buffer) => {
    said += data;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    async next() {
      const { value, done } = await lines.next();
      return done ? undefined : (JSON.parse(value) as Record<string, unknown>);
    },
    end: new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve({ code, signal, said }));
    }),
  };
}

/** Why tests over Redis are skipped here, or undefined where the program is installed. */
export function whyNoRedis(): string | undefined {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'redis-server is not installed (apt-get install redis-server)';
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a Redis server on a free port, in a folder of its own. */
export async function redisServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const [port, dir] = [await freePort(), await mkdtemp(join(tmpdir(), 'redis-'))];
  const child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--appendonly', 'no'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('Ready to accept connections')) resolve();
    });
    child.on('error', reject);
    ended.then(() => reject(new Error('redis-server ended')));
  });
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      await rm(dir, { recursive: true, force: true });
    },
  };
}
