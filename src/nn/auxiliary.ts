// Losses that modules add to whatever a training graph learns, such as the balance of experts.

import type { Tensor } from '../graph/index.js';

/** A loss of a module. */
export interface AuxiliaryLoss {
  /** What it is called where it is reported. */
  readonly name: string;
  /** A scalar. */
  readonly value: Tensor;
  /** Its factor in the loss of a stage. */
  readonly weight: number;
}

let collected: AuxiliaryLoss[] | undefined;

/** Adds `weight` times `value`, a scalar, to the loss of the graph that is being traced; does nothing in graphs that learn nothing. */
export function auxiliaryLoss(loss: AuxiliaryLoss): void {
  collected?.push(loss);
}

/** What `fn` traces, with the losses that modules have added meanwhile, in their order. */
export function withAuxiliaryLosses<T>(fn: () => T): { result: T; losses: readonly AuxiliaryLoss[] } {
  const before = collected;
  const losses: AuxiliaryLoss[] = [];
  collected = losses;
  try {
    return { result: fn(), losses };
  } finally {
    collected = before;
  }
}
