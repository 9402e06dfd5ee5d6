// Plans: what a recipe will take before it runs. Parameters and FLOPs are counted, memory is estimated from the traced graph and corrected by
// what a few steps take, time is measured.

import { valueBytes } from '../graph/index.js';
import type { DeviceName } from '../runtime/runtime.js';
import { selectRuntime } from '../runtime/select.js';
import { bytesOf, sizeOf } from '../util/host.js';
import { packedCopies, peakActivations } from './flops.js';
import { GradientBlock } from './gradients.js';
import { partRates } from './learning-rates.js';
import { AdamW } from './optimizer.js';
import { applyOverrides, type Recipe } from './recipe.js';
import { noLossError } from './records.js';
import { makeResident, ResidentBlocks } from './resident.js';
import { initialState, type RecipeRun, stageContext, withOpenData } from './run.js';
import { GradientPrograms, gradientGraph } from './step.js';
import { TrainedModel } from './trained-model.js';

/** Bytes. */
export interface MemoryPlan {
  trained: number;
  frozen: number;
  /** Copies of frozen matrices that are packed for the kernels, and start values that an opened model keeps. */
  copies: number;
  gradients: number;
  moments: number;
  /** Peak of intermediate tensors of the largest bucket seen. */
  activations: number;
  batch: number;
  /** Node, this library and ONNX Runtime: the process before the model was made, and what its heap grew by since. */
  process: number;
  /** What the steps that were tried took beyond all this: programs of frozen parts, and the padding of ONNX Runtime's arena. */
  rest: number;
  total: number;
  /** Memory of the device, where there is one: parameters, moments, gradients, frozen weights, activations and a batch. Not part of `total`. */
  device?: number;
}

export interface StagePlan {
  name: string;
  kind: string;
  steps: number;
  parameters: { trained: number; frozen: number };
  memory: MemoryPlan;
  /** Of one optimizer step, forward and backward. */
  flopsPerStep: number;
  tokensPerStep: number;
  secondsPerStep: number;
  /** The part of it after the gradients. */
  updateSeconds: number;
  gflops: number;
  /** All steps of the stage. */
  seconds: number;
  /** Buckets among the batches that were tried. */
  buckets: string[];
  /** On a device: bytes that cross in a step. */
  crossed?: { uploaded: number; downloaded: number };
}

export interface RecipePlan {
  recipe: string;
  runtime: string;
  device?: DeviceName;
  /** Ops that stay on the CPU, for the device's kernels of them are wrong. */
  onHost?: readonly string[];
  stages: StagePlan[];
  seconds: number;
  /** Largest of the stages, bytes. */
  memory: number;
}

export interface PlanOptions extends Pick<RecipeRun, 'dir' | 'overrides' | 'runtime' | 'signal'> {
  /** Timed steps per stage. Default 2, after one that is not timed. */
  timedSteps?: number;
}

/** The arena takes this much more than the tensors that are alive at the peak: 1.08 to 1.2 was measured (`npm run bench -- memory`). */
const FRAGMENTED = 1.1;

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] as number;

/** The most memory that this process has had since it was made: as the system counts it where that is a new peak, else as it was looked at. */
class PeakMemory {
  private readonly before = process.resourceUsage().maxRSS;
  private most = process.memoryUsage().rss;

  look(): void {
    this.most = Math.max(this.most, process.memoryUsage().rss);
  }

  get peak(): number {
    const { maxRSS } = process.resourceUsage(); // in KiB
    return maxRSS > this.before ? Math.max(this.most, maxRSS * 1024) : this.most;
  }
}

/** Plans every stage of a recipe: writes nothing, trains nothing. Takes a few steps of time per stage. */
export async function planRecipe(given: Recipe, options: PlanOptions): Promise<RecipePlan> {
  return withOpenData(applyOverrides(given, options.overrides ?? []), options.signal, (recipe) => planOpened(recipe, options));
}

