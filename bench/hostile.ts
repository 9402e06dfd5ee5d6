// `npm run bench -- hostile`: attacks on a server with eight honest streams running, and what those streams feel of each.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { SensoriumError } from '../src/util/errors.js';
import { ATTACKS } from './hostile/attacks.js';
import { runCrowd } from './hostile/crowd.js';
import { runHonest } from './hostile/honest.js';
import { modelFolder } from './hostile/server.js';
import { Arena } from './hostile/table.js';
import { BARS, failures, type Row, summary, tableHead, tableRow } from './hostile/verdict.js';
import { cpuFlags, machineLine, numbersOf, runBench } from './report.js';

const USAGE = `usage: npm run bench -- hostile [options]

Each attack is made on a server of its own process while eight streams and a health check run beside it. Bars: no stream pauses longer than
${BARS.pause} ms, /health p99 below ${BARS.health} ms, no honest request fails, memory below ${BARS.peak} times what it is when quiet and what the options allow, back to
within 20 % of it after a minute, no crash, no 5xx but 503. Rows come as they are measured; the exit code is 1 when one fails.

  block    longest time that the server's main thread computed between two turns of its loop, in time that it had a core: the one number
           that a busy machine does not change
  waited   longest time between two turns that this thread waited for a core
  late     how late the clients themselves were

  --only TEXT     attacks whose names contain TEXT (or one of several, with | between them)
  --list          names of all attacks
  --json FILE     writes the rows, after each of them
  --resume        takes the rows that FILE has already as they are
  --timeout S     seconds that an attack may take (default 60)
  --recovery S    seconds that are spent on waiting for memory to come back, over all attacks (default 120)
  --busy          the machine is busy: bars of wall time (pause, health) are shown and do not count
  --workers N     worker threads of the server (SENSORIUM_WORKERS; 0: all work on the main thread)

  --honest        instead of attacks: requests with a photograph of 12 megapixels each, beside the streams
  --photos N      how many, all at once (default 40)
  --clients N     instead of attacks: N clients of every temper, for some time
  --minutes N     how long (default 10)
`;

/** The benchmark. */
export async function main(args: readonly string[]): Promise<number> {
  let failed = false;
  const code = await runBench(async () => {
    const options = readOptions(args);
    if (options.help) process.stdout.write(USAGE);
    else if (options.list) process.stdout.write(`${ATTACKS.map(({ name }) => name).join('\n')}\n`);
    else if (options.honest) failed = !(await runHonest(options));
    else if (options.clients !== undefined) failed = !(await runCrowd({ ...options, clients: numberOf('clients', options.clients) }));
    else failed = !(await runTable(options));
  });
  return code === 0 && failed ? 1 : code;
}

type Options = ReturnType<typeof readOptions>;

function readOptions(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const names = { only: text, json: text, timeout: text, recovery: text, workers: text, clients: text, minutes: text, photos: text };
  try {
    const options = { ...names, list: flag, resume: flag, busy: flag, honest: flag, help: flag };
    const { values } = parseArgs({ args: [...args], options });
    const { timeout = '60', recovery = '120', minutes = '10', photos = '40' } = values;
    return {
      ...values,
      timeout: numberOf('timeout', timeout),
      recovery: numberOf('recovery', recovery),
      minutes: numberOf('minutes', minutes),
      photos: numberOf('photos', photos),
    };
  } catch (error) {
    if (error instanceof SensoriumError) throw error;
    throw new SensoriumError('cli.usage', (error as Error).message.split('\n')[0] as string, { hint: 'See --help' });
  }
}

const numberOf = (name: string, text: string): number => numbersOf(name, text)[0] as number;

/** Makes the attacks. True when all bars hold. */
async function runTable({ only, json, resume, busy, timeout, recovery, workers }: Options): Promise<boolean> {
  const wanted = only?.split('|');
  const attacks = ATTACKS.filter(({ name }) => wanted === undefined || wanted.some((part) => name.includes(part)));
  const rows: Row[] = resume && json !== undefined && existsSync(json) ? JSON.parse(readFileSync(json, 'utf8')).rows : [];
  const model = modelFolder();
  const server = workers === undefined ? {} : { workers };
  const arena = new Arena(model.dir, { server, timeout: timeout * 1000, recovery });
  const from = performance.now();
  process.stdout.write(tableHead());
  for (const row of rows) process.stdout.write(tableRow(row, busy));
  let end: Awaited<ReturnType<Arena['last']>>;
  try {
    for (const attack of attacks) {
      if (rows.some(({ name }) => name === attack.name)) continue;
      const row = await arena.measure(attack);
      rows.push(row);
      process.stdout.write(tableRow(row, busy));
      if (json !== undefined) write(json, rows, busy);
    }
    end = await arena.last();
  } finally {
    await arena.stop();
    model.remove();
  }
  const { failed, worst } = summary(rows, busy);
  const words = Object.entries(worst).map(([what, { value, attack }]) => `${what} ${value} (${attack})`);
  const memory = end && `${end.rss} MiB ${end.recovered ? `after ${end.seconds} s` : 'after a minute: more than'}, quiet ${end.quiet} MiB`;
  process.stdout.write(`
${rows.length} attacks in ${((performance.now() - from) / 60_000).toFixed(1)} minutes: ${rows.length - failed.length} ok, ${failed.length} failed
worst: ${words.join(', ')}
memory at the end: ${memory ?? 'the server was ended'}
${machineLine()}
`);
  if (json !== undefined) write(json, rows, busy, end);
  return failed.length === 0 && end?.recovered !== false;
}

function write(file: string, rows: readonly Row[], busy: boolean, end?: unknown): void {
  const { failed, ...rest } = summary(rows, busy);
  const result = {
    what: 'attacks on a server with eight honest streams: what the streams feel of each, and the memory of the server',
    commands: ['npm run bench -- hostile --json FILE'],
    date: new Date().toISOString().slice(0, 10),
    machine: { cpu: machineLine(), flags: cpuFlags().join(' ') },
    bars: BARS,
    ...rest,
    failed,
    end,
    rows: rows.map((row) => ({ ...row, failures: failures(row, busy) })),
  };
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
}
