// What a wrong shape, axis or dtype says: the op, the shapes and the module path, before anything runs.

import { describe, expect, test } from 'vitest';
import { SensoriumError } from '../util/errors.js';
import { hostTensor } from '../util/host.js';
import {
  add,
  and,
  argMax,
  attention,
  avgPool,
  concat,
  constant,
  conv,
  convTranspose,
  crossEntropy,
  currentScope,
  exp,
  expand,
  fusedMatMulOp,
  gather,
  gatherElements,
  input,
  layerNorm,
  matMul,
  maxPool,
  not,
  oneHot,
  pad,
  patchify,
  putRows,
  relu,
  reshape,
  rmsNorm,
  rotary,
  rotaryTable,
  scatterElements,
  slice,
  softmax,
  split,
  squeeze,
  sum,
  type Tensor,
  topK,
  transpose,
  where,
  withScope,
} from './index.js';

const t = (...shape: number[]): Tensor => input('t', shape);
const i = (...shape: number[]): Tensor => input('i', shape, 'int64');
const bool = (...shape: number[]): Tensor => input('b', shape, 'bool');

test('a shape error names op, shapes, reason and module path', () => {
  const wrong = (): Tensor => withScope('language.layers.3.mlp.gate_proj', () => matMul(t(2, 576), t(512, 1536)));
  expect(wrong).toThrow(
    'matMul: cannot multiply [2,576] by [512,1536]: inner sizes 576 and 512 differ (in language.layers.3.mlp.gate_proj)',
  );
  try {
    wrong();
  } catch (error) {
    expect(error).toBeInstanceOf(SensoriumError);
    expect(error).toMatchObject({ code: 'graph.shape', place: 'language.layers.3.mlp.gate_proj' });
  }
});

test('the path is the innermost scope, and is gone after an error', () => {
  expect(() => withScope('model', () => withScope('model.head', () => add(t(2), t(3))))).toThrow(/\(in model\.head\)/);
  expect(currentScope()).toBe('');
  expect(() => add(t(2), t(3))).toThrow(/\(in the traced function\)/);
});

