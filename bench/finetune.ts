// `npm run bench -- finetune`: a step of fine-tuning and its peak memory, beside transformers and peft on PyTorch in the same run.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os, { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { physicalCores } from '../src/runtime/cores.js';
import { floatFolder } from './checkpoint.js';
import { CASES, type FineTuneCase, imageOf, makeBatch, OPTIMIZER, writeBatch } from './finetune-case.js';
import type { SideSetup } from './finetune-side.js';
import { PeerProcess } from './peers/child.js';
import { startTorch } from './peers/language.js';
import { absent, benchOptions, machineOf, median, namesOf, pause, runBench } from './report.js';
import { type Shape, TRAINED_SHAPES } from './shapes.js';

const USAGE = `usage: npm run bench -- finetune [options]

One step of fine-tuning (gradients, clipping, AdamW; float32) and the peak of resident memory, ours and of transformers with peft on PyTorch
eager, each in a process of its own, in turns, on the same folder, ids and pixels. SENSORIUM_PYTHON names a Python with torch,
transformers and peft (default: python3).

  lora              SmolVLM-256M's shape, one image of 512 pixels in each of 4 conversations, rank 16 on q_proj and v_proj of the language model
  full              all of a LLaMA of 58 M parameters, 4 x 256 tokens, half of them in the loss
  full-every-token  the same with all of them in the loss
`;

/** Times of one kind of step. */
interface Times {
  milliseconds: number[];
  cpuMilliseconds: number[];
}

/** A side of a case, measured. */
interface Measured {
  /** By kind of step. */
  times: Record<string, Times>;
  losses: number[];
  peakMb: number;
}

/** One line of the table and the file: times in milliseconds, ratios are PyTorch's divided by ours. */
interface CaseRow {
  case: string;
  /** `fresh`: the frozen tower runs in the step. `kept`: its rows are in the cache, as from the second epoch on. */
  images?: string;
  step: Record<'sensorium' | 'torch', { min: number; median: number; cpuMin: number; cpuMedian: number } | undefined>;
  peakMb: Record<'sensorium' | 'torch', number | undefined>;
  ratio: { min: number; median: number; cpuMin: number; peak: number } | undefined;
  /** The largest difference between the losses of the same step. */
  lossDifference: number | undefined;
  losses: Record<'sensorium' | 'torch', readonly number[] | undefined>;
  notMeasured?: string;
}

/** A started side that counts what it is asked. */
class Runner {
  readonly measured: Measured = { times: {}, losses: [], peakMb: 0 };
  constructor(private readonly peer: PeerProcess) {}

  /** Takes a step; `counts`: its time is kept. */
  async step(kind: string, counts: boolean): Promise<void> {
    await pause();
    const [milliseconds, cpu, loss] = (await this.peer.ask(`step ${kind}`)) as [number, number, number];
    this.measured.losses.push(loss);
    if (!counts) return;
    const times = this.measured.times[kind] ?? { milliseconds: [], cpuMilliseconds: [] };
    this.measured.times[kind] = times;
    times.milliseconds.push(milliseconds);
    times.cpuMilliseconds.push(cpu);
  }

  async finish(): Promise<Measured> {
    this.measured.peakMb = (await this.peer.ask('peak'))[0] as number;
    this.peer.stop();
    return this.measured;
  }

  stop(): void {
    this.peer.stop();
  }
}

async function startOurs(setup: SideSetup, threads: number): Promise<Runner> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const script = fileURLToPath(new URL(`./finetune-side.${extension}`, import.meta.url));
  const args = [...(extension === 'ts' ? ['--import', 'tsx'] : []), script, JSON.stringify(setup)];
  const { peer, about } = await PeerProcess.start(process.execPath, args, { env: { SENSORIUM_THREADS: String(threads) } });
  process.stderr.write(`${about}\n`);
  return new Runner(peer);
}

/** Both sides in turns. The first step of each kind compiles or warms up, and is not counted. */
async function measure(one: FineTuneCase, { repeats, peers, threads }: { repeats: number; peers: boolean; threads: number }) {
  const shape = TRAINED_SHAPES[one.shape] as Shape;
  const folder = await floatFolder(shape);
  const dir = await mkdtemp(join(tmpdir(), 'sensorium-finetune-'));
  const running: Runner[] = [];
  try {
    const batch = join(dir, 'batch.safetensors');
    await writeBatch(batch, makeBatch(one));
    const adapter = join(dir, 'adapter');
    const kinds = imageOf(shape) ? ['fresh', 'kept'] : ['text'];
    const ours = await startOurs({ case: one.name, folder, batch, adapter, cache: join(dir, 'cache') }, threads);
    running.push(ours);
    let notMeasured = peers ? undefined : '--no-peers';
    let torch: Runner | undefined;
    if (peers)
      try {
        const args = [folder, batch, one.lora ? adapter : '-', String(OPTIMIZER.lr), String(OPTIMIZER.clip)];
        torch = new Runner(await startTorch('finetune_torch.py', args, threads));
        running.push(torch);
      } catch (error) {
        notMeasured = (error as Error).message;
        absent('torch', notMeasured);
      }
    for (let round = 0; round <= repeats; round++) {
      const counts = round > 0;
      await ours.step(kinds[0] as string, counts);
      await torch?.step('', counts);
      if (kinds[1]) await ours.step(kinds[1], counts);
    }
    return rowsOf(one, kinds, await ours.finish(), await torch?.finish(), notMeasured);
  } finally {
    for (const side of running) side.stop();
    await rm(dir, { recursive: true });
  }
}

