// The registry of chain strategies: one line each, in the order of lists.

import { ddcot, tree } from './strategies/ddcot.js';
import { direct } from './strategies/direct.js';
import { infilling, predicting } from './strategies/frames.js';
import { selfConsistency } from './strategies/self-consistency.js';
import { adaptive, fixed } from './strategies/stepwise.js';
import { twoStage } from './strategies/two-stage.js';
import { frameByFrame, zeroShot } from './strategies/zero-shot.js';
import type { ChainStrategy } from './strategy.js';

/** All strategies. */
export const CHAINS: readonly ChainStrategy[] = [
  direct,
  zeroShot,
  twoStage,
  fixed,
  adaptive,
  selfConsistency,
  ddcot,
  tree,
  frameByFrame,
  infilling,
  predicting,
];

export { chainNamed } from './strategy.js';
