// Learning-rate schedules: pure functions of the step, so that a resumed run needs no state.
import { SensoriumError } from '../util/errors.js';
/** Number of warm-up steps that `warmup` (a count, or a share below 1) means. */
export function warmupSteps(warmup, steps) {
    return warmup > 0 && warmup < 1 ? Math.round(warmup * steps) : Math.round(warmup);
}
/**
 * Learning rate of `step` (0-based). Warm-up: lr (step + 1) / warmup. Then `linear` and `cosine`
 * (Loshchilov and Hutter 2017, one cycle) fall from lr to minRatio * lr at the last step.
 * Throws `train.schedule` for values that make no sense.
 */
export function learningRate(step, options) {
    const { schedule, lr, steps, minRatio = 0 } = options;
    const warmup = warmupSteps(options.warmup ?? 0, steps);
    if (!(lr >= 0) || !Number.isFinite(lr) || !(minRatio >= 0 && minRatio <= 1) || !(warmup >= 0))
        throw new SensoriumError('train.schedule', 'the schedule makes no sense', {
            expected: 'lr >= 0, warmup >= 0, minRatio in 0..1',
            got: `lr ${lr}, warmup ${options.warmup ?? 0}, minRatio ${minRatio}`,
        });
    if (step < warmup)
        return (lr * (step + 1)) / warmup;
    // The last step (steps - 1) lies exactly at the end of the curve.
    const t = Math.min(1, Math.max(0, (step - warmup + 1) / Math.max(1, steps - warmup)));
    switch (schedule) {
        case 'constant':
            return lr;
        case 'linear':
            return lr * (1 - (1 - minRatio) * t);
        case 'cosine':
            return lr * (minRatio + (1 - minRatio) * 0.5 * (1 + Math.cos(Math.PI * t)));
        default:
            throw new SensoriumError('train.schedule', 'unknown schedule', { expected: 'constant, linear or cosine', got: String(schedule) });
    }
}
//# sourceMappingURL=schedule.js.map