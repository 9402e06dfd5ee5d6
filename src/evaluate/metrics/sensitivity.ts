// Sensitivity: how much a model's score depends on how a task is worded (MultiInstruct, Xu et al. 2023, arXiv:2212.10773, section 5.2).

import { SensoriumError } from '../../util/errors.js';
import type { Score } from '../benchmark.js';
import { meanInterval } from './resample.js';

/** Standard deviation over mean of one task's scores, one for each instruction; 0 where every score is 0. */
export function taskSensitivity(scores: readonly number[]): number {
  const mean = scores.reduce((a, b) => a + b, 0) / scores.length;
  const variance = scores.reduce((sum, x) => sum + (x - mean) ** 2, 0) / scores.length;
  return mean === 0 ? 0 : Math.sqrt(variance) / mean;
}

/**
 * The mean over tasks of (standard deviation / mean) of the scores under each instruction; the deviation is that of the instructions themselves,
 * divided by their number. Lower is better. Errors: `evaluate.count` for a task with fewer than two instructions or scores below zero.
 */
export function sensitivity(tasks: Readonly<Record<string, readonly number[]>>): Score {
  for (const [task, scores] of Object.entries(tasks))
    if (scores.length < 2 || scores.some((x) => !(x >= 0)))
      throw new SensoriumError('evaluate.count', 'sensitivity needs the scores of at least two instructions for each task', {
        place: task,
        expected: 'two or more numbers of at least 0',
        got: JSON.stringify(scores),
      });
  const values = Object.values(tasks).map(taskSensitivity);
  return {
    name: 'sensitivity',
    ...meanInterval(values, [0, Number.POSITIVE_INFINITY]),
    better: 'lower',
    note: 'standard deviation over mean of the scores under each wording, mean over tasks',
  };
}
