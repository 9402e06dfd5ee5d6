// The batches of a stage: checked, and the next one made while gradients run.
import { SensoriumError } from '../util/errors.js';
/** A batch of an objective, or a part of it. Errors: `train.ranks` where it cannot be cut. */
export function makeBatch(objective, index, part, signal) {
    if (part.parts === 1)
        return objective.batch(index, signal);
    if (objective.batchPart)
        return objective.batchPart(index, part, signal);
    throw new SensoriumError('train.ranks', 'batches of this objective cannot be cut', { place: objective.name, got: `${part.parts} parts` });
}
/** Batches of an objective by index. */
export class BatchSource {
    objective;
    stage;
    signal;
    part;
    /** The batch after the one that was taken last, in the making. */
    ahead;
    constructor(objective, stage, signal, 
    /** What this process takes of every batch. */
    part = { part: 0, parts: 1 }) {
        this.objective = objective;
        this.stage = stage;
        this.signal = signal;
        this.part = part;
    }
    /** The batch at `index`. Errors: `train.batch`. */
    get(index) {
        if (this.ahead?.index === index)
            return this.ahead.batch;
        const made = this.make(index);
        made.catch(() => undefined); // awaited later; a rejection must not count as unhandled until then
        return made;
    }
    /** Another part of a batch, or all of it, as it was trained on by a run of other processes. */
    another(index, part) {
        return part.parts === this.part.parts && part.part === this.part.part ? this.get(index) : this.make(index, part);
    }
    /** Begins to make a batch that `get` will be asked for; one that depends on the weights is not made before its turn. */
    prefetch(index) {
        if (this.objective.online)
            return;
        this.ahead = { index, batch: this.get(index) };
    }
    /** Resolves when nothing is in the making any more. */
    async idle() {
        await this.ahead?.batch.catch(() => undefined); // a batch that nobody needs any more
    }
    async make(index, part = this.part) {
        const batch = await makeBatch(this.objective, index, part, this.signal);
        const weight = batch?.weight ?? 1;
        if (typeof batch?.bucket !== 'string' || typeof batch.feeds !== 'object' || !Number.isFinite(weight) || weight < 0)
            throw new SensoriumError('train.batch', 'the objective made a batch that cannot be used', {
                place: `stage ${this.stage}, batch ${index}`,
                expected: 'a bucket, feeds, and a weight of at least 0',
                got: batch ? `bucket ${batch.bucket}, weight ${weight}` : String(batch),
            });
        return batch;
    }
}
//# sourceMappingURL=batches.js.map