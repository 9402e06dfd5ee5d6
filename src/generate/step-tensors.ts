// Inputs of a decoding step, made once for each shape and fed again and again, so that the runtime keeps its handles on them.

import { type HostTensor, hostTensor } from '../util/host.js';

/** What every program that grows sequences over a cache is fed beside the cache. */
export interface StepTensors {
  /** New tokens: [batch, n]. */
  readonly ids: HostTensor<'int32'>;
  /** Flat places with logits: [picked]. */
  readonly last: HostTensor<'int32'>;
  /** Filled positions of each row after the step, less one: [batch]. */
  readonly lengths: HostTensor<'int32'>;
  /** The most filled positions of any row after the step. */
  readonly total: HostTensor<'int32'>;
  /** [kinds, batch, n], of models whose tokens have several positions. */
  readonly positions?: HostTensor<'int32'>;
  /** Of models with a switch: how far it is turned for each place with logits, [picked]. */
  readonly epsilon?: HostTensor<'float32'>;
}

/** Inputs of a step of `n` tokens of each of `batch` rows. `picked`: how many places have logits; default: the last of each row. */
export function stepTensors(batch: number, n: number, { picked = batch, kinds = 0, switched = false } = {}): StepTensors {
  const int32 = (...shape: number[]): HostTensor<'int32'> => hostTensor('int32', shape);
  const t = { ids: int32(batch, n), last: int32(picked), lengths: int32(batch), total: int32() };
  return {
    ...t,
    ...(kinds > 0 ? { positions: int32(kinds, batch, n) } : {}),
    ...(switched ? { epsilon: hostTensor('float32', [picked]) } : {}),
  };
}
