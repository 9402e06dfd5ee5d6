// The held-out loss of a stage: when it is measured, over which batches, and which step had the best.
import { SensoriumError } from '../util/errors.js';
import { LossPrograms } from './loss-programs.js';
import { describeBatch } from './nonfinite.js';
import { soloRanks } from './parallel/ranks.js';
import { noLossError } from './records.js';
/** Measures the mean loss over all held-out batches, with the values that the parameters have at that step. */
export class HeldOut {
    o;
    /** Undefined before the first measurement. */
    progress;
    programs;
    constructor(o) {
        this.o = o;
        if ('objective' in o.held)
            this.programs = new LossPrograms(o.held.objective, o.buffers, o.runtime);
    }
    /** Whether the loss is to be measured after `step` steps and has not been. */
    due(step) {
        const { every, steps } = this.o;
        if (this.progress?.step === step)
            return false;
        if (step === 0 || step === steps)
            return true;
        const interval = every > 0 && every < 1 ? Math.max(1, Math.round(every * steps)) : every;
        return interval > 0 && step % interval === 0;
    }
    /** Measures, emits and records the loss after `step` steps. True where it is the best so far. Errors: `train.noloss`, `train.nonfinite`. */
    async measure(step, signal) {
        const { stage, emit } = this.o;
        const began = performance.now();
        const { loss, batches, metrics } = await this.loss(step, signal);
        const seconds = (performance.now() - began) / 1000;
        emit({ type: 'held-out', stage, step, loss, batches, seconds, ...(metrics ? { metrics: { ...metrics } } : {}) });
        const before = this.progress;
        const better = before === undefined || loss < before.best.loss;
        this.progress = {
            step,
            first: before?.first ?? loss,
            last: loss,
            best: better ? { step, loss } : before.best,
            worse: better ? 0 : before.worse + 1,
        };
        return better;
    }
    /** Whether the loss has got no better for as long as `patience` says. */
    get stalled() {
        const { patience } = this.o;
        return patience > 0 && (this.progress?.worse ?? 0) >= patience;
    }
    /** The step whose weights are kept as the best. */
    get best() {
        return this.o.keepBest ? this.progress?.best.step : undefined;
    }
    /** What a stage that ends after `step` steps has to say; undefined where nothing was measured. */
    summary(step) {
        if (!this.progress)
            return undefined;
        const { first, last, best } = this.progress;
        return { first, last, best, weightsOf: this.best ?? step, ...(step < this.o.steps ? { stoppedEarly: true } : {}) };
    }
    async dispose() {
        await this.programs?.dispose();
    }
    async loss(step, signal) {
        const { held, stage, ranks = soloRanks } = this.o;
        if (!('measure' in held))
            return this.mean(held, step, signal);
        const measured = await ranks.first(() => held.measure(signal));
        if (Number.isFinite(measured.loss))
            return measured;
        throw new SensoriumError('train.nonfinite', `the held-out loss is not finite after step ${step}`, {
            place: `stage ${stage}`,
            got: `loss ${measured.loss}`,
            hint: 'The last checkpoint is intact. Lower lr',
        });
    }
    async mean(held, step, signal) {
        const { stage, emit, ranks = soloRanks } = this.o;
        let failure;
        const sums = await ranks.all(async () => {
            const { failures, ...own } = await this.sums(held, step, ranks, signal);
            failure = failures[0];
            return { ...own, messages: failures.map(({ message }) => message) };
        });
        const total = (key) => sums.reduce((n, own) => n + own[key], 0);
        for (const message of sums.flatMap(({ messages }) => messages))
            emit({ type: 'warning', stage, code: 'train.nonfinite', message: `${message}. It is not part of the mean` });
        const batches = total('batches');
        if (batches > 0)
            return { loss: total('sum') / total('weights'), batches };
        return ranks.each(() => {
            if (failure)
                throw failure;
            throw noLossError(`stage ${stage}: held-out rows`, `${held.batches} batches, none with a loss token`);
        });
    }
    /** Over the batches of this rank: the sum of losses times weights, of weights, and how many there are. */
    async sums(held, step, { rank, size }, signal) {
        const { stage, skipBatch } = this.o;
        const programs = this.programs;
        let [sum, weights, batches] = [0, 0, 0];
        const failures = [];
        const fetch = (index) => {
            const made = index < held.batches ? held.objective.batch(index, signal) : undefined;
            made?.catch(() => undefined); // awaited below, or not at all when a batch before it fails
            return made;
        };
        let next = fetch(rank);
        for (let index = rank; next; index += size) {
            const batch = await next;
            signal?.throwIfAborted();
            next = fetch(index + size); // made while this one runs
            const weight = batch.weight ?? 1;
            if (weight === 0)
                continue;
            const loss = await programs.loss(batch);
            if (!Number.isFinite(loss)) {
                const error = new SensoriumError('train.nonfinite', `the held-out loss is not finite after step ${step}`, {
                    place: `stage ${stage}, held-out ${describeBatch({ index, batch })}`,
                    expected: 'finite numbers',
                    got: `loss ${loss}`,
                    hint: 'The last checkpoint is intact. Look at the rows of this batch, lower lr, or resume with skipBatch=true (--skip-batch)',
                });
                if (!skipBatch)
                    throw error;
                failures.push(error);
                continue;
            }
            sum += weight * loss;
            weights += weight;
            batches++;
        }
        return { sum, weights, batches, failures };
    }
}
//# sourceMappingURL=held-out.js.map