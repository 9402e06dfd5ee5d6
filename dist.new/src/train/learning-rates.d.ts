import type { Parameter } from '../graph/index.js';
import { type ScheduleOptions } from './schedule.js';
import { type Trainable } from './select.js';
/** Peak learning rates by part: `{ connector: 1e-3, vision: 2e-6 }`. Parts without one take `lr`. */
export type LearningRates = Readonly<Record<string, number>>;
/** One part with a peak of its own. */
export interface PartRate {
    readonly name: string;
    readonly peak: number;
    /** Those of its parameters that learn, but for those of a narrower part. */
    readonly parameters: ReadonlySet<Parameter>;
}
/**
 * The parameters of every part in `rates`. Where one part lies inside another (`layers.20-` in `language`), the inner one's rate counts.
 * Errors: `train.option` for a name that selects nothing, or nothing that learns, with the nearest one, and for parts that overlap otherwise.
 */
export declare function partRates(rates: LearningRates, trained: readonly Parameter[], o: {
    network?: Trainable;
    place: string;
}): PartRate[];
/** The peak of a parameter, as `TrainBuffers` takes it: undefined where it is the stage's `lr`. */
export declare function peakOf(parts: readonly PartRate[]): (parameter: Parameter) => number | undefined;
/** Learning rates of `step` (0-based): the stage's, and that of a peak. The schedule is the same for all. */
export declare function ratesAt(step: number, options: ScheduleOptions): (peak?: number) => number;
/** For events: the rates of parts at a step; nothing where no part has one of its own. */
export declare function ratesOf(parts: readonly PartRate[], rate: (peak?: number) => number): {
    lrs?: Record<string, number>;
};
/** For the event that opens a stage: peaks of the parts, and of everything else; nothing where no part has one of its own. */
export declare function describeRates(parts: readonly PartRate[], { lr, trained }: {
    lr: number;
    trained: number;
}): {
    learningRates?: {
        part: string;
        peak: number;
        parameters: number;
    }[];
};
