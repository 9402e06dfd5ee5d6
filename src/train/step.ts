// Gradient programs: for each bucket of shapes, one compiled graph from weights and batch to loss, metrics and gradients.

import { gradOrNone, type Parameter, type SegmentOf, Tensor, zeros } from '../graph/index.js';
import { compile, type Program } from '../runtime/compile.js';
import type { AnyTensor, Runtime } from '../runtime/runtime.js';
import { copiesHint } from '../util/copies.js';
import { SensoriumError } from '../util/errors.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { show } from '../util/show.js';
import type { TrainBuffers } from './buffers.js';
import { countFlops } from './flops.js';
import type { Batch, Objective, ObjectiveGraph } from './objective.js';
import { lossFingerprint } from './sameness.js';
import { trainingSession } from './session.js';

/** What one run of a gradient program gives besides gradients. */
export interface StepResult {
  loss: number;
  metrics: Record<string, number>;
  /** Hands what is carried to the next batch. */
  carry(): void;
}

/** Loss, metrics and gradients of an objective as one set of outputs: `loss`, `metric.NAME`, `carried.NAME`, `grad.PARAMETER`. */
export function gradientGraph(objective: Objective, bucket: string, options: GraphOptions = {}): Record<string, Tensor> {
  return tracedGraph(objective, bucket, options).outputs;
}

/** How gradients are taken. */
export interface GraphOptions {
  /** Default 1. */
  lossScale?: number;
  /** Keep the inputs of layers alone, and compute what is inside of them again for their gradients. Default false. */
  gradientCheckpointing?: boolean;
}

/** The layer that a node was traced in, by its path in the network: `language_model.model.layers.3`. */
export const layerOf: SegmentOf = ({ path }) => LAYER.exec(path)?.[0];

/** Modules of a stack as the families name them. */
const LAYER = /^(?:.*?\.)?(?:layers?|blocks?|h)\.\d+(?=\.|$)/;

/** The same, with the parameters that the loss depends on. The others have gradients of zeros. */
function tracedGraph(
  objective: Objective,
  bucket: string,
  { lossScale = 1, gradientCheckpointing = false }: GraphOptions,
): { outputs: Record<string, Tensor>; reached: Set<Parameter> } {
  const traced = objective.graph(bucket) as ObjectiveGraph | undefined;
  if (!(traced?.loss instanceof Tensor))
    throw new SensoriumError('train.objective', 'the graph of the objective has no loss', {
      place: `${objective.name}, bucket '${bucket}'`,
      expected: '{ loss: a scalar tensor }',
      got: show(traced && Object.keys(traced)),
      hint: copiesHint(),
    });
  const { loss, metrics = {}, carried = {} } = traced;
  const outputs: Record<string, Tensor> = { loss };
  for (const [name, metric] of Object.entries(metrics)) outputs[`metric.${name}`] = metric;
  assertCarried(objective, carried);
  for (const [name, next] of Object.entries(carried)) outputs[`carried.${name}`] = next;
  const trained = [...new Set(objective.trained)];
  const gradients = gradOrNone(lossScale === 1 ? loss : loss.mul(lossScale), trained, gradientCheckpointing ? { recompute: layerOf } : {});
  const reached = new Set(trained.filter((_, i) => gradients[i]));
  trained.forEach((p, i) => {
    outputs[`grad.${p.name}`] = gradients[i] ?? zeros(p.shape);
  });
  return { outputs, reached };
}

/** Throws `train.objective` unless a graph gives every tensor that is carried, as large as before. */
function assertCarried({ name, carried = {} }: Objective, next: Record<string, Tensor>): void {
  for (const key of new Set([...Object.keys(carried), ...Object.keys(next)])) {
    const [before, after] = [carried[key]?.shape.join(), next[key]?.shape.join()];
    if (before === after) continue;
    throw new SensoriumError('train.objective', 'a tensor that is carried does not come out as it went in', {
      place: `${name}: carried.${key}`,
      expected: before === undefined ? 'one of Objective.carried' : `[${before}]`,
      got: after === undefined ? 'nothing' : `[${after}]`,
    });
  }
}

/** A compiled bucket. */
class BucketProgram {
  private readonly targets = new Map<Float32Array, Record<string, HostTensor>>();

  constructor(
    readonly program: Program,
    readonly flops: number,
    /** Values that the program is fed, as they are now. */
    private readonly weights: () => Record<string, AnyTensor>,
    private readonly scalars: Record<string, HostTensor>,
    private readonly buffers: TrainBuffers,
    /** Slots of the buffers whose parameters the loss depends on. */
    readonly reached: readonly boolean[],
    /** What the graph is fed from the batch before, and where it puts what comes next. */
    private readonly carried: { from: Readonly<Record<string, HostTensor>>; to: Readonly<Record<string, HostTensor>> },
  ) {}

  /** Starts the program; gradients go to `block`, which is laid out as the buffers are. */
  async run(batch: Batch, block: Float32Array): Promise<StepResult> {
    const { from, to } = this.carried;
    await this.program.run({ ...this.weights(), ...from, ...batch.feeds }, this.into(block));
    const metrics: Record<string, number> = {};
    for (const [name, tensor] of Object.entries(this.scalars))
      if (name !== 'loss') metrics[name.slice('metric.'.length)] = Number(tensor.data[0]);
    const carry = (): void => {
      for (const [name, { data }] of Object.entries(from)) (data as Float32Array).set((to[name] as HostTensor<'float32'>).data);
    };
    return { loss: Number((this.scalars.loss as HostTensor).data[0]), metrics, carry };
  }

