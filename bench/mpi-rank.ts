// A process of `npm run bench -- mpi`: takes training steps when it is told to over a socket, alone or with the other ranks.

import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { soloCommunicator } from '../src/runtime/communicator.js';
import { openCommunicator } from '../src/runtime/mpi.js';
import { selectRuntime } from '../src/runtime/select.js';
import { AdamW, clipScale, GradientBlock, GradientPrograms, ModelState, type Objective, type Optimizer } from '../src/train/index.js';
import { GradientSum } from '../src/train/parallel/gradient-sum.js';
import { Ranks } from '../src/train/parallel/ranks.js';
import { hostTensor } from '../src/util/host.js';
import { DESIGN_STEP, StepModel } from './step-model.js';

/** How ranks work together in a step: not at all, with gradients summed in buckets or in one piece, with shards of the moments. */
export type MpiMode = 'apart' | 'buckets' | 'whole' | 'zero';

/** What a process is told. */
export interface MpiOrder {
  mode: MpiMode;
  steps: number;
}

/** What it answers: medians over its steps, in milliseconds. */
export interface MpiTimes {
  rank: number;
  step: number;
  gradients: number;
  /** Sum of the gradients and its norm. */
  sum: number;
  update: number;
  /** Updated values to all ranks. */
  share: number;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[(values.length - 1) >> 1] as number;

/** The step of DESIGN section 2 on this rank. */
class RankStep {
  private constructor(
    private readonly programs: GradientPrograms,
    private readonly buffers: ReturnType<ModelState['pack']>,
    private readonly optimizer: Optimizer,
    private readonly sum: GradientSum,
    private readonly ranks: Ranks,
    private readonly feeds: Record<string, ReturnType<typeof hostTensor>>,
  ) {}

  static async create(mode: MpiMode): Promise<RankStep> {
    const runtime = await selectRuntime();
    const ranks = new Ranks(mode === 'apart' ? soloCommunicator : await openCommunicator());
    const { batch, tokens, vocab } = DESIGN_STEP;
    const model = new StepModel(DESIGN_STEP);
    const loss = model.loss();
    const parameters = model.parameters();
    const feeds = { ids: hostTensor('int32', [batch, tokens]), targets: hostTensor('int32', [batch, tokens]) };
    for (let i = 0; i < batch * tokens; i++) {
      feeds.ids.data[i] = (i * 7919 + ranks.rank) % vocab;
      feeds.targets.data[i] = ((feeds.ids.data[i] as number) * 7 + 3) % vocab;
    }
    const objective: Objective = {
      name: 'bench',
      trained: parameters,
      frozen: new Map(),
      graph: () => ({ loss }),
      batch: async () => ({ bucket: 'only', feeds, tokens: batch * tokens, items: batch }),
    };
    const shard = mode === 'zero' ? { shard: { rank: ranks.rank, size: ranks.size } } : {};
    const buffers = new ModelState(parameters, { seed: 1 }).pack(parameters, shard);
    const optimizer = await AdamW.create(buffers, { weightDecay: 0.1, runtime });
    const block = await GradientBlock.create(buffers, { runtime });
    const sum = new GradientSum(ranks, buffers, block, mode === 'whole' ? Number.POSITIVE_INFINITY : undefined);
    return new RankStep(new GradientPrograms(objective, buffers, { runtime }), buffers, optimizer, sum, ranks, feeds);
  }

  /** Takes steps, each of which begins on all ranks at once. */
  async run(steps: number): Promise<MpiTimes> {
    const times = { step: [] as number[], gradients: [] as number[], sum: [] as number[], update: [] as number[], share: [] as number[] };
    for (let i = 0; i < steps; i++) {
      await this.ranks.communicator.barrier();
      const began = performance.now();
      await this.programs.run({ bucket: 'only', feeds: this.feeds, tokens: 1, items: 1 }, this.buffers.gradients);
      const computed = performance.now();
      const norm = await this.sum.sum(1);
      const summed = performance.now();
      await this.optimizer.update({ lr: 3e-4, scale: clipScale(norm, 1) / this.ranks.size });
      const updated = performance.now();
      await this.sum.share();
      const now = performance.now();
      times.step.push(now - began);
      times.gradients.push(computed - began);
      times.sum.push(summed - computed);
      times.update.push(updated - summed);
      times.share.push(now - updated);
    }
    const medians = Object.fromEntries(Object.entries(times).map(([key, values]) => [key, median(values)]));
    return { rank: this.ranks.rank, ...medians } as MpiTimes;
  }
}

const port = Number(process.argv[2]);
if (port > 0) {
  const socket = connect(port, '127.0.0.1');
  const steps = new Map<MpiMode, RankStep>();
  for await (const line of createInterface({ input: socket })) {
    const { mode, steps: n } = JSON.parse(line) as MpiOrder;
    const step = steps.get(mode) ?? (await RankStep.create(mode));
    steps.set(mode, step);
    socket.write(`${JSON.stringify(await step.run(n))}\n`);
  }
  process.exit(0);
}
