// `npm run bench -- train`: the step of DESIGN section 2 through the real training programs, beside PyTorch and the MatMul roofline.

import { join } from 'node:path';
import { physicalCores } from '../src/runtime/cores.js';
import { MatMulProbe } from '../src/runtime/roofline.js';
import type { Runtime } from '../src/runtime/runtime.js';
import { selectRuntime } from '../src/runtime/select.js';
import { AdamW, GradientPrograms, ModelState, makeResident, type Objective, type Optimizer } from '../src/train/index.js';
import { hostTensor } from '../src/util/host.js';
import { packageRoot } from '../src/util/package.js';
import { PeerProcess } from './peers/child.js';
import { absent, askPeers, benchOptions, median, pause, report, runBench } from './report.js';
import { DESIGN_STEP, StepModel, type StepShape } from './step-model.js';

const USAGE = `usage: npm run bench -- train [options]

Gradients and AdamW update of a 12 M-parameter decoder (d = 384, 6 layers, 8x256 tokens, float32), as a share of the MatMul
roofline and beside PyTorch. SENSORIUM_PYTHON names a Python with torch (default: python3).
`;

/** One training step, as the training loop takes it: gradients into the flat block, AdamW in place. */
class Step {
  private t = 0;
  private constructor(
    private readonly gradients: GradientPrograms,
    private readonly optimizer: Optimizer,
    private readonly block: Float32Array,
    private readonly feeds: { ids: ReturnType<typeof hostTensor>; targets: ReturnType<typeof hostTensor> },
  ) {}

  static async create(model: StepModel, shape: StepShape, runtime: Runtime): Promise<Step> {
    const { batch, tokens, vocab } = shape;
    const loss = model.loss();
    const parameters = model.parameters();
    const feeds = { ids: hostTensor('int32', [batch, tokens]), targets: hostTensor('int32', [batch, tokens]) };
    for (let i = 0; i < batch * tokens; i++) {
      feeds.ids.data[i] = (i * 7919) % vocab;
      feeds.targets.data[i] = ((feeds.ids.data[i] as number) * 7 + 3) % vocab;
    }
    const objective: Objective = {
      name: 'bench',
      trained: parameters,
      frozen: new Map(),
      graph: () => ({ loss }),
      batch: async () => ({ bucket: 'only', feeds, tokens: batch * tokens, items: batch }),
    };
    const buffers = new ModelState(parameters, { seed: 1 }).pack(parameters);
    await makeResident(buffers, { runtime });
    const optimizer = await AdamW.create(buffers, { weightDecay: 0.1, runtime });
    return new Step(new GradientPrograms(objective, buffers, { runtime }), optimizer, buffers.gradients, feeds);
  }

  /** Runs one step; resolves with its loss and the milliseconds of its two programs. */
  async run(): Promise<{ loss: number; gradients: number; update: number }> {
    const { ids } = this.feeds;
    const start = performance.now();
    const { loss } = await this.gradients.run({ bucket: 'only', feeds: { ...this.feeds }, tokens: ids.data.length, items: 1 }, this.block);
    const middle = performance.now();
    await this.optimizer.update({ lr: 3e-4, t: ++this.t });
    return { loss, gradients: middle - start, update: performance.now() - middle };
  }

  async dispose(): Promise<void> {
    await this.gradients.dispose();
    this.optimizer.dispose();
  }
}

/** PyTorch in its two ways; those that do not start are named on stderr. */
async function torchPeers(threads: number, shape: StepShape): Promise<Map<string, PeerProcess>> {
  const peers = new Map<string, PeerProcess>();
  const python = process.env.SENSORIUM_PYTHON ?? 'python3';
  const { batch, tokens, width, layers, heads, vocab } = shape;
  for (const [name, mode] of [
    ['torchEager', 'eager'],
    ['torchCompile', 'compile'],
  ] as const) {
    const script = join(packageRoot(), 'bench', 'peers', 'train_torch.py');
    try {
      const env = { OMP_NUM_THREADS: String(threads) };
      const { peer, about } = await PeerProcess.start(
        python,
        [script, mode, String(threads), [batch, tokens, width, layers, heads, vocab].join()],
        { env },
      );
      process.stderr.write(`${name}: PyTorch ${about}\n`);
      peers.set(name, peer);
    } catch (error) {
      absent(name, `${python}: ${(error as Error).message}`);
      if (mode === 'eager') {
        absent('torchCompile', 'PyTorch did not start');
        break;
      }
    }
  }
  return peers;
}

