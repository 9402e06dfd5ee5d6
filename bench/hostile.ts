// `npm run bench -- hostile`: attacks on a server with eight honest streams running, and what those streams feel of each.

import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { packageRoot } from '../src/util/package.js';
import { ATTACKS, type Attack, type Target } from './hostile/attacks.js';
import type { ProbeReport } from './hostile/probe.js';

const USAGE = `usage: npm run bench -- hostile [options]

Each attack is made on a server of its own process while eight streams and a health check run beside it.

  --only TEXT     attacks whose names contain TEXT
  --json FILE     writes the rows
  --workers N     worker threads of the server (SENSORIUM_WORKERS; 0: all work on the main thread)
  --timeout S     seconds that an attack may take (default 120)
`;

/** A row of the table. Times in milliseconds, memory in MiB. */
interface Row extends ProbeReport {
  name: string;
  seconds: number;
  /** Milliseconds of processor time of the server's main thread, those of the streams included: what a busy machine does not change. */
  main: number;
  statuses: string;
  rss: number;
  rssAfter: number;
}

interface Server {
  child: ChildProcess;
  port: number;
}

const CONTEXT = 4096;

/** A copy of the smallest model, with room for long replies. */
function modelFolder(): string {
  const dir = join(mkdtempSync(join(tmpdir(), 'hostile-')), 'tiny');
  cpSync(join(packageRoot(), 'models', 'sensorium-tiny'), dir, { recursive: true });
  const path = join(dir, 'config.json');
  const config = JSON.parse(readFileSync(path, 'utf8'));
  (config.text_config ?? config).max_position_embeddings = CONTEXT;
  writeFileSync(path, JSON.stringify(config));
  return dir;
}

async function start(dir: string, workers: string | undefined): Promise<Server> {
  const root = packageRoot();
  const args = [
    join(root, 'bin', 'sensorium.mjs'),
    'serve',
    dir,
    '--embeddings',
    join(root, 'models', 'world-clip'),
    '--slots',
    '12',
    '--port',
    '0',
    '--threads',
    '1',
  ];
  const env = { ...process.env, ...(workers === undefined ? {} : { SENSORIUM_WORKERS: workers }) };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const port = await new Promise<number>((resolve, reject) => {
    let text = '';
    const read = (data: Buffer): void => {
      text = (text + data).slice(-10_000);
      const found = /http:\/\/[^\s:]+:(\d+)/.exec(text)?.[1];
      if (found) resolve(Number(found));
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.on('exit', (code) => reject(new Error(`the server ended with ${code}: ${text}`)));
  });
  return { child, port };
}

/** Memory of a process in MiB: what it holds, or what it held at most. */
function memoryOf(child: ChildProcess, field: 'VmRSS' | 'VmHWM'): number {
  const text = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(text)?.[1] ?? 0) / 1024);
}

/** Processor time of the main thread of a process, in milliseconds. */
function mainThread({ pid }: ChildProcess): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}

/** Makes VmHWM begin anew. */
function resetPeak(child: ChildProcess): void {
  writeFileSync(`/proc/${child.pid}/clear_refs`, '5');
}

function targetOf(port: number, model: string): Target {
  const agent = new Agent({ keepAlive: true });
  const send = (method: string, path: string, body?: string | Buffer, headers: Record<string, string> = {}): Promise<number> =>
    new Promise((resolve) => {
      const sent = request({ port, agent, path, method, headers });
      sent.on('error', () => resolve(0));
      sent.on('response', (answer) => {
        answer.resume();
        answer.on('close', () => resolve(answer.statusCode ?? 0));
      });
      sent.end(body);
    });
  return {
    port,
    model,
    embeddings: 'world-clip',
    get: (path) => send('GET', path),
    post: (path, body, headers = {}) =>
      send('POST', path, typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body), {
        'content-type': 'application/json',
        ...headers,
      }),
  };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function countOf(statuses: readonly number[]): string {
  const counts = new Map<number, number>();
  for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, n]) => (n > 1 ? `${status} x ${n}` : `${status}`)).join(', ') || '-';
}

/** One attack, with what the streams felt from its first byte until a second after its last answer. */
async function measure(attack: Attack, server: Server, target: Target, probe: () => Promise<ProbeReport>, seconds: number): Promise<Row> {
  await probe();
  resetPeak(server.child);
  const [from, main] = [performance.now(), mainThread(server.child)];
  const statuses = await Promise.race([attack.run(target), sleep(seconds * 1000).then(() => [-1])]);
  const took = (performance.now() - from) / 1000;
  const busy = mainThread(server.child) - main;
  await sleep(1000);
  const felt = await probe();
  const rss = memoryOf(server.child, 'VmHWM');
  await sleep(1000);
  return {
    name: attack.name,
    ...felt,
    seconds: took,
    main: busy,
    statuses: countOf(statuses),
    rss,
    rssAfter: memoryOf(server.child, 'VmRSS'),
  };
}

const line = (cells: readonly (string | number)[]): string =>
  `| ${cells.map((c) => (typeof c === 'number' ? Math.round(c) : c)).join(' | ')} |\n`;

/** The benchmark. */
export async function main(args: readonly string[]): Promise<number> {
  const option = (name: string): string | undefined => {
    const at = args.indexOf(`--${name}`);
    return at < 0 ? undefined : args[at + 1];
  };
  if (args.includes('--help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  const only = option('only');
  const attacks = ATTACKS.filter(({ name }) => only === undefined || name.includes(only));
  const dir = modelFolder();
  const rows: Row[] = [];
  process.stdout.write(line(['attack', 's', 'status', 'main %', 'pause ms', 'health p99', 'health most', 'failed', 'RSS', 'RSS after']));
  process.stdout.write(line(new Array(10).fill('---')));
  let server: Server | undefined;
  let worker: Worker | undefined;
  try {
    for (const attack of attacks) {
      if (!server || server.child.exitCode !== null) {
        server = await start(dir, option('workers'));
        await worker?.terminate();
        const data = { port: server.port, model: 'tiny', streams: 8 };
        worker = new Worker(new URL('./hostile/probe.js', import.meta.url), { workerData: data });
        await sleep(2000);
      }
      const clients = worker as Worker;
      const probe = (): Promise<ProbeReport> =>
        new Promise((resolve) => {
          clients.once('message', resolve);
          clients.postMessage('report');
        });
      const target = targetOf(server.port, 'tiny');
      const row = await measure(attack, server, target, probe, Number(option('timeout') ?? 120)).catch((error: unknown) => {
        if (server?.child.exitCode === null) throw error;
        return {
          name: attack.name,
          seconds: 0,
          main: 0,
          statuses: 'the server died',
          pause: 0,
          health: 0,
          healthMost: 0,
          chunks: 0,
          failed: 0,
          rss: 0,
          rssAfter: 0,
        };
      });
      rows.push(row);
      const { name, seconds, main, statuses, pause, health, healthMost, failed, rss, rssAfter } = row;
      process.stdout.write(
        line([name, seconds.toFixed(1), statuses, main / seconds / 10, pause, health, healthMost, failed, rss, rssAfter]),
      );
    }
  } finally {
    await worker?.terminate();
    server?.child.kill('SIGKILL');
    rmSync(join(dir, '..'), { recursive: true, force: true });
  }
  const file = option('json');
  if (file !== undefined) writeFileSync(file, `${JSON.stringify(rows, null, 2)}\n`);
  return 0;
}
