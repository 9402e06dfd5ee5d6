// What happens to gradients on a device: norm, accumulation and the AdamW update, each one program over all parameters.

import { add, input, slice, sum, sumSquare, type Tensor } from '../graph/index.js';
import { compile, type Program } from '../runtime/compile.js';
import type { AnyTensor, Runtime } from '../runtime/runtime.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import type { TrainBuffers } from './buffers.js';
import { GradientBlock, globalNorm } from './gradients.js';
import { adamWStep, type Coefficients, type Optimizer, type OptimizerRun, type UpdateOptions } from './optimizer.js';
import { type ResidentBlocks, UPDATED } from './resident.js';

/** Sum of the squares of a tensor: of its rows, then of those sums, so that many work at it. */
const squares = (x: Tensor): Tensor => sum(x.rank > 1 ? sumSquare(x, -1) : sumSquare(x));

/** Gradients of a stage on a device. The scratch block is a name: its numbers are on the device too. */
export class ResidentGradients extends GradientBlock {
  private constructor(
    private readonly buffers: TrainBuffers,
    private readonly resident: ResidentBlocks,
    scratch: Float32Array | undefined,
    private readonly squaresOf: Program,
    private readonly sumOf: Program | undefined,
  ) {
    super(buffers.gradients, scratch);
  }

  static async open(
    buffers: TrainBuffers,
    resident: ResidentBlocks,
    o: { accumulate?: boolean; runtime: Runtime },
  ): Promise<GradientBlock> {
    const { accumulate, runtime } = o;
    const g = (i: number, name = 'g'): Tensor => input(`${name}.${i}`, buffers.slots[i]?.parameter.dims ?? []);
    const all = buffers.slots.map((_, i) => squares(g(i))).reduce((a, b) => add(a, b));
    const norm = await compile({ square: all }, { name: 'norm', runtime });
    if (!accumulate) return new ResidentGradients(buffers, resident, undefined, norm, undefined);
    const [a, b] = [input('a', []), input('b', [])];
    const sums = Object.fromEntries(buffers.slots.map((_, i) => [`sum.${i}`, g(i, 'x').mul(a).add(g(i, 'y').mul(b))]));
    const axpby = await compile(sums, { name: 'accumulate', runtime });
    return new ResidentGradients(buffers, resident, new Float32Array(), norm, axpby);
  }

  override async norm(of: Float32Array = this.buffers.gradients): Promise<number> {
    const which = of === this.scratch ? 1 : 0;
    const { square } = await this.squaresOf.run(this.feeds({ g: which }));
    const total = Number((square as HostTensor).data[0]);
    if (Number.isFinite(total)) return Math.sqrt(total);
    // Squares of large but finite float32 numbers overflow where float64 does not.
    await this.resident.pullGradients(which, this.buffers.gradients);
    return globalNorm(this.buffers.gradients);
  }

  override async add(a: number, b: number): Promise<void> {
    const { sumOf, resident, buffers } = this;
    if (!sumOf) throw new Error('made without accumulation');
    const into = Object.fromEntries(buffers.slots.map((_, i) => [`sum.${i}`, resident.gradient(i, 2)]));
    const factors = { a: hostTensor('float32', [], [a]), b: hostTensor('float32', [], [b]) };
    await sumOf.run({ ...this.feeds({ x: 0, y: 1 }), ...factors }, into);
    resident.turnGradients();
  }

  private feeds(names: Readonly<Record<string, 0 | 1>>): Record<string, AnyTensor> {
    const { buffers, resident } = this;
    return Object.fromEntries(
      Object.entries(names).flatMap(([name, of]) => buffers.slots.map((_, i) => [`${name}.${i}`, resident.gradient(i, of)])),
    );
  }

  override dispose(): void {
    this.squaresOf.dispose();
    this.sumOf?.dispose();
  }
}

/** What the update of a parameter is fed beside its tensors, as a row of the coefficients. */
const COEFFICIENTS = ['c1', 'c2', 'eps', 'decay', 'step'] as const satisfies readonly (keyof Coefficients)[];

/** AdamW over tensors on a device: the numbers of `AdamW`, from one set of places into the other. */
export class ResidentAdamW implements Optimizer {
  /** By which slots are updated with which row of coefficients. */
  private readonly programs = new Map<string, Promise<Program>>();

  constructor(
    readonly buffers: TrainBuffers,
    private readonly resident: ResidentBlocks,
    private readonly options: { betas: readonly [number, number]; runtime: Runtime },
    private readonly runsOf: (o: UpdateOptions) => readonly OptimizerRun[],
  ) {}

  async update(o: UpdateOptions): Promise<void> {
    const { buffers, resident } = this;
    const runs = this.runsOf(o);
    if (runs.length === 0) return;
    const rows: Record<number, number> = {};
    for (const [row, { start, end }] of runs.entries())
      for (const [i, slot] of buffers.slots.entries()) if (slot.offset >= start && slot.offset < end) rows[i] = row;
    const slots = Object.keys(rows).map(Number);
    const program = await this.program(rows, runs.length);
    const numbers = runs.flatMap(({ coefficients }) => COEFFICIENTS.map((name) => coefficients[name]));
    const feeds: Record<string, AnyTensor> = { coefficients: hostTensor('float32', [numbers.length], numbers) };
    const into: Record<string, AnyTensor> = {};
    for (const i of slots) {
      feeds[`g.${i}`] = resident.gradient(i, 0);
      for (const block of UPDATED) {
        feeds[`${block}.${i}`] = resident.current(block, i);
        into[`next.${block}.${i}`] = resident.next(block, i);
      }
    }
    await program.run(feeds, into);
    resident.turn(slots);
  }

  private program(rows: Readonly<Record<number, number>>, count: number): Promise<Program> {
    const key = JSON.stringify(rows);
    let program = this.programs.get(key);
    if (!program) {
      program = compile(this.graph(rows, count), { name: 'update', runtime: this.options.runtime });
      this.programs.set(key, program);
    }
    return program;
  }

  private graph(rows: Readonly<Record<number, number>>, count: number): Record<string, Tensor> {
    const table = input('coefficients', [count * COEFFICIENTS.length]);
    const coefficients = Array.from({ length: count }, (_, row) => {
      const at = (k: number): Tensor =>
        slice(table, { axis: 0, start: row * COEFFICIENTS.length + k, end: row * COEFFICIENTS.length + k + 1 });
      return Object.fromEntries(COEFFICIENTS.map((name, k) => [name, at(k).reshape([])])) as Record<keyof Coefficients, Tensor>;
    });
    const outputs: Record<string, Tensor> = {};
    for (const [i, row] of Object.entries(rows)) {
      const { dims } = this.buffers.slots[Number(i)]?.parameter ?? { dims: [] };
      const [p, m, v, g] = [...UPDATED, 'g'].map((name): Tensor => input(`${name}.${i}`, dims)) as [Tensor, Tensor, Tensor, Tensor];
      const next = adamWStep({ p, m, v, g }, coefficients[row] as Record<keyof Coefficients, Tensor>, this.options.betas);
      outputs[`next.values.${i}`] = next.p;
      outputs[`next.m.${i}`] = next.m;
      outputs[`next.v.${i}`] = next.v;
    }
    return outputs;
  }

  dispose(): void {
    for (const program of this.programs.values()) void program.then((p) => p.dispose());
  }
}