const megabytes = (bytes: number): number => bytes / 2 ** 20;

/** Runs `steps` more and returns by how much resident memory grew from the tenth part on, in MB. */
async function growth(step: Step, steps: number): Promise<number> {
  const settled = Math.max(1, Math.floor(steps / 10));
  let from = 0;
  for (let i = 1; i <= steps; i++) {
    await step.run();
    if (i === settled) from = process.memoryUsage().rss;
  }
  return megabytes(process.memoryUsage().rss - from);
}

/** The benchmark. */
export async function main(args: readonly string[]): Promise<number> {
  return runBench(async () => {
    const options = benchOptions(args, USAGE, { steps: 'N      then run N more steps and print by how much memory grew (500 is the bar)' });
    if (!options) return;
    const threads = options.threads || physicalCores();
    const runtime = await selectRuntime();
    const model = new StepModel(DESIGN_STEP);
    const step = await Step.create(model, DESIGN_STEP, runtime);
    const roofline = await MatMulProbe.create({ runtime });
    const peers = options.peers ? await torchPeers(threads, DESIGN_STEP) : new Map<string, PeerProcess>();
    const times = { gradients: [] as number[], update: [] as number[], ours: [] as number[], roofline: [] as number[] };
    const theirs = new Map([...peers.keys()].map((name) => [name, [] as number[]]));
    try {
      await step.run();
      await step.run();
      await roofline.run();
      for (let i = 0; i < options.repeats; i++) {
        await pause();
        times.roofline.push((await roofline.run()) * 1e-3);
        const { gradients, update } = await step.run();
        times.gradients.push(gradients);
        times.update.push(update);
        times.ours.push((gradients + update) * 1e-3);
        await askPeers(peers, '', (name, ms) => theirs.get(name)?.push(ms * 1e-3));
      }
      const alive = new Set(peers.keys());
      for (const peer of peers.values()) peer.stop();
      const extra: Record<string, number> = { gradientsMs: median(times.gradients), updateMs: median(times.update) };
      if (options.more.steps !== undefined) extra.growthMb = await growth(step, Math.max(1, Number(options.more.steps) || 1));
      extra.peakRssMb = process.resourceUsage().maxRSS / 1024;
      const work = model.flops() / 1e9;
      const speed = (seconds: readonly number[], amount: number): number => amount / median(seconds);
      const tokens = DESIGN_STEP.batch * DESIGN_STEP.tokens;
      const each = (amount: number) =>
        Object.fromEntries([...theirs].filter(([name]) => alive.has(name)).map(([name, seconds]) => [name, speed(seconds, amount)]));
      const what = `12M d=384 8x256 fp32 ${threads}t`;
      report(
        [
          {
            name: 'train',
            case: what,
            unit: 'GFLOP/s',
            sensorium: speed(times.ours, work),
            peers: each(work),
            roofline: roofline.gflop / median(times.roofline),
            extra,
          },
          { name: 'train', case: what, unit: 'tokens/s', sensorium: speed(times.ours, tokens), peers: each(tokens), roofline: null },
        ],
        options,
      );
      const { peakRssMb, growthMb } = extra;
      process.stdout.write(
        `gradients ${extra.gradientsMs?.toFixed(0)} ms, update ${extra.updateMs?.toFixed(0)} ms, peak RSS ${peakRssMb?.toFixed(0)} MB`,
      );
      process.stdout.write(growthMb === undefined ? '\n' : `, growth over ${options.more.steps} steps ${growthMb.toFixed(1)} MB\n`);
    } finally {
      for (const peer of peers.values()) peer.stop();
      roofline.dispose();
      await step.dispose();
    }
  });
}
