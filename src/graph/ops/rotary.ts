// Rotary position embedding as one row: its gradient is the rotation backwards.

import { hostTensor } from '../../util/host.js';
import { defineOp, type Op } from '../op.js';
import { shapeError, showShape } from '../shape.js';
import { constant, type Tensor } from '../tensor.js';

export interface RotaryTable {
  /** [positions, headDim / 2]. */
  cos: Tensor;
  sin: Tensor;
}

/** Cosines and sines for `positions` positions: angle = position * theta^(-2 i / headDim) (Su et al. 2021). */
export function rotaryTable(positions: number, headDim: number, theta = 10000): RotaryTable {
  const half = headDim / 2;
  const cos = new Float32Array(positions * half);
  const sin = new Float32Array(positions * half);
  for (let p = 0; p < positions; p++)
    for (let i = 0; i < half; i++) {
      const angle = p * theta ** ((-2 * i) / headDim);
      cos[p * half + i] = Math.cos(angle);
      sin[p * half + i] = Math.sin(angle);
    }
  return { cos: constant(hostTensor('float32', [positions, half], cos)), sin: constant(hostTensor('float32', [positions, half], sin)) };
}

const rotaryOp: Op<{ inverse: boolean }> = defineOp<{ inverse: boolean }>({
  name: 'rotary',
  infer: ([x, ids, cos]) => {
    const t = x as Tensor;
    if (t.rank !== 4 || (ids as Tensor).rank !== 2 || (cos as Tensor).size(1) * 2 !== t.size(3))
      throw shapeError(
        'rotary',
        `x ${showShape(t.shape)}, positions ${showShape((ids as Tensor).shape)} and table ${showShape((cos as Tensor).shape)} do not fit`,
      );
    return [{ shape: t.shape, dtype: t.dtype }];
  },
  emit: (e, [x, ids, cos, sin], { inverse }, node) => {
    const position = (node.inputs[1] as Tensor).dtype === 'int64' ? (ids as string) : e.op('Cast', [ids as string], { to: 7 });
    return [
      e.op(
        'RotaryEmbedding',
        [x as string, position, cos as string, inverse ? e.op('Neg', [sin as string]) : (sin as string)],
        { interleaved: 0 },
        'com.microsoft',
      ),
    ];
  },
  vjp: ({ x: [, ids, cos, sin], dy, attrs }) => [
    rotaryOp.one([dy, ids as Tensor, cos as Tensor, sin as Tensor], { inverse: !attrs.inverse }),
    null,
    null,
    null,
  ],
});
/** Rotates pairs (i, i + headDim/2). x: [batch, heads, n, headDim], positions: int [batch, n]. */
export function rotary(x: Tensor, positions: Tensor, table: RotaryTable): Tensor {
  return rotaryOp.one([x, positions, table.cos, table.sin], { inverse: false });
}
