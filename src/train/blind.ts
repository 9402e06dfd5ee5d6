// The blind alarm: a multimodal model whose loss stays the same when the images are exchanged is not looking at them.

import { SensoriumError } from '../util/errors.js';

export interface BlindOptions {
  /** Steps before the first check counts. */
  grace: number;
  /** Relative change of the loss below which a check is a strike. */
  threshold: number;
  /** Strikes in a row that stop the run. */
  patience: number;
}

/** Counts checks in a row without a difference. */
export class BlindAlarm {
  constructor(
    private readonly stage: string,
    private readonly options: BlindOptions,
    /** Restored from a checkpoint. */
    public strikes = 0,
  ) {}

  /** Records one check; returns the relative difference. */
  check(step: number, loss: number, blindLoss: number): number {
    const difference = Math.abs(blindLoss - loss) / Math.max(Math.abs(loss), 1e-12);
    if (step <= this.options.grace) return difference;
    this.strikes = difference < this.options.threshold ? this.strikes + 1 : 0;
    return difference;
  }

  /** Throws `train.blind` when the run has had its strikes. */
  assertSeeing(step: number, loss: number, blindLoss: number): void {
    if (this.strikes < this.options.patience) return;
    throw new SensoriumError(
      'train.blind',
      `the images are not used: at step ${step} the loss is the same with the images of the batch exchanged`,
      {
        place: `stage ${this.stage}`,
        expected: `a relative change of at least ${this.options.threshold}`,
        got: `${loss} with the right images, ${blindLoss} with the wrong ones, ${this.strikes} checks in a row`,
        hint:
          'Check that image features reach the language model (placeholders expanded and replaced, connector connected and trained), ' +
          'and that the targets cannot be guessed from the text alone. blindEvery=0 switches the check off',
      },
    );
  }
}
