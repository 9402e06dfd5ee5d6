// For the suites of several processes: starts a command with mpirun, and says why it cannot where it is missing.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const script = join(import.meta.dirname, 'fixtures', 'sensorium.ts');

/** Why tests over MPI are skipped here, or undefined where it is installed. */
export function whyNoMpi(): string | undefined {
  try {
    return /open mpi|open-mpi/i.test(execFileSync('mpirun', ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
      ? undefined
      : 'mpirun is not that of Open MPI';
  } catch {
    return 'mpirun is not installed (apt-get install openmpi-bin libopenmpi-dev)';
  }
}

/** A line of a command with --json. */
export interface Line {
  type: string;
  stage?: string;
  step?: number;
  loss?: number;
  path?: string;
  saved?: string;
}

/** How a job ended. */
export interface Ended {
  code: number | null;
  lines: Line[];
  /** What all of its processes wrote to stderr. */
  text: string;
}

/** Options of `sensorium`. */
export interface JobOptions {
  /** Processes; 1 starts the command without mpirun. */
  ranks: number;
  /** Called with each line of rank 0 and the launcher, or the command itself. */
  onLine?: (line: Line, child: ChildProcess) => void;
  env?: Record<string, string>;
  /** Further options of mpirun, and what it is started with. */
  mpirun?: readonly string[];
  within?: readonly string[];
}

/** Runs `sensorium ARGS --json` from source in as many processes. */
export function sensorium(args: readonly string[], { ranks, onLine, env = {}, mpirun = [], within = [] }: JobOptions): Promise<Ended> {
  const command = [process.execPath, '--import', 'tsx', script, ...args, '--json'];
  const launcher = ranks === 1 ? [] : ['mpirun', '-n', String(ranks), '--oversubscribe', '--bind-to', 'none', ...mpirun];
  const [program = '', ...rest] = [...within, ...launcher, ...command];
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        SENSORIUM_THREADS: '1',
        OMPI_ALLOW_RUN_AS_ROOT: '1', // in the containers of tests
        OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
        ...env,
      },
    });
    const lines: Line[] = [];
    let [text, rest_] = ['', ''];
    child.stderr.on('data', (d: Buffer) => {
      text += d;
    });
    child.stdout.on('data', (d: Buffer) => {
      rest_ += d;
      for (let at = rest_.indexOf('\n'); at >= 0; at = rest_.indexOf('\n')) {
        const line = rest_.slice(0, at);
        rest_ = rest_.slice(at + 1);
        if (!line.startsWith('{')) continue; // of mpirun
        const event = JSON.parse(line) as Line;
        lines.push(event);
        onLine?.(event, child);
      }
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, lines, text }));
  });
}

/** The process of a rank of a job, by what mpirun wrote into its environment. */
export function pidOfRank(rank: number, launcher: number): number {
  const children = (pid: number): number[] =>
    readdirSync('/proc').flatMap((name) => {
      if (!/^\d+$/.test(name)) return [];
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid ? [Number(name)] : [];
      } catch {
        return []; // ended in between
      }
    });
  const all = (pid: number): number[] => children(pid).flatMap((child) => [child, ...all(child)]);
  const found = all(launcher).find((pid) =>
    readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`OMPI_COMM_WORLD_RANK=${rank}`),
  );
  if (found === undefined) throw new Error(`rank ${rank} of process ${launcher} is not there`);
  return found;
}
