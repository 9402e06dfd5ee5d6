// What every benchmark shares: options, rows, the printed table, the JSON file, and taking turns with peers.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { physicalCores } from '../src/runtime/cores.js';
import { SensoriumError } from '../src/util/errors.js';
import type { PeerProcess } from './peers/child.js';

/** One measured number and what others reach in the same run. All are throughputs: higher is better. */
export interface Row {
  name: string;
  case: string;
  unit: string;
  sensorium: number;
  /** By peer; one that could not run is absent. */
  peers: Record<string, number>;
  /** What the machine can do at best, in the same unit; null where there is no such number. */
  roofline: number | null;
  /** Anything else that was measured on the way, such as memory in MB. */
  extra?: Record<string, number>;
}

export interface BenchOptions {
  json?: string;
  /** The first that was asked for; 0 where none was. */
  threads: number;
  /** Those that every side of a contest tries, to go on with its best. */
  threadCounts: readonly number[];
  repeats: number;
  /** A try-out: few repeats, short work. */
  quick: boolean;
  peers: boolean;
  /** Options of one benchmark alone. */
  more: Record<string, string | undefined>;
}

const COMMON = `  --json FILE     write the rows as JSON
  --threads N     threads of every side (default: the physical cores, or where peers can try several, the best for each)
  --repeats N     timed rounds; the median counts (default and least: 5)
  --quick         one timed round: shows that everything runs, and says little about speed
  --no-peers      measure only Sensorium
  --help          this text`;

/** Parses a benchmark's arguments; undefined after --help, which is printed. Sets the threads of the runtime that is chosen later. */
export function benchOptions(args: readonly string[], usage: string, more: Record<string, string> = {}): BenchOptions | undefined {
  const own = Object.fromEntries(Object.keys(more).map((name) => [name, { type: 'string' as const }]));
  let values: Record<string, string | boolean | undefined>;
  try {
    const options = { json: { type: 'string' as const }, threads: { type: 'string' as const }, repeats: { type: 'string' as const } };
    const flags = { 'no-peers': { type: 'boolean' as const }, quick: { type: 'boolean' as const }, help: { type: 'boolean' as const } };
    values = parseArgs({ args: [...args], options: { ...options, ...flags, ...own } }).values as Record<
      string,
      string | boolean | undefined
    >;
  } catch (error) {
    throw new SensoriumError('cli.usage', (error as Error).message.split('\n')[0] as string, { hint: 'See --help' });
  }
  if (values.help) {
    const lines = Object.entries(more).map(([name, what]) => `  --${name} ${what}`);
    process.stdout.write(`${[usage, ...lines, COMMON].join('\n')}\n`);
    return undefined;
  }
  const count = (name: string, least: number): number | undefined => {
    const text = values[name];
    if (text === undefined) return undefined;
    const n = Number(text);
    if (!Number.isInteger(n) || n < least)
      throw new SensoriumError('cli.usage', `--${name} is out of range`, {
        expected: `a whole number from ${least}`,
        got: String(text),
      });
    return n;
  };
  const threads = values.threads === undefined ? undefined : numbersOf('threads', values.threads as string);
  // Everything else in this process goes by it, too.
  if (threads?.length === 1) process.env.SENSORIUM_THREADS = String(threads[0]);
  const quick = values.quick === true;
  const json = values.json as string | undefined;
  if (json !== undefined && !existsSync(dirname(join(process.cwd(), json))) && !existsSync(dirname(json)))
    throw new SensoriumError('cli.usage', 'the folder of --json does not exist', { place: json });
  return {
    json,
    threads: threads?.[0] ?? 0,
    threadCounts: threads ?? likelyThreads(),
    repeats: count('repeats', quick ? 1 : 5) ?? (quick ? 1 : 5),
    quick,
    peers: !values['no-peers'],
    more: Object.fromEntries(Object.keys(more).map((name) => [name, values[name] as string | undefined])),
  };
}

/** Counts among which the best one of a memory-bound or a compute-bound program is found: all cores, half of them, all hyper-threads. */
function likelyThreads(): number[] {
  const cores = physicalCores();
  return [...new Set([cores, Math.max(1, cores >> 1), ...(process.env.SENSORIUM_THREADS ? [] : [os.availableParallelism()])])];
}

/** Whole numbers of an option, with commas between them. Errors: `cli.usage`. */
export function numbersOf(option: string, text: string, { least = 1, most = Number.MAX_SAFE_INTEGER } = {}): number[] {
  const list = text.split(',').map(Number);
  if (list.every((n) => Number.isInteger(n) && n >= least && n <= most)) return list;
  throw new SensoriumError('cli.usage', `--${option} is out of range`, {
    expected: most === Number.MAX_SAFE_INTEGER ? `whole numbers from ${least}` : `whole numbers from ${least} to ${most}`,
    got: text,
  });
}

