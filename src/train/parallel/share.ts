// Which batches of a step a rank takes: whole ones where there are enough of them, else parts of their rows.

import { SensoriumError } from '../../util/errors.js';
import type { Objective } from '../objective.js';

/** A part of the rows of a batch. */
export interface BatchPart {
  /** From 0. */
  part: number;
  parts: number;
}

/** What a rank takes of each step. */
export interface Share extends BatchPart {
  /** Its batches are every `every`-th of a step, from `first` on. */
  first: number;
  every: number;
}

/** Where one process takes everything. */
export const WHOLE: Share = { first: 0, every: 1, part: 0, parts: 1 };

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/**
 * The share of `rank` in steps of `accumulate` batches: groups of as many ranks as a batch has parts take turns. 2 ranks take whole batches where
 * there are 2, 4 …, and a half of each where there are 1, 3 …
 */
export function shareOf(rank: number, size: number, accumulate: number): Share {
  const every = divisor(size, accumulate);
  return { first: rank % every, every, part: Math.floor(rank / every), parts: size / every };
}

/** Indices of the batches of `step` in a share. */
export function batchesOf({ first, every }: Share, step: number, accumulate: number): number[] {
  return Array.from({ length: Math.ceil((accumulate - first) / every) }, (_, k) => step * accumulate + first + k * every);
}

/** Throws `train.ranks` for an objective that several processes cannot train, or not with so few batches in a step. */
export function assertDivides(objective: Objective, o: { size: number; accumulate: number; place: string }): void {
  const { size, accumulate, place } = o;
  if (size === 1) return;
  const fail = (got: string, hint: string): never => {
    throw new SensoriumError('train.ranks', 'the stage cannot be divided among these processes', {
      place: `${place}, ${size} ranks`,
      expected: 'batches that do not depend on each other',
      got,
      hint,
    });
  };
  if (objective.online || objective.memory)
    fail(`${objective.name}, whose batches are made with what training has reached, one after the other`, 'Run this stage in one process');
  if (objective.carried && Object.keys(objective.carried).length > 0)
    fail(`${objective.name} hands ${Object.keys(objective.carried).join(', ')} from a batch to the next`, 'Run this stage in one process');
  const { parts, every } = shareOf(0, size, accumulate);
  if (parts > 1 && !objective.batchPart)
    fail(
      `${objective.name}, whose loss compares the samples of a batch, so that batches cannot be cut, and ${accumulate} of them in a step for ${size / every > 1 ? size : every} ranks`,
      `Set accumulate (--accumulate) to a multiple of ${size}, and the batch as much smaller`,
    );
}
