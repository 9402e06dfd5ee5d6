export type ScheduleName = 'constant' | 'linear' | 'cosine';
export interface ScheduleOptions {
    schedule: ScheduleName;
    /** Peak learning rate. */
    lr: number;
    /** All steps of the stage, warm-up included. */
    steps: number;
    /** Steps of linear warm-up from lr/warmup to lr; a number below 1 is a share of `steps`. */
    warmup?: number;
    /** Where linear and cosine end, as a share of `lr`. Default 0. */
    minRatio?: number;
}
/** Number of warm-up steps that `warmup` (a count, or a share below 1) means. */
export declare function warmupSteps(warmup: number, steps: number): number;
/**
 * Learning rate of `step` (0-based). Warm-up: lr (step + 1) / warmup. Then `linear` and `cosine`
 * (Loshchilov and Hutter 2017, one cycle) fall from lr to minRatio * lr at the last step.
 * Throws `train.schedule` for values that make no sense.
 */
export declare function learningRate(step: number, options: ScheduleOptions): number;