const least = (values: readonly number[]): number => Math.min(...values);

const summary = ({ milliseconds, cpuMilliseconds }: Times) => ({
  min: least(milliseconds),
  median: median(milliseconds),
  cpuMin: least(cpuMilliseconds),
  cpuMedian: median(cpuMilliseconds),
});

function rowsOf(one: FineTuneCase, kinds: readonly string[], ours: Measured, torch: Measured | undefined, notMeasured?: string): CaseRow[] {
  const theirs = torch && summary(torch.times[''] as Times);
  const differences = torch?.losses.map((loss, i) => Math.abs(loss - (ours.losses[i] as number)));
  return kinds.map((kind) => {
    const mine = summary(ours.times[kind] as Times);
    return {
      case: one.name,
      ...(kinds.length > 1 ? { images: kind } : {}),
      step: { sensorium: mine, torch: theirs },
      peakMb: { sensorium: ours.peakMb, torch: torch?.peakMb },
      ratio: theirs &&
        torch && {
          min: theirs.min / mine.min,
          median: theirs.median / mine.median,
          cpuMin: theirs.cpuMin / mine.cpuMin,
          peak: ours.peakMb / torch.peakMb,
        },
      lossDifference: differences && Math.max(...differences),
      losses: { sensorium: ours.losses, torch: torch?.losses },
      ...(notMeasured === undefined ? {} : { notMeasured }),
    };
  });
}

/** The rows as a table of Markdown. */
function table(rows: readonly CaseRow[]): string {
  const ms = (x: number | undefined): string => (x === undefined ? '-' : x.toFixed(0));
  const lines = rows.map(({ case: name, images, step: { sensorium: s, torch: t }, peakMb, ratio, lossDifference, notMeasured }) => {
    const cells = [
      images ? `${name}, images ${images}` : name,
      `${ms(s?.min)} / ${ms(s?.median)}`,
      t ? `${ms(t.min)} / ${ms(t.median)}` : `not measured: ${notMeasured}`,
      ratio ? `${ratio.min.toFixed(2)} / ${ratio.median.toFixed(2)}` : '-',
      `${ms(s?.cpuMin)}, ${ms(t?.cpuMin)} (${ratio?.cpuMin.toFixed(2) ?? '-'})`,
      `${ms(peakMb.sensorium)}, ${ms(peakMb.torch)} (${ratio?.peak.toFixed(2) ?? '-'})`,
      lossDifference?.toExponential(1) ?? '-',
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const head = [
    'case',
    'step min / median, ms',
    'PyTorch',
    'ratio',
    'CPU min, ms: ours, PyTorch',
    'peak MB: ours, PyTorch',
    'loss apart by',
  ];
  return [`| ${head.join(' | ')} |`, `|${head.map(() => '---').join('|')}|`, ...lines].join('\n');
}

/** The benchmark. */
export async function main(args: readonly string[]): Promise<number> {
  return runBench(async () => {
    const options = benchOptions(args, USAGE, {
      case: `LIST     of ${Object.keys(CASES).join(', ')} (default lora,full)`,
    });
    if (!options) return;
    const names = namesOf('case', options.more.case ?? 'lora,full', Object.keys(CASES));
    const threads = options.threads || physicalCores();
    const rows: CaseRow[] = [];
    const loadBefore = os.loadavg()[0] as number;
    for (const name of names) {
      rows.push(...(await measure(CASES[name] as FineTuneCase, { repeats: options.repeats, peers: options.peers, threads })));
      process.stdout.write(`${table(rows.filter((row) => row.case === name))}\n`);
    }
    const machine = machineOf(threads, loadBefore);
    process.stdout.write(`\n${table(rows)}\n${JSON.stringify(machine)}\n`);
    for (const { case: name, lossDifference: apart } of rows)
      if (apart !== undefined && !(apart <= 1e-4))
        process.stderr.write(`${name}: the losses of the two sides are ${apart} apart: they do not do the same work\n`);
    if (options.json === undefined) return;
    const file = {
      what: 'one step of fine-tuning and its peak memory beside transformers and peft on PyTorch, random weights of published shapes',
      commands: [`npm run bench -- finetune ${args.join(' ')}`],
      date: new Date().toISOString().slice(0, 10),
      machine,
      cases: names.map((name) => CASES[name]),
      optimizer: OPTIMIZER,
      rows,
    };
    await writeFile(options.json, `${JSON.stringify(file, null, 2)}\n`);
  });
}