/** Names of an option, with commas between them, each one of those there are. Errors: `cli.usage`. */
export function namesOf<N extends string>(option: string, text: string, known: readonly N[]): N[] {
  const list = text.split(',');
  const wrong = list.find((name) => !known.includes(name as N));
  if (wrong === undefined) return list as N[];
  throw new SensoriumError('cli.usage', `--${option}: there is no such choice`, { expected: known.join(', '), got: wrong });
}

/** The middle of the values (of an even number, the lower one of the middle two). */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[(values.length - 1) >> 1] as number;
}

/** Says on stderr why a peer is missing. */
export function absent(peer: string, reason: string): void {
  process.stderr.write(`${peer}: not measured: ${reason}\n`);
}

/** Asks every peer in turn, after a pause each; one that fails is named, stopped and taken out. */
export async function askPeers(peers: Map<string, PeerProcess>, line: string, take: (name: string, answer: number) => void): Promise<void> {
  for (const [name, peer] of [...peers]) {
    await pause();
    try {
      take(name, (await peer.ask(line))[0] as number);
    } catch (error) {
      absent(name, (error as Error).message);
      peer.stop();
      peers.delete(name);
    }
  }
}

/** A pause between two sides, so that idle threads of one have stopped polling when the other is timed. */
export function pause(milliseconds = 60): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Prints the rows as a table, with ratios to the peers, and writes the JSON file if one is wanted. */
export function report(rows: readonly Row[], options: BenchOptions): void {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.peers)))];
  const digits = (v: number): string => (v >= 100 ? v.toFixed(0) : v >= 10 ? v.toFixed(1) : v.toFixed(2));
  const table = [['case', 'unit', 'sensorium', ...names.flatMap((n) => [n, 'ratio']), 'roofline', 'share']];
  for (const row of rows) {
    const peers = names.flatMap((n) => {
      const v = row.peers[n];
      return v === undefined ? ['-', '-'] : [digits(v), (row.sensorium / v).toFixed(2)];
    });
    const best = row.roofline === null ? ['-', '-'] : [digits(row.roofline), (row.sensorium / row.roofline).toFixed(2)];
    table.push([`${row.name} ${row.case}`, row.unit, digits(row.sensorium), ...peers, ...best]);
  }
  const widths = (table[0] as string[]).map((_, c) => Math.max(...table.map((line) => (line[c] as string).length)));
  const lines = table.map((line) =>
    line.map((cell, c) => (c < 2 ? cell.padEnd(widths[c] as number) : cell.padStart(widths[c] as number))).join('  '),
  );
  process.stdout.write(`${lines.join('\n')}\n`);
  process.stdout.write(`${machineLine()}\n`);
  if ((os.loadavg()[0] as number) > os.availableParallelism() * 1.2)
    process.stdout.write('The machine was busy: compare numbers of this run with one another only.\n');
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`);
}

/** The machine and how busy it is, in a line. */
export function machineLine(): string {
  return `${os.cpus()[0]?.model ?? 'unknown CPU'}, ${os.availableParallelism()} logical cores, load ${(os.loadavg()[0] as number).toFixed(1)}, Node ${process.versions.node}`;
}

/** What a machine is, beside the numbers that were measured on it. */
export interface Machine {
  cpu: string;
  cores: number;
  flags: string[];
  /** Load before the first measurement and after the last. */
  load: [number, number];
  node: string;
  threads: number;
}

/** The machine of a run that ends now and began under the load `loadBefore`. */
export function machineOf(threads: number, loadBefore: number): Machine {
  return {
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    flags: cpuFlags(),
    load: [loadBefore, os.loadavg()[0] as number],
    node: process.versions.node,
    threads,
  };
}

/** Which of the vector extensions that matter to products the CPU has, as Linux names them; elsewhere empty. */
export function cpuFlags(): string[] {
  const wanted = /^(avx\w*|fma|f16c|amx_\w*|asimd\w*|sve\w*|i8mm|bf16)$/;
  if (!existsSync('/proc/cpuinfo')) return [];
  const line = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'));
  return (line?.[1] ?? '').split(' ').filter((flag) => wanted.test(flag));
}

/** Runs a benchmark's body; errors come out readable. Resolves with the exit code. */
export async function runBench(body: () => Promise<void>): Promise<number> {
  try {
    await body();
    return 0;
  } catch (error) {
    if (!(error instanceof SensoriumError)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    return 1;
  }
}
