// What happens to gradients between the two programs: accumulation, norm, clipping, and finding what is not finite.

import { input, matMul, transpose } from '../graph/index.js';
import { compile, type Program } from '../runtime/compile.js';
import type { Runtime } from '../runtime/runtime.js';
import { alignedArray, type HostTensor, hostTensor } from '../util/host.js';
import { type Block, CHUNK, type Slot, type TrainBuffers } from './buffers.js';

/** Parts of a block as tensors of `shape(n)`. */
function chunks(block: Float32Array, shape: (n: number) => number[]): HostTensor<'float32'>[] {
  const parts: HostTensor<'float32'>[] = [];
  for (let at = 0; at < block.length; at += CHUNK) {
    const n = Math.min(CHUNK, block.length - at);
    parts.push(hostTensor('float32', shape(n), block.subarray(at, at + n)));
  }
  return parts;
}

/** A chunk and where the sum of its squares goes. */
interface Square {
  feeds: { g: HostTensor };
  into: { square: HostTensor<'float32'> };
}

/** The gradient block of a stage and, with accumulation, a second one that batches after the first are computed into. */
export class GradientBlock {
  private readonly dots = new Map<Float32Array, Square[]>();
  private readonly sums: { feeds: Record<string, HostTensor>; into: Record<string, HostTensor> }[] = [];
  private readonly factors = { a: hostTensor('float32', []), b: hostTensor('float32', []) };

  protected constructor(
    private readonly block: Float32Array,
    /** Present with accumulation. */
    readonly scratch: Float32Array | undefined,
    private readonly dot?: Program,
    private readonly axpby?: Program,
  ) {
    for (const of of scratch ? [block, scratch] : [block])
      this.dots.set(
        of,
        chunks(of, (n) => [1, n]).map((g) => ({ feeds: { g }, into: { square: hostTensor('float32', [1, 1]) } })),
      );
    if (!scratch) return;
    const others = chunks(scratch, (n) => [n]);
    chunks(block, (n) => [n]).forEach((x, i) => {
      this.sums.push({ feeds: { x, y: others[i] as HostTensor, ...this.factors }, into: { sum: x } });
    });
  }

  /** Programs are used where they run on this thread; elsewhere a loop is faster than a promise per chunk. */
  static async create(buffers: TrainBuffers, options: { accumulate?: boolean; runtime: Runtime }): Promise<GradientBlock> {
    const { runtime } = options;
    if (buffers.resident) return (await import('./resident-programs.js')).ResidentGradients.open(buffers, buffers.resident, options);
    const scratch = options.accumulate ? alignedArray('float32', buffers.length) : undefined;
    if (!runtime.synchronous) return new GradientBlock(buffers.gradients, scratch);
    const g = input('g', [1, 'n']);
    const dot = await compile({ square: matMul(g, transpose(g)) }, { name: 'norm', runtime, threads: 1 });
    if (!scratch) return new GradientBlock(buffers.gradients, scratch, dot);
    const [x, y, a, b] = [input('x', ['n']), input('y', ['n']), input('a', []), input('b', [])];
    // x is read by one node, before the node that writes it: safe in place.
    const axpby = await compile({ sum: x.mul(a).add(y.mul(b)) }, { name: 'accumulate', runtime, threads: 1 });
    return new GradientBlock(buffers.gradients, scratch, dot, axpby);
  }

  /** Euclidean norm of the gradients, or of those in `scratch`. NaN or Infinity when any of them is. */
  async norm(of: Float32Array = this.block): Promise<number> {
    const parts = this.dots.get(of);
    if (!this.dot || !parts) return globalNorm(of);
    const sum = await this.sumOfSquares(parts);
    // Squares of large but finite float32 numbers overflow where float64 does not.
    return Number.isFinite(sum) ? Math.sqrt(sum) : globalNorm(of);
  }

  /** Sum of the squares of the gradients from `start`, a multiple of `CHUNK`, to `end`; Infinity where it is too large for float32. */
  async squares(start: number, end: number): Promise<number> {
    const parts = this.dots.get(this.block);
    if (!this.dot || !parts) return globalNorm(this.block.subarray(start, end)) ** 2;
    return this.sumOfSquares(parts.slice(start / CHUNK, Math.ceil(end / CHUNK)));
  }

  private async sumOfSquares(parts: readonly Square[]): Promise<number> {
    const dot = this.dot as Program;
    let sum = 0;
    for (const { feeds, into } of parts) {
      const running = dot.runNow(feeds, into);
      if (running instanceof Promise) await running;
      sum += into.square.data[0] as number;
    }
    return sum;
  }

  /** gradients = a gradients + b scratch. */
  async add(a: number, b: number): Promise<void> {
    const { axpby, block, scratch } = this;
    if (!scratch) throw new Error('made without accumulation');
    if (!axpby) return accumulate(block, scratch, a, b);
    this.factors.a.data[0] = a;
    this.factors.b.data[0] = b;
    for (const { feeds, into } of this.sums) {
      const running = axpby.runNow(feeds, into);
      if (running instanceof Promise) await running;
    }
  }

  dispose(): void {
    this.dot?.dispose();
    this.axpby?.dispose();
  }
}

/** Euclidean norm of a block, in float64, in a fixed order. NaN or Infinity when any element is. */
export function globalNorm(block: Float32Array): number {
  // Four sums: the additions of one would wait for each other.
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const whole = block.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    const w = block[i] as number;
    const x = block[i + 1] as number;
    const y = block[i + 2] as number;
    const z = block[i + 3] as number;
    a += w * w;
    b += x * x;
    c += y * y;
    d += z * z;
  }
  for (let i = whole; i < block.length; i++) a += (block[i] as number) ** 2;
  return Math.sqrt(a + b + (c + d));
}

/** target = a target + b source, elementwise in place. */
export function accumulate(target: Float32Array, source: Float32Array, a: number, b: number): void {
  for (let i = 0; i < target.length; i++) target[i] = a * (target[i] as number) + b * (source[i] as number);
}

/** Factor that brings a gradient of norm `norm` to at most `clip` (torch.nn.utils.clip_grad_norm_); 1 without clipping. */
export function clipScale(norm: number, clip: number | undefined): number {
  return clip === undefined || clip <= 0 ? 1 : Math.min(1, clip / (norm + 1e-6));
}

/** The first parameter whose gradient (or value) holds NaN or Infinity, with how many of its elements do. */
export function findNonFinite(buffers: TrainBuffers, block: Block = 'gradients'): { slot: Slot; count: number } | undefined {
  const numbers = buffers[block];
  for (const slot of buffers.slots) {
    let count = 0;
    for (let i = slot.offset; i < slot.offset + slot.length; i++) if (!Number.isFinite(numbers[i])) count++;
    if (count > 0) return { slot, count };
  }
  return undefined;
}
