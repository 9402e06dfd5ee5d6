// Plans: what a recipe will take before it runs. Parameters and FLOPs are counted, memory is estimated from the traced graph and corrected by
// what a few steps take, time is measured.
import { tensorBytes } from '../graph/index.js';
import { selectRuntime } from '../runtime/select.js';
import { bytesOf, sizeOf } from '../util/host.js';
import { packedCopies, peakActivations } from './flops.js';
import { GradientBlock } from './gradients.js';
import { partRates } from './learning-rates.js';
import { AdamW } from './optimizer.js';
import { applyOverrides } from './recipe.js';
import { noLossError } from './records.js';
import { initialState, stageContext, withOpenData } from './run.js';
import { GradientPrograms, gradientGraph } from './step.js';
import { TrainedModel } from './trained-model.js';
/** The arena takes this much more than the tensors that are alive at the peak: 1.08 to 1.2 was measured (`npm run bench -- memory`). */
const FRAGMENTED = 1.1;
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
/** The most memory that this process has had since it was made: as the system counts it where that is a new peak, else as it was looked at. */
class PeakMemory {
    before = process.resourceUsage().maxRSS;
    most = process.memoryUsage().rss;
    look() {
        this.most = Math.max(this.most, process.memoryUsage().rss);
    }
    get peak() {
        const { maxRSS } = process.resourceUsage(); // in KiB
        return maxRSS > this.before ? Math.max(this.most, maxRSS * 1024) : this.most;
    }
}
/** Plans every stage of a recipe: writes nothing, trains nothing. Takes a few steps of time per stage. */
export async function planRecipe(given, options) {
    return withOpenData(applyOverrides(given, options.overrides ?? []), options.signal, (recipe) => planOpened(recipe, options));
}
async function planOpened(recipe, options) {
    const runtime = options.runtime ?? (await selectRuntime());
    const before = process.memoryUsage();
    const resident = new PeakMemory();
    const state = await initialState(recipe, options.dir, options.signal);
    const stages = [];
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
        const optimizer = await AdamW.create(buffers, { betas, eps, weightDecay, runtime });
        const gradients = await GradientBlock.create(buffers, { runtime });
        try {
            const times = [];
            const updates = [];
            const buckets = new Set();
            let [flops, tokens, batchBytes] = [0, 0, 0];
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
                await program.run(batch, buffers.gradients);
                const updating = performance.now();
                await gradients.norm();
                await optimizer.update({ lr: 0, t: 1 }); // a rate of zero leaves the weights as they are
                const now = performance.now();
                resident.look();
                if (i > 0) {
                    times.push((making + updating - began) / 1000);
                    updates.push((now - updating) / 1000);
                }
                flops += program.flops / n;
                tokens += batch.tokens / n;
                batchBytes = Math.max(batchBytes, Object.values(batch.feeds).reduce((s, t) => s + sizeOf(t.shape) * bytesOf(t.dtype), 0));
            }
            const graphs = [...buckets].map((b) => Object.values(gradientGraph(objective, b, { lossScale, gradientCheckpointing })));
            const activations = FRAGMENTED * Math.max(...graphs.map(peakActivations));
            const packed = Math.max(...graphs.map((outputs) => packedCopies(outputs, objective.frozen)));
            const frozenBytes = [...objective.frozen.keys()].reduce((s, p) => s + tensorBytes(p), 0);
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
            const updateSeconds = median(updates);
            const secondsPerStep = median(times) * accumulate + updateSeconds;
            stages.push({
                name: spec.name,
                kind: spec.kind,
                steps,
                parameters: { trained: buffers.count, frozen: [...objective.frozen.keys()].reduce((s, p) => s + p.count, 0) },
                memory: { ...memory, rest, total: counted + rest },
                flopsPerStep: flops * accumulate,
                tokensPerStep: tokens * accumulate,
                secondsPerStep,
                updateSeconds,
                gflops: (flops * accumulate) / secondsPerStep / 1e9,
                seconds: secondsPerStep * steps,
                buckets: [...buckets],
            });
        }
        finally {
            await programs.dispose();
            optimizer.dispose();
            gradients.dispose();
            objective.dispose?.();
        }
    }
    return {
        recipe: recipe.name,
        runtime: runtime.name,
        stages,
        seconds: stages.reduce((s, x) => s + x.seconds, 0),
        memory: Math.max(...stages.map((x) => x.memory.total)),
    };
}
//# sourceMappingURL=plan.js.map