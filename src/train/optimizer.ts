// AdamW over flat blocks: one small elementwise program, run chunk by chunk in place.
// One thread: the chunks are bound by the cache, and waking a second thread for each operator costs more than it gains
// (12 M parameters: 56–60 ms with one thread, 51–90 with two, and three times that on a busy machine).
// It is a program of its own because an output that aliases an input is only safe where nothing else reads that input.

import { input, type Tensor } from '../graph/index.js';
import { compile, type Program } from '../runtime/compile.js';
import type { Runtime } from '../runtime/runtime.js';
import { SensoriumError } from '../util/errors.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { CHUNK, type Group, type TrainBuffers } from './buffers.js';

export interface AdamWOptions {
  /** Default [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** Added to the root, outside of it. Default 1e-8. */
  eps?: number;
  /** Decoupled weight decay of the groups that decay. Default 0. */
  weightDecay?: number;
  runtime?: Runtime;
  /** Elements per run of the program. */
  chunk?: number;
}

export interface UpdateOptions {
  /** Learning rate; a function gives that of a group with a peak of its own, and the stage's for undefined. */
  lr: number | ((peak: number | undefined) => number);
  /** Number of this update, from 1. Default: one more than each parameter has had. */
  t?: number;
  /** Which slots of the buffers have a gradient in this step; the others keep their values and moments, as in PyTorch. Default: all. */
  reached?: readonly boolean[];
  /** Factor on the gradients (clipping, loss scale, mean over accumulated batches). Default 1. */
  scale?: number;
}

/** What updates the values of a stage from their gradients. */
export interface Optimizer {
  readonly buffers: TrainBuffers;
  /** One step, from the gradients of the buffers. */
  update(options: UpdateOptions): Promise<void>;
  dispose(): void;
}

/** Numbers that a step multiplies with, and what is added to the root. */
export interface Coefficients {
  c1: number;
  c2: number;
  eps: number;
  decay: number;
  step: number;
}

/** Elements of the blocks that a step updates with the same coefficients. */
export interface OptimizerRun {
  readonly start: number;
  readonly end: number;
  readonly group: number;
  readonly coefficients: Coefficients;
}

interface Chunk {
  readonly feeds: Record<string, HostTensor>;
  readonly into: Record<string, HostTensor>;
}

/** Elements that are updated with the same scalars: a group, or a run of its slots that have had as many updates. */
interface Run {
  readonly start: number;
  readonly end: number;
  readonly group: number;
  readonly t: number;
}

const scalar = (): HostTensor<'float32'> => hostTensor('float32', []);

/**
 * AdamW (Loshchilov and Hutter 2019) as torch.optim.AdamW computes it:
 * p -= lr wd p;  m = b1 m + (1-b1) g;  v = b2 v + (1-b2) g²;  p -= lr/(1-b1^t) m / (sqrt(v)/sqrt(1-b2^t) + eps).
 * The last line is evaluated as p - [lr sqrt(c2)/c1] m / (sqrt(v) + [eps sqrt(c2)]), which saves a pass. t counts the updates of each
 * parameter: one that the loss of a step does not reach is left alone, neither decayed nor moved by its momentum.
 */
export class AdamW implements Optimizer {
  private readonly prepared = new Map<string, readonly Chunk[]>();
  private constructor(
    private readonly program: Program,
    readonly buffers: TrainBuffers,
    private readonly numbers: Required<Pick<AdamWOptions, 'betas' | 'eps' | 'weightDecay'>>,
    private readonly shared: { c1: HostTensor<'float32'>; c2: HostTensor<'float32'>; eps: HostTensor<'float32'> },
    private readonly groups: readonly { group: Group; decay: HostTensor<'float32'>; step: HostTensor<'float32'> }[],
    private readonly chunk: number,
  ) {}

  /** For buffers that live on a device, one that works there. Errors: `train.optimizer`. */
  static async create(buffers: TrainBuffers, options: AdamWOptions = {}): Promise<Optimizer> {
    const { betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0, runtime, chunk = CHUNK } = options;
    if (betas.some((b) => !(b >= 0 && b < 1)) || !(eps > 0) || !(weightDecay >= 0))
      throw new SensoriumError('train.optimizer', 'AdamW cannot work with these numbers', {
        expected: 'betas in [0, 1), eps > 0, weightDecay >= 0',
        got: `betas ${betas.join(' ')}, eps ${eps}, weightDecay ${weightDecay}`,
      });
    const { resident } = buffers;
    const numbers = { betas, eps, weightDecay };
    if (resident && runtime) {
      const { ResidentAdamW } = await import('./resident-programs.js');
      return new ResidentAdamW(buffers, resident, { betas, runtime }, (o) => optimizerRuns(buffers, numbers, o));
    }
    const program = await compile(updateGraph(betas), { name: 'update', runtime, threads: 1 });
    const shared = { c1: scalar(), c2: scalar(), eps: scalar() };
    const groups = buffers.groups.map((group) => ({ group, decay: scalar(), step: scalar() }));
    return new AdamW(program, buffers, numbers, shared, groups, chunk);
  }

