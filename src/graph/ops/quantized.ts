// Products with frozen weights in four bits: ONNX Runtime's MatMulNBits. Made by inference passes only.

import { defineOp } from '../op.js';
import { shapeError, showShape } from '../shape.js';
import type { Tensor } from '../tensor.js';

/** Attributes of `matMulNBits`. */
export interface NBitsAttrs {
  /** Columns of x. */
  inputs: number;
  /** Columns of the result. */
  outputs: number;
  /** Consecutive inputs that have a scale in common. */
  block: number;
  /** What the kernel multiplies in: int8 quantises the activations as they come, which is fastest and costs about 0.5 % of accuracy. */
  compute: 'float32' | 'int8';
}

/**
 * x Wᵀ with W in 4-bit blocks. x: [..., inputs], packed: uint8 [outputs, inputs / block, block / 2] (the lower nibble first),
 * scales: [outputs * inputs / block]; a weight is (nibble - 8) * scale -> [..., outputs].
 */
export const matMulNBitsOp = defineOp<NBitsAttrs>({
  name: 'matMulNBits',
  infer: ([x, packed, scales], { inputs, outputs, block }) => {
    const [t, p, s] = [x as Tensor, packed as Tensor, scales as Tensor];
    if (inputs % block !== 0 || t.dim(-1) !== inputs)
      throw shapeError('matMulNBits', `${showShape(t.shape)} does not fit ${inputs} inputs in blocks of ${block}`);
    const blocks = inputs / block;
    if (
      p.dtype !== 'uint8' ||
      p.rank !== 3 ||
      p.dim(0) !== outputs ||
      p.dim(1) !== blocks ||
      p.dim(2) !== block / 2 ||
      s.dim(0) !== outputs * blocks
    )
      throw shapeError(
        'matMulNBits',
        `packed ${showShape(p.shape)} and scales ${showShape(s.shape)} do not fit ${outputs} outputs of ${inputs} inputs`,
      );
    return [{ shape: [...t.shape.slice(0, -1), outputs], dtype: t.dtype }];
  },
  emit: (e, inputs, a) => [
    e.op(
      'MatMulNBits',
      inputs,
      { K: a.inputs, N: a.outputs, bits: 4, block_size: a.block, accuracy_level: a.compute === 'int8' ? 4 : 1 },
      'com.microsoft',
    ),
  ],
  vjp: null,
});