  /** Output tensors over a block; made once, so that the runtime can keep its handles. */
  private into(block: Float32Array): Record<string, AnyTensor> {
    const { resident } = this.buffers;
    if (resident) {
      const which = block === this.buffers.gradients ? 0 : 1;
      const there: Record<string, AnyTensor> = { ...this.scalars };
      for (const [name, tensor] of Object.entries(this.carried.to)) there[`carried.${name}`] = tensor;
      for (const [i, { parameter }] of this.buffers.slots.entries()) there[`grad.${parameter.name}`] = resident.gradient(i, which);
      return there;
    }
    let into = this.targets.get(block);
    if (!into) {
      into = { ...this.scalars };
      for (const [name, tensor] of Object.entries(this.carried.to)) into[`carried.${name}`] = tensor;
      for (const { parameter, offset, length } of this.buffers.slots)
        into[`grad.${parameter.name}`] = { dtype: 'float32', shape: [...parameter.dims], data: block.subarray(offset, offset + length) };
      this.targets.set(block, into);
    }
    return into;
  }
}

/** The values of trained parameters that a program reads. On the host they are the same tensors every time, so that the runtime can keep its handles. */
function currentValues(buffers: TrainBuffers, { parameters }: Program): () => Record<string, AnyTensor> {
  const read = (): Record<string, AnyTensor> =>
    Object.fromEntries(
      buffers.slots.flatMap(({ parameter: { name } }, i) => (parameters.has(name) ? [[name, buffers.current(i)] as const] : [])),
    );
  const views = read();
  return () => (buffers.resident ? read() : views);
}

export interface GradientOptions extends GraphOptions {
  runtime?: Runtime;
  /** Called with trained parameters that a bucket's loss does not depend on, once for each set of them. */
  onUnused?: (bucket: string, parameters: readonly Parameter[]) => void;
  /** Called with what identifies the loss of each bucket, before it is compiled. */
  onLoss?: (bucket: string, fingerprint: string) => void;
}

/** The gradient programs of one stage, compiled when their bucket first comes up. */
export class GradientPrograms {
  private readonly compiled = new Map<string, Promise<BucketProgram>>();
  private readonly unusedSets = new Set<string>();

  constructor(
    private readonly objective: Objective,
    private readonly buffers: TrainBuffers,
    private readonly options: GradientOptions = {},
  ) {}

  bucket(name: string): Promise<BucketProgram> {
    let program = this.compiled.get(name);
    if (!program) {
      program = this.compile(name);
      this.compiled.set(name, program);
    }
    return program;
  }

  /** Gradients of `batch` into `block`. */
  async run(batch: Batch, block: Float32Array): Promise<StepResult> {
    return (await this.bucket(batch.bucket)).run(batch, block);
  }

  async dispose(): Promise<void> {
    for (const program of await Promise.allSettled(this.compiled.values()))
      if (program.status === 'fulfilled') program.value.program.dispose();
    this.compiled.clear();
  }

  private async compile(bucket: string): Promise<BucketProgram> {
    const { objective, buffers, options } = this;
    const { outputs, reached } = tracedGraph(objective, bucket, options);
    options.onLoss?.(bucket, lossFingerprint(outputs.loss as Tensor));
    const name = `${objective.name}.${bucket}`;
    const program = await compile(outputs, { ...trainingSession(outputs), name, runtime: options.runtime, frozen: objective.frozen });
    const weights = currentValues(buffers, program);
    const known = weights();
    for (const name of program.parameters.keys())
      if (!known[name]) {
        program.dispose();
        throw new SensoriumError('train.parameter', 'the loss uses a parameter that is neither trained nor frozen', {
          place: `${objective.name}: ${name}`,
          hint: "Add it to the objective's `trained`, or its value to `frozen`",
        });
      }
    const unused = buffers.slots.flatMap(({ parameter }) => (reached.has(parameter) ? [] : [parameter]));
    const set = unused.map((p) => p.name).join(' ');
    if (unused.length > 0 && !this.unusedSets.has(set)) options.onUnused?.(bucket, unused);
    this.unusedSets.add(set);
    const scalars: Record<string, HostTensor> = {};
    for (const [name, tensor] of Object.entries(outputs))
      if (name === 'loss' || name.startsWith('metric.')) {
        const shape = tensor.shape as number[];
        if (shape.some((d) => d !== 1))
          throw new SensoriumError('train.metric', `'${name}' must be a scalar`, {
            place: objective.name,
            expected: '[]',
            got: String(tensor),
          });
        scalars[name] = hostTensor(tensor.dtype, shape);
      }
    const flops = objective.flops?.(bucket) ?? countFlops(Object.values(outputs));
    const inLoss = buffers.slots.map(({ parameter }) => reached.has(parameter));
    const from = objective.carried ?? {};
    const to = Object.fromEntries(Object.entries(from).map(([key, { shape }]) => [key, hostTensor('float32', shape)]));
    return new BucketProgram(program, flops, weights, scalars, buffers, inLoss, { from, to });
  }
}