  /** Updates values and moments in place from the gradient block; with shards, those of this process's shard. */
  async update(options: UpdateOptions): Promise<void> {
    for (const run of optimizerRuns(this.buffers, this.numbers, options).flatMap((whole) => this.ownPart(whole))) {
      const { decay, step } = this.groups[run.group] as (typeof this.groups)[number];
      const { coefficients: c } = run;
      for (const [key, tensor] of Object.entries({ ...this.shared, decay, step })) tensor.data[0] = c[key as keyof Coefficients];
      for (const { feeds, into } of this.chunksOf(run)) {
        // Chunks take microseconds: going through a promise for each would cost more than the arithmetic.
        const running = this.program.runNow(feeds, into);
        if (running instanceof Promise) await running;
      }
    }
  }

  /** What of a run is in the shard of this process. */
  private ownPart(run: OptimizerRun): OptimizerRun[] {
    const { owned } = this.buffers;
    const [start, end] = [Math.max(run.start, owned.start), Math.min(run.end, owned.end)];
    return start < end ? [{ ...run, start, end }] : [];
  }

  private chunksOf({ start, end, group }: OptimizerRun): readonly Chunk[] {
    const key = `${start} ${end}`;
    const found = this.prepared.get(key);
    if (found) return found;
    const { buffers, shared, chunk } = this;
    const { decay, step } = this.groups[group] as (typeof this.groups)[number];
    const chunks: Chunk[] = [];
    for (let at = start; at < end; at += chunk) {
      const n = Math.min(chunk, end - at);
      const part = (block: Float32Array, from = at): HostTensor => hostTensor('float32', [n], block.subarray(from, from + n));
      const own = at - buffers.owned.start;
      const [p, m, v] = [part(buffers.values), part(buffers.m, own), part(buffers.v, own)];
      chunks.push({ feeds: { p, m, v, g: part(buffers.gradients), ...shared, decay, step }, into: { p_out: p, m_out: m, v_out: v } });
    }
    this.prepared.set(key, chunks);
    return chunks;
  }

  dispose(): void {
    this.program.dispose();
  }
}

/** Counts an update of the slots that a step reaches, and gives the runs of them that are updated alike. */
function optimizerRuns(
  buffers: TrainBuffers,
  { betas: [b1, b2], eps, weightDecay }: Required<Pick<AdamWOptions, 'betas' | 'eps' | 'weightDecay'>>,
  { lr, t, scale = 1, reached }: UpdateOptions,
): OptimizerRun[] {
  const { updates, groups } = buffers;
  for (let i = 0; i < updates.length; i++) if (!reached || reached[i]) updates[i] = t ?? (updates[i] as number) + 1;
  return alike(buffers, reached).map(({ t: own, ...run }) => {
    const { peak, rate: factor, decays } = groups[run.group] as Group;
    const root = Math.sqrt(1 - b2 ** own);
    const rate = (typeof lr === 'number' ? lr : lr(peak)) * factor;
    const coefficients = {
      c1: (1 - b1) * scale,
      c2: (1 - b2) * scale * scale,
      eps: eps * root,
      decay: 1 - (decays ? rate * weightDecay : 0),
      step: (rate * root) / (1 - b1 ** own),
    };
    return { ...run, coefficients };
  });
}

/** Neighbouring slots that are updated alike; whole groups where all slots have had as many updates. */
function alike({ slots, groups, updates, length }: TrainBuffers, reached: readonly boolean[] | undefined): Run[] {
  const runs: Run[] = [];
  let g = 0;
  slots.forEach((slot, i) => {
    while (slot.offset >= (groups[g] as Group).end) g++;
    if (reached && !reached[i]) return;
    const t = updates[i] as number;
    const end = slots[i + 1]?.offset ?? length;
    const last = runs.at(-1);
    if (last && last.group === g && last.t === t && last.end === slot.offset) runs[runs.length - 1] = { ...last, end };
    else runs.push({ start: slot.offset, end, group: g, t });
  });
  return runs;
}

/** One step for tensors of one shape. */
export function adamWStep(
  { p, m, v, g }: Readonly<Record<'p' | 'm' | 'v' | 'g', Tensor>>,
  { c1, c2, eps, decay, step }: Readonly<Record<keyof Coefficients, Tensor>>,
  [b1, b2]: readonly [number, number],
): Record<'p' | 'm' | 'v', Tensor> {
  const nextM = m.mul(b1).add(g.mul(c1));
  const nextV = v.mul(b2).add(g.mul(g).mul(c2));
  return { p: p.mul(decay).sub(nextM.div(nextV.sqrt().add(eps)).mul(step)), m: nextM, v: nextV };
}

/** Each of p, m, v is read by exactly one node, which comes before the node that writes it: safe in place. */
function updateGraph(betas: readonly [number, number]): Record<string, Tensor> {
  const named = <K extends string>(keys: readonly K[], shape: string[]): Record<K, Tensor> =>
    Object.fromEntries(keys.map((key): [K, Tensor] => [key, input(key, shape)])) as Record<K, Tensor>;
  const scalars = named(['c1', 'c2', 'eps', 'decay', 'step'] as const, []);
  const { p, m, v } = adamWStep(named(['p', 'm', 'v', 'g'] as const, ['n']), scalars, betas);
  return { p_out: p, m_out: m, v_out: v };
}
