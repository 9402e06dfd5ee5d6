// Values of predicted tokens, by sequence and in the order in which a packed batch holds them.

import type { PackedSequences } from '../model/index.js';
import { type HostTensor, hostTensor } from '../util/host.js';

type Places = Pick<PackedSequences, 'owners' | 'predictions'>;

/** Values [n] of the places of a batch as those of each sequence, in order of its tokens. */
export function perToken({ owners, predictions }: Places, values: Float32Array, sequences: number): number[][] {
  const out = Array.from({ length: sequences }, (): number[] => []);
  for (let i = 0; i < predictions; i++) {
    const owner = owners.data[i] as number;
    (out[owner] as number[]).push(values[i] as number);
  }
  return out;
}

/** Values of each sequence's tokens as [n] of the places of a batch; 0 on filling. A number stands for all tokens of its sequence. */
export function atPlaces({ owners, predictions }: Places, values: readonly (number | ArrayLike<number>)[]): HostTensor<'float32'> {
  const out = hostTensor('float32', owners.shape);
  const next = values.map(() => 0);
  for (let i = 0; i < predictions; i++) {
    const owner = owners.data[i] as number;
    const own = values[owner] as number | ArrayLike<number>;
    out.data[i] = typeof own === 'number' ? own : (own[(next[owner] as number)++] as number);
  }
  return out;
}
