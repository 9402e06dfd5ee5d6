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
export class AdamW {
  private readonly prepared = new Map<string, readonly Chunk[]>();
  private constructor(
    private readonly program: Program,
    readonly buffers: TrainBuffers,
    private readonly betas: readonly [number, number],
    private readonly eps: number,
    private readonly weightDecay: number,
    private readonly shared: { c1: HostTensor<'float32'>; c2: HostTensor<'float32'>; eps: HostTensor<'float32'> },
    private readonly groups: readonly { group: Group; decay: HostTensor<'float32'>; step: HostTensor<'float32'> }[],
    private readonly chunk: number,
  ) {}

  static async create(buffers: TrainBuffers, options: AdamWOptions = {}): Promise<AdamW> {
    const { betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0, runtime, chunk = CHUNK } = options;
    if (betas.some((b) => !(b >= 0 && b < 1)) || !(eps > 0) || !(weightDecay >= 0))
      throw new SensoriumError('train.optimizer', 'AdamW cannot work with these numbers', {
        expected: 'betas in [0, 1), eps > 0, weightDecay >= 0',
        got: `betas ${betas.join(' ')}, eps ${eps}, weightDecay ${weightDecay}`,
      });
    const program = await compile(updateGraph(betas), { name: 'update', runtime, threads: 1 });
    const shared = { c1: scalar(), c2: scalar(), eps: scalar() };
    const groups = buffers.groups.map((group) => ({ group, decay: scalar(), step: scalar() }));
    return new AdamW(program, buffers, betas, eps, weightDecay, shared, groups, chunk);
  }

  /** Updates values and moments in place from the gradient block; with shards, those of this process's shard. */
  async update({ lr, t, scale = 1, reached }: UpdateOptions): Promise<void> {
    const [b1, b2] = this.betas;
    const { updates } = this.buffers;
    for (let i = 0; i < updates.length; i++) if (!reached || reached[i]) updates[i] = t ?? (updates[i] as number) + 1;
    this.shared.c1.data[0] = (1 - b1) * scale;
    this.shared.c2.data[0] = (1 - b2) * scale * scale;
    for (const run of this.runs(reached).flatMap((whole) => this.ownPart(whole))) {
      const { group, decay, step } = this.groups[run.group] as (typeof this.groups)[number];
      const root = Math.sqrt(1 - b2 ** run.t);
      const rate = (typeof lr === 'number' ? lr : lr(group.peak)) * group.rate;
      this.shared.eps.data[0] = this.eps * root;
      decay.data[0] = 1 - (group.decays ? rate * this.weightDecay : 0);
      step.data[0] = (rate * root) / (1 - b1 ** run.t);
      for (const { feeds, into } of this.chunksOf(run)) {
        // Chunks take microseconds: going through a promise for each would cost more than the arithmetic.
        const running = this.program.runNow(feeds, into);
        if (running instanceof Promise) await running;
      }
    }
  }

  /** What of a run is in the shard of this process. */
  private ownPart(run: Run): Run[] {
    const { owned } = this.buffers;
    const [start, end] = [Math.max(run.start, owned.start), Math.min(run.end, owned.end)];
    return start < end ? [{ ...run, start, end }] : [];
  }

  /** Neighbouring slots that are updated alike; whole groups where all slots have had as many updates. */
  private runs(reached: readonly boolean[] | undefined): Run[] {
    const { slots, groups, updates } = this.buffers;
    const runs: Run[] = [];
    let g = 0;
    slots.forEach((slot, i) => {
      while (slot.offset >= (groups[g] as Group).end) g++;
      if (reached && !reached[i]) return;
      const t = updates[i] as number;
      const end = slots[i + 1]?.offset ?? this.buffers.length;
      const last = runs.at(-1);
      if (last && last.group === g && last.t === t && last.end === slot.offset) runs[runs.length - 1] = { ...last, end };
      else runs.push({ start: slot.offset, end, group: g, t });
    });
    return runs;
  }

  private chunksOf({ start, end, group }: Run): readonly Chunk[] {
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

/** Each of p, m, v is read by exactly one node, which comes before the node that writes it: safe in place. */
function updateGraph([b1, b2]: readonly [number, number]): Record<string, Tensor> {
  const [p, m, v, g] = ['p', 'm', 'v', 'g'].map((name): Tensor => input(name, ['n'])) as [Tensor, Tensor, Tensor, Tensor];
  const [c1, c2, eps, decay, step] = ['c1', 'c2', 'eps', 'decay', 'step'].map((name): Tensor => input(name, [])) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  const m_out = m.mul(b1).add(g.mul(c1));
  const v_out = v.mul(b2).add(g.mul(g).mul(c2));
  const p_out = p.mul(decay).sub(m_out.div(v_out.sqrt().add(eps)).mul(step));
  return { p_out, m_out, v_out };
}