describe('each op says what is wrong', () => {
  const cases: [string, () => unknown, RegExp][] = [
    ['broadcast', () => add(t(2, 3), t(4)), /add: cannot broadcast \[2,3\] with \[4\]: 3 and 4 differ/],
    ['dtypes of two operands', () => add(t(2), i(2)), /add: dtypes differ: float32, int64/],
    ['integers where floats are needed', () => exp(i(2)), /exp: needs a float tensor, got int64\[2\]/],
    ['activation of integers', () => relu(i(2)), /relu: needs a float tensor/],
    ['softmax of integers', () => softmax(i(2)), /softmax: needs a float tensor/],
    ['logic on floats', () => and(t(2), t(2)), /and: needs bool tensors, got float32\[2\]/],
    ['not of floats', () => not(t(2)), /not: needs bool tensors/],
    ['condition that is no bool', () => where(t(2), t(2), t(2)), /where: the condition must be bool, got float32\[2\]/],
    ['where with two dtypes', () => where(bool(2), t(2), i(2)), /where: dtypes differ/],
    ['axis', () => sum(t(2, 3), 2), /sum: axis 2 is out of range for rank 2/],
    ['negative axis', () => argMax(t(2, 3), -3), /argMax: axis -3 is out of range for rank 2/],
    ['fractional axis', () => sum(t(2), 0.5), /sum: axis 0.5 is out of range/],
    ['axis twice', () => sum(t(2, 3), [0, -2]), /sum: an axis is given twice in \[0,0\]/],
    ['dim', () => t(2).dim(3), /axis 3 is out of range: expected -1\.\.0, got 3/],
    ['reshape', () => reshape(t(2, 3), [4]), /reshape: cannot view \[2,3\] as \[4\]/],
    ['reshape with -1', () => reshape(t(2, 3), [4, -1]), /reshape: cannot view \[2,3\] as \[4,-1\]: 6 is not a multiple of 4/],
    ['reshape to a fraction', () => reshape(t(2, 5), [4, 2.5]), /reshape: \[4,2.5\] must be whole numbers/],
    ['transpose', () => transpose(t(2, 3), [0, 0]), /transpose: \[0,0\] is not a permutation of the 2 axes/],
    ['transpose of a transpose', () => transpose(transpose(t(2, 3)), [0, 5]), /transpose: \[0,5\] is not a permutation/],
    ['expand', () => expand(t(2, 3), [2, 4]), /expand: cannot broadcast \[2,3\] with \[2,4\]/],
    ['expand to less', () => expand(t(2, 3), [1, 3]), /expand: cannot expand \[2,3\] to \[1,3\]/],
    ['concat', () => concat([t(2, 3), t(2, 4)], 0), /concat: shapes differ outside axis 0: \[2,3\], \[2,4\]/],
    ['concat of nothing', () => concat([], 0), /concat: needs at least one tensor/],
    ['split', () => split(t(6), [2, 3], 0), /split: sizes 2\+3 do not make up axis 0 of \[6\]/],
    ['split into one wrong piece', () => split(t(6), [5], 0), /split: sizes 5 do not make up/],
    ['slice', () => slice(t(4), { axis: 0, start: 1, end: 6 }), /slice: \[1:6:1\] does not fit axis 0 of size 4/],
    ['slice backwards', () => slice(t(4), { axis: 0, step: -1 }), /slice: \[0:4:-1\] does not fit/],
    ['pad', () => pad(t(4), [[-1, 0]]), /pad: needs 1 non-negative/],
    ['squeeze', () => squeeze(t(2, 3), 0), /squeeze: axis 0 of \[2,3\] is not 1/],
    ['matMul of a vector', () => matMul(t(3), t(3, 2)), /matMul: needs at least two axes each/],
    [
      'fused matMul',
      () => fusedMatMulOp([t(2, 3), t(3, 4)], { transA: true, transB: false, alpha: 1 }),
      /matMul: cannot multiply \[3,2\] by \[3,4\]/,
    ],
    ['gather with float ids', () => gather(t(5, 2), t(3)), /gather: indices must be int32 or int64, got float32\[3\]/],
    ['oneHot of floats', () => crossEntropy(t(3, 4), t(3)), /crossEntropy: indices must be int32 or int64/],
    ['gatherElements', () => gatherElements(t(2, 3), i(3, 3)), /gatherElements: indices \[3,3\] do not fit \[2,3\] outside axis 1/],
    [
      'scatterElements, values',
      () => scatterElements(t(2, 3), i(2, 2), t(2, 3)),
      /scatterElements: indices \[2,2\] and values \[2,3\] must agree/,
    ],
    ['scatterElements, other axes', () => scatterElements(t(2, 3), i(1, 2), t(1, 2)), /scatterElements: .* fit \[2,3\]/],
    ['topK', () => topK(t(3), 4), /topK: k = 4 does not fit axis 0 of \[3\]/],
    ['crossEntropy', () => crossEntropy(t(2, 3), i(3)), /crossEntropy: targets \[3\] do not fit logits \[2,3\]/],
    [
      'attention',
      () => attention(t(1, 2, 3, 4), t(1, 1, 3, 4), t(1, 1, 3, 4)),
      /attention: q \[1,2,3,4\], k \[1,1,3,4\] and v \[1,1,3,4\] do not fit/,
    ],
    ['layerNorm', () => layerNorm(t(2, 3), t(4), t(3)), /layerNorm: weight \[4\] does not fit the last axis of \[2,3\]/],
    ['rmsNorm', () => rmsNorm(t(2, 3), t(2, 3)), /rmsNorm: weight \[2,3\] does not fit/],
    [
      'rotary',
      () => rotary(t(1, 2, 3, 4), i(1, 3), rotaryTable(8, 8)),
      /rotary: x \[1,2,3,4\], positions \[1,3\] and table \[8,4\] do not fit/,
    ],
    ['putRows', () => putRows(t(4, 2), i(3), t(2, 2)), /putRows: rows \[2,2\] at \[3,1\] do not fit \[4,2\]/],
    [
      'conv channels',
      () => conv(t(1, 3, 8, 8), t(4, 2, 3, 3)),
      /conv: kernel \[4,2,3,3\] with 1 groups does not fit \[1,3,8,8\]: channels must be 2/,
    ],
    ['conv kernel rank', () => conv(t(1, 3, 8, 8), t(4, 3, 3)), /conv: kernel \[4,3,3\] does not fit \[1,3,8,8\]: both need 4 axes/],
    ['conv kernel too large', () => conv(t(1, 1, 2), t(1, 1, 3)), /conv: kernel \[1,1,3\] is larger than \[1,1,2\]/],
    ['conv of a matrix', () => conv(t(2, 3), t(2, 3)), /conv: needs \[batch, channels, length\]/],
    ['conv stride list', () => conv(t(1, 1, 4, 4), t(1, 1, 2, 2), { stride: [1] }), /conv: \[1\] must be 2 whole numbers of at least 1/],
    ['conv stride zero', () => conv(t(1, 1, 4, 4), t(1, 1, 2, 2), { stride: 0 }), /conv: \[0,0\] must be 2 whole numbers of at least 1/],
    ['convTranspose', () => convTranspose(t(1, 2, 4), t(3, 1, 2)), /convTranspose: kernel \[3,1,2\] with 1 groups does not fit \[1,2,4\]/],
    ['maxPool window', () => maxPool(t(1, 1, 2, 2), 3), /maxPool: the window \[3,3\] is larger than \[1,1,2,2\]/],
    ['avgPool padding', () => avgPool(t(1, 1, 4), 2, { padding: 2 }), /avgPool: padding \[2\] must be smaller than the window \[2\]/],
    ['patchify', () => patchify(t(1, 3, 8, 9), 4), /patchify: \[1,3,8,9\] is not a multiple of the patch size 4/],
    ['oneHot', () => oneHot(bool(2).equal(bool(2)), 3).add(i(2, 3)), /add: dtypes differ: float32, int64/],
    [
      'host data of the wrong size',
      () => constant(hostTensor('float32', [2, 2], [1])),
      /host tensor has the wrong number of elements: expected 4/,
    ],
  ];
  test.each(cases)('%s', (_, wrong, message) => {
    expect(wrong).toThrow(SensoriumError);
    expect(wrong).toThrow(message);
  });
});
