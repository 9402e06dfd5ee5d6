// The language model that `bench decode` runs: SmolLM2-135M's shape with random weights, cheap to make.

import type { Parameter } from '../src/graph/index.js';
import { type Llama, llama } from '../src/models/index.js';
import { type HostTensor, hostTensor } from '../src/util/host.js';

/** Positions that every side makes room for. */
export const CAPACITY = 1024;

/** SmolLM2-135M: 30 layers, width 576, 9 heads on 3 key-value heads, SwiGLU of 1536, 49152 tokens, tied. */
export function smolShape(): Llama {
  return llama({ width: 576, layers: 30, heads: 9, kvHeads: 3, feedForward: 1536, vocabSize: 49152, positions: CAPACITY })
    .build()
    .nameParameters();
}

/** Values for every parameter: ones for norms, else uniform with the variance of a usual initialisation. */
export function randomValues(network: Llama, seed = 1): Map<Parameter, HostTensor<'float32'>> {
  let state = seed;
  return new Map(
    network.parameters().map((p) => {
      const t = hostTensor('float32', p.dims);
      if (p.dims.length === 1) t.data.fill(1);
      else {
        const scale = Math.sqrt(3 / (p.dims.at(-1) as number)) * 2;
        for (let i = 0; i < t.data.length; i++) {
          state = (Math.imul(state, 1664525) + 1013904223) | 0;
          t.data[i] = (state / 2 ** 32) * scale;
        }
      }
      return [p, t];
    }),
  );
}
