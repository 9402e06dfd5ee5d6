// Programs of an objective's loss alone: for losses that are measured and not trained on (held-out rows, exchanged images).

import { compile, type Program } from '../runtime/compile.js';
import type { AnyTensor, Runtime } from '../runtime/runtime.js';
import type { HostTensor } from '../util/host.js';
import type { TrainBuffers } from './buffers.js';
import type { Batch, Objective } from './objective.js';
import { trainingSession } from './session.js';

/** Loss programs with the current values of the trained parameters, compiled when their bucket first comes up. */
export class LossPrograms {
  private readonly compiled = new Map<string, Promise<Program>>();

  constructor(
    private readonly objective: Objective,
    private readonly buffers: TrainBuffers,
    private readonly runtime: Runtime | undefined,
  ) {}

  /** The loss of `batch`, without its gradients. */
  async loss(batch: Batch): Promise<number> {
    const { objective, buffers, runtime } = this;
    const { bucket } = batch;
    let compiling = this.compiled.get(bucket);
    if (!compiling) {
      const { loss } = objective.graph(bucket);
      compiling = compile(
        { loss },
        { ...trainingSession({ loss }), name: `${objective.name}.${bucket}.loss`, runtime, frozen: objective.frozen },
      );
      this.compiled.set(bucket, compiling);
    }
    const program = await compiling;
    // Feeds that only gradients or metrics read are left out.
    const feeds: Record<string, AnyTensor> = {};
    for (const { name } of program.inputs) {
      const value = batch.feeds[name] ?? objective.carried?.[name];
      if (value) feeds[name] = value;
    }
    for (const [i, { parameter }] of buffers.slots.entries())
      if (program.parameters.has(parameter.name)) feeds[parameter.name] = buffers.current(i);
    const { loss } = await program.run(feeds);
    return Number((loss as HostTensor).data[0]);
  }

  async dispose(): Promise<void> {
    for (const program of await Promise.allSettled(this.compiled.values())) if (program.status === 'fulfilled') program.value.dispose();
    this.compiled.clear();
  }
}
