// Rows of the op table: matrices of few bits, gathered and multiplied.

import { cast, gatherBlocksOp, matMulInt8Op, matMulNBitsOp, quantizeRowsOp } from '../../src/graph/index.js';
import { ids, normal, positive, type Row, type Sample } from './check.js';
import { at, nd, total } from './nd.js';

/** Bytes of two nibbles each. */
const sample4 = (...shape: number[]): Sample => ({
  shape,
  dtype: 'uint8',
  draw: (rng, n) => Array.from({ length: n }, () => rng.int(256)),
});

export const quantizedRows: readonly Row[] = [
  ...([4, 8] as const).map(
    (bits): Row => ({
      op: 'gatherBlocks',
      case: `${bits} bits`,
      inputs: [sample4(6, 4 * bits), ids(6, 3, 2), positive(6, 2)],
      graph: (packed, at, scales) => gatherBlocksOp.one([packed, at, scales], { inputs: 32, block: 16, bits }),
      loop: (packed, rows, scales) =>
        nd([3, 2, 32], ([a, b, i]) => {
          const row = at(rows, [a as number, b as number]);
          const byte = at(packed, [row, bits === 8 ? (i as number) : (i as number) >> 1]);
          const code = bits === 8 ? byte : (i as number) % 2 === 0 ? byte & 15 : byte >> 4;
          return (code - (1 << (bits - 1))) * at(scales, [row, (i as number) >> 4]);
        }),
    }),
  ),
  {
    op: 'quantizeRows',
    case: 'two axes of rows',
    inputs: [normal(2, 3, 8)],
    graph: (x) => quantizeRowsOp([x], {}).map((y) => cast(y, 'float32')),
    loop: (x) => {
      const most = (a: number, b: number): number => Math.max(...Array.from({ length: 8 }, (_, i) => Math.abs(at(x, [a, b, i]))));
      return [
        nd([2, 3, 8], ([a, b, i]) =>
          Math.round((at(x, [a as number, b as number, i as number]) * 127) / most(a as number, b as number) + 128),
        ),
        nd([2, 3, 1], ([a, b]) => most(a as number, b as number) / 127),
      ];
    },
  },
  ...(['int8', 'uint8'] as const).map((dtype): Row => {
    const zero = dtype === 'int8' ? 0 : 128;
    // Seven bits on one side: nothing overflows, whatever the processor.
    const weight: Sample = { shape: [8, 5], dtype, draw: (rng, n) => Array.from({ length: n }, () => zero + rng.int(127) - 63) };
    return {
      op: 'matMulInt8',
      case: `${dtype} weights`,
      inputs: [sample4(2, 3, 8), positive(2, 3, 1), weight, positive(5)],
      graph: (codes, scales, w, weightScales) => matMulInt8Op.one([codes, scales, w, weightScales], {}),
      loop: (codes, scales, w, weightScales) =>
        nd([2, 3, 5], ([a, b, o]) => {
          const terms = Array.from(
            { length: 8 },
            (_, i) => (at(codes, [a as number, b as number, i]) - 128) * (at(w, [i, o as number]) - zero),
          );
          return total(terms) * at(scales, [a as number, b as number, 0]) * at(weightScales, [o as number]);
        }),
    };
  }),
  ...[1, 3].map(
    (rows): Row => ({
      op: 'matMulNBits',
      case: `${rows} rows`,
      inputs: [normal(rows, 2, 64), sample4(5, 2, 16), positive(5, 2)],
      graph: (x, packed, scales) => matMulNBitsOp.one([x, packed, scales], { inputs: 64, outputs: 5, block: 32, level: 1 }),
      loop: (x, packed, scales) =>
        nd([rows, 2, 5], ([r, t, o]) =>
          total(
            Array.from({ length: 64 }, (_, i) => {
              const byte = at(packed, [o as number, i >> 5, (i & 31) >> 1]);
              return at(x, [r as number, t as number, i]) * ((i % 2 === 0 ? byte & 15 : byte >> 4) - 8) * at(scales, [o as number, i >> 5]);
            }),
          ),
        ),
    }),
  ),
];
