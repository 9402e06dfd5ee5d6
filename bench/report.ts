// What every benchmark shares: options, rows, the printed table, the JSON file, and taking turns with peers.

import { existsSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
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
  threads: number;
  repeats: number;
  peers: boolean;
  /** Options of one benchmark alone. */
  more: Record<string, string | undefined>;
}

const COMMON = `  --json FILE     write the rows as JSON
  --threads N     threads of every side (default: the physical cores)
  --repeats N     timed rounds; the median counts (default and least: 5)
  --no-peers      measure only Sensorium
  --help          this text`;

/** Parses a benchmark's arguments; undefined after --help, which is printed. Sets the threads of the runtime that is chosen later. */
export function benchOptions(args: readonly string[], usage: string, more: Record<string, string> = {}): BenchOptions | undefined {
  const own = Object.fromEntries(Object.keys(more).map((name) => [name, { type: 'string' as const }]));
  let values: Record<string, string | boolean | undefined>;
  try {
    const options = { json: { type: 'string' as const }, threads: { type: 'string' as const }, repeats: { type: 'string' as const } };
    const flags = { 'no-peers': { type: 'boolean' as const }, help: { type: 'boolean' as const } };
    values = parseArgs({ args: [...args], options: { ...options, ...flags, ...own } }).values as Record<
      string,
      string | boolean | undefined
    >;
  } catch (error) {
    throw new SensoriumError('bench.option', (error as Error).message.split('\n')[0] as string, { hint: 'See --help' });
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
      throw new SensoriumError('bench.option', `--${name} is out of range`, {
        expected: `a whole number from ${least}`,
        got: String(text),
      });
    return n;
  };
  const threads = count('threads', 1);
  if (threads !== undefined) process.env.SENSORIUM_THREADS = String(threads);
  const json = values.json as string | undefined;
  if (json !== undefined && !existsSync(dirname(join(process.cwd(), json))) && !existsSync(dirname(json)))
    throw new SensoriumError('bench.option', 'the folder of --json does not exist', { place: json });
  return {
    json,
    threads: threads ?? 0,
    repeats: count('repeats', 5) ?? 5,
    peers: !values['no-peers'],
    more: Object.fromEntries(Object.keys(more).map((name) => [name, values[name] as string | undefined])),
  };
}

/** The checkout, whether this runs compiled (dist/bench) or from source (bench). */
export function rootFolder(): string {
  let at = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(at, 'package.json'))) at = dirname(at);
  return at;
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
  const load = os.loadavg()[0] as number;
  process.stdout.write(
    `${os.cpus()[0]?.model ?? 'unknown CPU'}, ${os.availableParallelism()} logical cores, load ${load.toFixed(1)}, Node ${process.versions.node}\n`,
  );
  if (load > os.availableParallelism() * 1.2)
    process.stdout.write('The machine was busy: compare numbers of this run with one another only.\n');
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`);
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
