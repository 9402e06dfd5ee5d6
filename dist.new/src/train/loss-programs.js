// Programs of an objective's loss alone: for losses that are measured and not trained on (held-out rows, exchanged images).
import { compile } from '../runtime/compile.js';
import { trainingSession } from './session.js';
/** Loss programs with the current values of the trained parameters, compiled when their bucket first comes up. */
export class LossPrograms {
    objective;
    buffers;
    runtime;
    compiled = new Map();
    constructor(objective, buffers, runtime) {
        this.objective = objective;
        this.buffers = buffers;
        this.runtime = runtime;
    }
    /** The loss of `batch`, without its gradients. */
    async loss(batch) {
        const { objective, buffers, runtime } = this;
        const { bucket } = batch;
        let compiling = this.compiled.get(bucket);
        if (!compiling) {
            const { loss } = objective.graph(bucket);
            compiling = compile({ loss }, { ...trainingSession({ loss }), name: `${objective.name}.${bucket}.loss`, runtime, frozen: objective.frozen });
            this.compiled.set(bucket, compiling);
        }
        const program = await compiling;
        // Feeds that only gradients or metrics read are left out.
        const feeds = {};
        for (const { name } of program.inputs) {
            const value = batch.feeds[name] ?? objective.carried?.[name];
            if (value)
                feeds[name] = value;
        }
        for (const slot of buffers.slots) {
            const { name } = slot.parameter;
            if (program.parameters.has(name))
                feeds[name] = buffers.view(slot, 'values');
        }
        const { loss } = await program.run(feeds);
        return Number(loss.data[0]);
    }
    async dispose() {
        for (const program of await Promise.allSettled(this.compiled.values()))
            if (program.status === 'fulfilled')
                program.value.dispose();
        this.compiled.clear();
    }
}
//# sourceMappingURL=loss-programs.js.map