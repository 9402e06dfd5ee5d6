// The error for NaN, Infinity and losses beyond their bound in training: which step, which batch and rows, and where the first such number is.

import { SensoriumError } from '../util/errors.js';
import type { TrainBuffers } from './buffers.js';
import { findNonFinite } from './gradients.js';
import type { Batch } from './objective.js';

/** A batch of the step and its index. */
export interface StepBatch {
  index: number;
  batch: Batch;
}

const ROWS = 16;

/** A loss that grew is an explosion above the first number, and above so many times the first losses. */
const MOST_LOSS = 1000;
const MOST_GROWTH = 100;

/** The bound of losses: `maxLoss`, or where that is 0 a hundred times the mean of the first ones, at least 1000. The first loss of all has none then. */
export function lossBound(maxLoss: number, first: readonly number[]): number {
  if (maxLoss > 0) return maxLoss;
  if (first.length === 0) return Number.POSITIVE_INFINITY;
  const mean = first.reduce((sum, loss) => sum + Math.abs(loss), 0) / first.length;
  return Math.max(MOST_LOSS, MOST_GROWTH * mean);
}

/** A batch in words: its index, its bucket and the rows of the data set in it. */
export function describeBatch({ index, batch }: StepBatch): string {
  const { rows = [], bucket } = batch;
  const listed = rows.length > 0 ? `, rows ${rows.slice(0, ROWS).join(', ')}${rows.length > ROWS ? `, … (${rows.length})` : ''}` : '';
  return `batch ${index} (bucket '${bucket}'${listed})`;
}

/** `train.nonfinite`, to be thrown. `what` is the number that was found: `loss NaN`. */
export function nonFiniteError(
  what: string,
  o: { stage: string; step: number; steps: number; batches: readonly StepBatch[]; buffers: TrainBuffers },
): SensoriumError {
  const { buffers } = o;
  const input = o.batches.flatMap(({ index, batch }) =>
    Object.entries(batch.feeds).flatMap(([name, { dtype, data }]) =>
      dtype.startsWith('float') && (data as Float32Array).some((x) => !Number.isFinite(x)) ? [{ index, name }] : [],
    ),
  )[0];
  const gradient = findNonFinite(buffers, 'gradients');
  const value = findNonFinite(buffers, 'values');
  const counted = ({ slot, count }: NonNullable<typeof gradient>): string =>
    `${slot.parameter.name} has ${count} of ${slot.length} elements that are not finite`;
  const found = [
    ...(input ? [`the input '${input.name}' of batch ${input.index} holds numbers that are not finite`] : []),
    ...(value ? [`the value of ${counted(value)}`] : []),
    ...(gradient ? [`the gradient of ${counted(gradient)}`] : []),
  ];
  return new SensoriumError('train.nonfinite', `training diverged at step ${o.step} of ${o.steps}`, {
    place: `stage ${o.stage}, ${o.batches.map(describeBatch).join(', ')}`,
    expected: 'finite numbers',
    got: [what, ...found].join('; '),
    hint: what.includes('bound')
      ? 'The last checkpoint is intact. Lower lr, lengthen warmup, look at the batch of this step, resume with skipBatch=true (--skip-batch), or raise the bound (maxLoss, maxKl) where such numbers are right'
      : input
        ? 'The last checkpoint is intact. Correct the data of this batch, or resume with skipBatch=true (--skip-batch)'
        : 'The last checkpoint is intact. Lower lr, lengthen warmup, set clip, look at the batch of this step, or resume with skipBatch=true (--skip-batch)',
  });
}