async function planOpened(recipe: Recipe, options: PlanOptions): Promise<RecipePlan> {
  const runtime = options.runtime ?? (await selectRuntime());
  const before = process.memoryUsage();
  const resident = new PeakMemory();
  const state = await initialState(recipe, options.dir, options.signal);
  const stages: StagePlan[] = [];
  for (const [index, spec] of recipe.stages.entries()) {
    options.signal?.throwIfAborted();
    const context = stageContext(recipe, index, {
      state,
      runtime,
      dir: options.dir,
      signal: options.signal,
      planning: true,
      resumed: false,
    });
    const objective = await spec.objective(context);
    const { betas, eps, weightDecay, lossScale, accumulate, steps, learningRates, gradientCheckpointing } = context.options;
    partRates(learningRates, objective.trained, { network: state.network, place: `${recipe.name}: stage ${spec.name}` }); // throws for wrong names
    const buffers = state.pack(objective.trained);
    const programs = new GradientPrograms(objective, buffers, { runtime, lossScale, gradientCheckpointing });
    await makeResident(buffers, { runtime, accumulate: accumulate > 1 });
    const optimizer = await AdamW.create(buffers, { betas, eps, weightDecay, runtime });
    const gradients = await GradientBlock.create(buffers, { runtime });
    try {
      const times: number[] = [];
      const updates: number[] = [];
      const buckets = new Set<string>();
      let [flops, tokens, batchBytes] = [0, 0, 0];
      let crossed: StagePlan['crossed'];
      const n = 1 + (options.timedSteps ?? 2);
      for (let [i, index] = [0, 0]; i < n; i++, index++) {
        const asked = performance.now();
        let batch = await objective.batch(index, options.signal);
        // Batches that training skips are not timed; where there are fewer others than are timed, they are taken again.
        for (let tried = 0; batch.weight === 0; tried++) {
          options.signal?.throwIfAborted();
          if (tried > steps * accumulate)
            throw noLossError(`${recipe.name}: stage ${spec.name}`, `${tried} batches, none with a loss token`);
          index = (index + 1) % (steps * accumulate);
          batch = await objective.batch(index, options.signal);
        }
        // Batches that are made with the weights of their step are made before it, and not beside the one before.
        const making = objective.online ? performance.now() - asked : 0;
        const program = await programs.bucket(batch.bucket);
        buckets.add(batch.bucket);
        const began = performance.now();
        const before = runtime.memory && { ...runtime.memory.traffic };
        await program.run(batch, buffers.gradients);
        const updating = performance.now();
        await gradients.norm();
        await optimizer.update({ lr: 0, t: 1 }); // a rate of zero leaves the weights as they are
        const now = performance.now();
        if (before && runtime.memory) {
          const { uploaded, downloaded } = runtime.memory.traffic;
          crossed = { uploaded: uploaded - before.uploaded, downloaded: downloaded - before.downloaded };
        }
        resident.look();
        if (i > 0) {
          times.push((making + updating - began) / 1000);
          updates.push((now - updating) / 1000);
        }
        flops += program.flops / n;
        tokens += batch.tokens / n;
        batchBytes = Math.max(
          batchBytes,
          Object.values(batch.feeds).reduce((s, t) => s + sizeOf(t.shape) * bytesOf(t.dtype), 0),
        );
      }
      const graphs = [...buckets].map((b) => Object.values(gradientGraph(objective, b, { lossScale, gradientCheckpointing })));
      const activations = FRAGMENTED * Math.max(...graphs.map(peakActivations));
      const packed = Math.max(...graphs.map((outputs) => packedCopies(outputs, objective.frozen)));
      const frozenBytes = [...objective.frozen.values()].reduce((s, value) => s + valueBytes(value), 0);
      const block = buffers.length * 4;
      const memory = {
        trained: block,
        frozen: frozenBytes,
        copies: packed + (state instanceof TrainedModel && state.keeps ? block : 0),
        gradients: block * (accumulate > 1 ? 2 : 1),
        moments: 2 * block,
        activations,
        batch: 2 * batchBytes,
        // Tracing and compiling make V8's heap grow, which it keeps.
        process: before.rss + Math.max(0, process.memoryUsage().heapTotal - before.heapTotal),
      };
      const counted = Object.values(memory).reduce((a, b) => a + b, 0);
      // A second block of gradients is not part of the steps that were tried.
      const rest = Math.max(0, resident.peak - (counted - (memory.gradients - block)));
      const onDevice = ResidentBlocks.bytes(buffers.length, { accumulate: accumulate > 1 }) + frozenBytes + activations + batchBytes;
      const updateSeconds = median(updates);
      const secondsPerStep = median(times) * accumulate + updateSeconds;
      stages.push({
        name: spec.name,
        kind: spec.kind,
        steps,
        parameters: { trained: buffers.count, frozen: [...objective.frozen.keys()].reduce((s, p) => s + p.count, 0) },
        memory: { ...memory, rest, total: counted + rest, ...(runtime.memory ? { device: onDevice } : {}) },
        flopsPerStep: flops * accumulate,
        tokensPerStep: tokens * accumulate,
        secondsPerStep,
        updateSeconds,
        gflops: (flops * accumulate) / secondsPerStep / 1e9,
        seconds: secondsPerStep * steps,
        buckets: [...buckets],
        ...(crossed ? { crossed } : {}),
      });
    } finally {
      await programs.dispose();
      optimizer.dispose();
      gradients.dispose();
      buffers.release();
      objective.dispose?.();
    }
  }
  return {
    recipe: recipe.name,
    runtime: runtime.name,
    ...(runtime.memory ? { device: runtime.device, onHost: [...(runtime.onHost ?? [])] } : {}),
    stages,
    seconds: stages.reduce((s, x) => s + x.seconds, 0),
    memory: Math.max(...stages.map((x) => x.memory.total)),
  };
}
