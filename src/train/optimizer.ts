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
  lr: number;
  /** 1 for the first update; the bias corrections are 1 - beta^t. */
  t: number;
  /** Factor on the gradients (clipping, loss scale, mean over accumulated batches). Default 1. */
  scale?: number;
}

interface Chunk {
  readonly feeds: Record<string, HostTensor>;
  readonly into: Record<string, HostTensor>;
}

const scalar = (): HostTensor<'float32'> => hostTensor('float32', []);

/**
 * AdamW (Loshchilov and Hutter 2019) as torch.optim.AdamW computes it:
 * p -= lr wd p;  m = b1 m + (1-b1) g;  v = b2 v + (1-b2) g²;  p -= lr/(1-b1^t) m / (sqrt(v)/sqrt(1-b2^t) + eps).
 * The last line is evaluated as p - [lr sqrt(c2)/c1] m / (sqrt(v) + [eps sqrt(c2)]), which saves a pass.
 */
export class AdamW {
  private constructor(
    private readonly program: Program,
    readonly buffers: TrainBuffers,
    private readonly betas: readonly [number, number],
    private readonly eps: number,
    private readonly weightDecay: number,
    private readonly shared: { c1: HostTensor<'float32'>; c2: HostTensor<'float32'>; eps: HostTensor<'float32'> },
    private readonly groups: readonly {
      group: Group;
      decay: HostTensor<'float32'>;
      step: HostTensor<'float32'>;
      chunks: readonly Chunk[];
    }[],
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
    const groups = buffers.groups.map((group) => {
      const [decay, step] = [scalar(), scalar()];
      const chunks: Chunk[] = [];
      for (let at = group.start; at < group.end; at += chunk) {
        const n = Math.min(chunk, group.end - at);
        const part = (block: Float32Array): HostTensor => hostTensor('float32', [n], block.subarray(at, at + n));
        const [p, m, v] = [part(buffers.values), part(buffers.m), part(buffers.v)];
        chunks.push({ feeds: { p, m, v, g: part(buffers.gradients), ...shared, decay, step }, into: { p_out: p, m_out: m, v_out: v } });
      }
      return { group, decay, step, chunks };
    });
    return new AdamW(program, buffers, betas, eps, weightDecay, shared, groups);
  }

  /** Updates values and moments in place from the gradient block. */
  async update({ lr, t, scale = 1 }: UpdateOptions): Promise<void> {
    const [b1, b2] = this.betas;
    const root = Math.sqrt(1 - b2 ** t);
    this.shared.c1.data[0] = (1 - b1) * scale;
    this.shared.c2.data[0] = (1 - b2) * scale * scale;
    this.shared.eps.data[0] = this.eps * root;
    for (const { group, decay, step, chunks } of this.groups) {
      const rate = lr * group.rate;
      decay.data[0] = 1 - (group.decays ? rate * this.weightDecay : 0);
      step.data[0] = (rate * root) / (1 - b1 ** t);
      for (const { feeds, into } of chunks) {
        // Chunks take microseconds: going through a promise for each would cost more than the arithmetic.
        const running = this.program.runNow(feeds, into);
        if (running instanceof Promise) await running;
      }
    }
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
