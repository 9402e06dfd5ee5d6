// The blind alarm: a multimodal model whose loss stays the same when the images are exchanged is not looking at them.

import type { Runtime } from '../runtime/runtime.js';
import { SensoriumError } from '../util/errors.js';
import type { TrainBuffers } from './buffers.js';
import type { RunEvent } from './events.js';
import { LossPrograms } from './loss-programs.js';
import type { StepBatch } from './nonfinite.js';
import type { Objective } from './objective.js';

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

/** Whose images are exchanged, and how often. */
export interface BlindCheckOptions extends BlindOptions {
  stage: string;
  objective: Objective;
  buffers: TrainBuffers;
  runtime: Runtime;
  /** Steps between checks; 0 for none. */
  every: number;
  emit(event: RunEvent): void;
}

/** The blind checks of a stage: the loss of a step's first batch with its images exchanged, beside its loss. */
export class BlindCheck {
  readonly alarm: BlindAlarm;
  private readonly programs: LossPrograms;
  /** Whether it has been said that a check was not possible. */
  private warned = false;

  constructor(private readonly o: BlindCheckOptions) {
    this.alarm = new BlindAlarm(o.stage, o);
    this.programs = new LossPrograms(o.objective, o.buffers, o.runtime);
  }

  /** The loss of a batch of `step` with other images, when it is time for it. */
  async loss(step: number, { index, batch }: StepBatch): Promise<number | undefined> {
    const { objective, every, stage, emit } = this.o;
    if (!objective.blind || every === 0 || step % every !== 0) return undefined;
    const blind = await objective.blind(batch);
    if (blind) return this.programs.loss(blind);
    const message = `the images of batch ${index} are all equal, so whether they are used cannot be checked with it`;
    if (!this.warned) emit({ type: 'warning', stage, code: 'train.blind', message });
    this.warned = true;
    return undefined;
  }

  /** Records a check. Throws `train.blind` when the images are not used. */
  compare(step: number, loss: number, blindLoss: number): void {
    const { alarm } = this;
    const difference = alarm.check(step, loss, blindLoss);
    this.o.emit({ type: 'blind', stage: this.o.stage, step, loss, blindLoss, difference, strikes: alarm.strikes });
    alarm.assertSeeing(step, loss, blindLoss);
  }

  async dispose(): Promise<void> {
    await this.programs.dispose();
  }
}
