// `sensorium eval --processes N`: the parts of a run, each answered by a process of this command itself.

import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import type { BenchProgress } from '../evaluate/answering.js';
import { SensoriumError } from '../util/errors.js';

/** Set for the processes of a run: they tell their progress to the one that started them. */
const CHILD = 'SENSORIUM_EVAL_CHILD';

/** Options that are the first process's alone, and whether they take a value. */
const OWN: Readonly<Record<string, boolean>> = {
  processes: true,
  out: true,
  replies: true,
  report: true,
  json: false,
};

/** The options without those that are the first process's alone. */
export function childArgs(rawArgs: readonly string[]): string[] {
  const out: string[] = [];
  for (let i = 0; i < rawArgs.length; i++) {
    const arg = rawArgs[i] as string;
    const takesValue = OWN[/^--?([^=]*)/.exec(arg)?.[1] ?? ''];
    if (takesValue === undefined) out.push(arg);
    else if (takesValue && !arg.includes('=')) i++;
  }
  return out;
}

/** How Node starts this command, from sources or from the build. */
function nodeArgs(): string[] {
  const main = new URL(`./main${extname(import.meta.url)}`, import.meta.url).href;
  const script = `const { main } = await import(${JSON.stringify(main)}); process.exitCode = await main(process.argv.slice(1));`;
  return [...process.execArgv, '--input-type=module', '-e', script, '--'];
}

/** How a process ended that did not answer its part. */
interface Dead {
  part: string;
  how: string;
  /** The last lines that it wrote. */
  said: string;
}

/** Lines of a process that died which are shown. */
const LINES = 6;

/** Options of `runProcesses`. */
export interface ProcessOptions {
  /** Of this run, as they were given. */
  rawArgs: readonly string[];
  count: number;
  signal: AbortSignal;
  /** The sum over all processes for what they are doing; a process that is behind counts for the later one as nothing. */
  onProgress?: (progress: BenchProgress) => void;
}

/**
 * Answers a run in processes, each a part, and waits for all of them. Errors: `evaluate.process` with every process that died and its last
 * words, when the others are done; the signal's reason.
 */
export async function runProcesses({ rawArgs, count, signal, onProgress }: ProcessOptions): Promise<void> {
  const states = new Map<string, Map<number, BenchProgress>>();
  const told = (index: number, state: BenchProgress): void => {
    const key = `${state.who}\n${state.bench}`;
    const those = states.get(key) ?? new Map<number, BenchProgress>();
    states.set(key, those.set(index, state));
    const sum = (value: (one: BenchProgress) => number): number => [...those.values()].reduce((all, one) => all + value(one), 0);
    onProgress?.({ ...state, done: sum((one) => one.done), total: sum((one) => one.total), kept: sum((one) => one.kept ?? 0) });
  };
  const parts = Array.from({ length: count }, (_, i) => i + 1);
  const ends = await Promise.all(parts.map((index) => runPart(index, count, rawArgs, signal, (state) => told(index, state))));
  signal.throwIfAborted();
  const dead = ends.filter((end) => end !== undefined);
  if (dead.length === 0) return;
  throw new SensoriumError('evaluate.process', 'processes of the run ended before they had answered their parts', {
    place: dead.map(({ part, how }) => `part ${part}: ${how}`).join('; '),
    expected: `${count} parts`,
    got: [`${count - dead.length}`, ...dead.map(({ part, said }) => (said ? `${part} said:\n${said}` : ''))].filter(Boolean).join('\n'),
    hint: 'Run the same command again: it asks only what is missing',
  });
}

function runPart(
  index: number,
  count: number,
  rawArgs: readonly string[],
  signal: AbortSignal,
  onProgress: (progress: BenchProgress) => void,
): Promise<Dead | undefined> {
  const part = `${index}/${count}`;
  const threads = String(Math.max(1, Math.floor(availableParallelism() / count)));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...nodeArgs(), 'eval', ...childArgs(rawArgs), '--shard', part], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { SENSORIUM_THREADS: threads, ...process.env, [CHILD]: '1' },
    });
    let said = '';
    child.stderr?.on('data', (data: Buffer) => {
      said = (said + data).slice(-10_000);
    });
    child.on('message', (message) => onProgress(message as BenchProgress));
    const stop = (): void => void child.kill('SIGINT');
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    const end = (): void => signal.removeEventListener('abort', stop);
    child.on('error', (error) => {
      end();
      reject(error);
    });
    child.on('close', (code, by) => {
      end();
      const how = by ? `killed by ${by}` : `exit code ${code}`;
      resolve(code === 0 ? undefined : { part, how, said: said.trim().split('\n').slice(-LINES).join('\n') });
    });
  });
}

/** For a process that `runProcesses` started: tells its progress, and ends the work when the first process is gone. Undefined for others. */
export function asChild(stop: () => void): ((progress: BenchProgress) => void) | undefined {
  if (process.env[CHILD] === undefined || !process.send) return undefined;
  process.once('disconnect', stop);
  process.channel?.unref();
  return (progress) => {
    if (process.connected) process.send?.(progress);
  };
}
