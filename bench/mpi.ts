// `npm run bench -- mpi`: weak scaling of data-parallel training, one rank of one thread against two that train together, in the same run.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { SensoriumError } from '../src/util/errors.js';
import type { MpiMode, MpiOrder, MpiTimes } from './mpi-rank.js';
import { benchOptions, median, pause, type Row, report, runBench } from './report.js';
import { DESIGN_STEP } from './step-model.js';

const USAGE = `usage: npm run bench -- mpi [options]

Training steps of a 12 M-parameter decoder (8x256 tokens a rank, float32, one thread a rank): one rank alone, then ranks of mpirun together,
in turns. The roofline is as many times the rank alone. Needs Open MPI (apt-get install openmpi-bin libopenmpi-dev).
`;

const extension = extname(import.meta.url);
const script = fileURLToPath(new URL(`./mpi-rank${extension}`, import.meta.url));

/** Processes that take steps when they are told to. */
class Job {
  private constructor(
    private readonly child: ChildProcess,
    private readonly ranks: readonly { socket: Socket; lines: AsyncIterator<string> }[],
  ) {}

  static async start(size: number): Promise<Job> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const node = [process.execPath, ...(extension === '.ts' ? ['--import', 'tsx'] : []), script, String(port)];
    const launcher = size === 1 ? [] : ['mpirun', '-n', String(size), '--oversubscribe'];
    const [program = '', ...args] = [...launcher, ...node];
    const child = spawn(program, args, {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, SENSORIUM_THREADS: '1', OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' },
    });
    const ended = new Promise<never>((_, reject) => {
      const fail = (got: string): void =>
        reject(
          new SensoriumError('runtime.mpi', 'the processes of the benchmark did not start', {
            place: program,
            got,
            hint: 'Install Open MPI: apt-get install openmpi-bin libopenmpi-dev',
          }),
        );
      child.on('error', (error) => fail(error.message));
      child.on('close', (code) => fail(`exit code ${code}`));
    });
    ended.catch(() => undefined); // it ends at the end, too
    const ranks: { socket: Socket; lines: AsyncIterator<string> }[] = [];
    while (ranks.length < size) {
      const [socket] = (await Promise.race([once(server, 'connection'), ended])) as [Socket];
      ranks.push({ socket, lines: createInterface({ input: socket })[Symbol.asyncIterator]() });
    }
    server.close();
    return new Job(child, ranks);
  }

  /** Steps of all processes at once; the times of the slowest. */
  async run(order: MpiOrder): Promise<MpiTimes> {
    for (const { socket } of this.ranks) socket.write(`${JSON.stringify(order)}\n`);
    const answers = await Promise.all(this.ranks.map(({ lines }) => lines.next()));
    const times = answers.map(({ value, done }) => {
      if (done) throw new SensoriumError('runtime.mpi', 'a process of the benchmark has ended', { place: order.mode });
      return JSON.parse(value as string) as MpiTimes;
    });
    return times.reduce((a, b) => (b.step > a.step ? b : a));
  }

  async stop(): Promise<void> {
    const closed = once(this.child, 'close');
    for (const { socket } of this.ranks) socket.end();
    await closed;
  }
}

const MODES: readonly [MpiMode, string][] = [
  ['apart', 'no exchange'],
  ['buckets', 'sum in buckets'],
  ['whole', 'sum in one piece'],
  ['zero', 'ZeRO-1'],
];

/** The benchmark. */
export async function main(args: readonly string[]): Promise<number> {
  return runBench(async () => {
    const options = benchOptions(args, USAGE, {
      ranks: 'N      ranks that train together (default: 2)',
      steps: 'N      steps of a round (default: 1)',
    });
    if (!options) return;
    const ranks = Math.max(2, Number(options.more.ranks) || 2);
    const steps = Math.max(1, Number(options.more.steps) || 1);
    const alone = await Job.start(1);
    const together = await Job.start(ranks);
    const times = new Map<string, MpiTimes[]>();
    const add = (key: string, one: MpiTimes): void => void times.set(key, [...(times.get(key) ?? []), one]);
    try {
      await alone.run({ mode: 'apart', steps: 1 });
      for (const [mode] of MODES) await together.run({ mode, steps: 1 });
      for (let i = 0; i < options.repeats; i++) {
        await pause();
        add('alone', await alone.run({ mode: 'apart', steps }));
        for (const [mode] of MODES) {
          await pause();
          add(mode, await together.run({ mode, steps }));
        }
        const round = [...times].map(([key, list]) => `${key} ${list.at(-1)?.step.toFixed(0)}`);
        process.stderr.write(`round ${i + 1} of ${options.repeats}, ms a step: ${round.join(', ')}\n`);
      }
    } finally {
      await Promise.all([alone.stop(), together.stop()]);
    }
    const tokens = DESIGN_STEP.batch * DESIGN_STEP.tokens;
    const rows = MODES.map(([mode, what]): Row => {
      const [one, all] = [times.get('alone') ?? [], times.get(mode) ?? []];
      const of = (list: readonly MpiTimes[], key: keyof MpiTimes): number => median(list.map((t) => t[key]));
      const each = Object.fromEntries((['step', 'gradients', 'sum', 'update', 'share'] as const).map((key) => [`${key}Ms`, of(all, key)]));
      const ratio = median(one.map((t, i) => t.step / (all[i] as MpiTimes).step));
      return {
        name: 'mpi',
        case: `12M ${ranks}x8x256 1t: ${what}`,
        unit: 'tokens/s',
        sensorium: (1000 * ranks * tokens) / of(all, 'step'),
        peers: {},
        roofline: (1000 * ranks * tokens) / of(one, 'step'),
        extra: { efficiency: ratio, aloneMs: of(one, 'step'), ...each },
      };
    });
    report(rows, options);
    for (const { case: what, extra = {} } of rows)
      process.stdout.write(
        `${what}: efficiency ${extra.efficiency?.toFixed(3)}; ${Object.entries(extra)
          .filter(([key]) => key.endsWith('Ms'))
          .map(([key, ms]) => `${key.slice(0, -2)} ${ms.toFixed(1)} ms`)
          .join(', ')}\n`,
      );
  });
}
