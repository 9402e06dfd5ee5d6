// Rows of the op table: products, reductions, softmax and its losses, attention, norms.

import {
  attention,
  cachedAttention,
  cachedAttentionOp,
  causalMask,
  concat,
  crossEntropy,
  fusedMatMulOp,
  layerNorm,
  logProbOf,
  logSoftmax,
  logSumExp,
  matMul,
  max,
  mean,
  min,
  normalize,
  repeatHeads,
  rmsNorm,
  rotary,
  rotaryTable,
  softmax,
  sum,
  sumSquare,
  sumTo,
  type Tensor,
} from '../../src/graph/index.js';
import { distinct, given, ids, ids32, normal, positive, type Row, type Sample } from './check.js';
import { at, average, elementwise, type Nd, nd, permute, product, reduce, rowwise, softmaxRow, swapped, total, view } from './nd.js';

const MATRICES: readonly [string, number[], number[]][] = [
  ['two matrices', [2, 3], [3, 4]],
  ['batched', [2, 2, 3], [2, 3, 2]],
  ['heads', [2, 2, 3, 2], [2, 2, 2, 3]],
  ['shared matrix on the right', [2, 2, 2, 3], [3, 4]],
  ['shared matrix on the left', [2, 3], [2, 3, 2]],
  ['batch axes broadcast both ways', [2, 1, 2, 3], [3, 3, 2]],
  ['batch axis of one', [1, 2, 3], [2, 3, 2]],
  ['inner size one', [3, 1], [1, 2]],
];
const transposedRows: readonly Row[] = [
  {
    op: 'matMul',
    case: 'weight stored [out, in]',
    inputs: [normal(2, 2, 3), normal(4, 3)],
    graph: (x, w) => matMul(x, w.transpose()),
    loop: (x, w) => product(x, swapped(w)),
  },
  {
    op: 'matMul',
    case: 'left transposed',
    inputs: [normal(2, 3, 2), normal(2, 3, 2)],
    graph: (a, b) => matMul(a.transpose(), b),
    loop: (a, b) => product(swapped(a), b),
  },
  {
    op: 'matMul',
    case: 'left transposed, shared matrix on the right',
    inputs: [normal(2, 3, 2), normal(3, 2)],
    graph: (a, b) => matMul(a.transpose(), b),
    loop: (a, b) => product(swapped(a), b),
  },
  {
    op: 'matMul',
    case: 'both transposed, then the product',
    inputs: [normal(3, 2), normal(4, 3)],
    graph: (a, b) => matMul(a.transpose(), b.transpose()).transpose(),
    loop: (a, b) => swapped(product(swapped(a), swapped(b))),
  },
  {
    op: 'matMul',
    case: 'scaled',
    inputs: [normal(2, 3), normal(3, 2)],
    graph: (a, b) => matMul(a, b).mul(0.25),
    loop: (a, b) => elementwise((v) => v * 0.25)(product(a, b)),
  },
];
const fused = (transA: boolean, transB: boolean, alpha: number, a: number[], b: number[]): Row => ({
  op: 'fusedMatMul',
  case: `${transA ? 'aᵀ' : 'a'} ${transB ? 'bᵀ' : 'b'} * ${alpha}, [${a}] [${b}]`,
  inputs: [normal(...a), normal(...b)],
  graph: (x, y) => fusedMatMulOp.one([x, y], { transA, transB, alpha }),
  loop: (x, y) => elementwise((v) => v * alpha)(product(transA ? swapped(x) : x, transB ? swapped(y) : y)),
});

type Axes = number | number[] | undefined;
function reduction(
  op: string,
  graph: (x: Tensor, axes?: number | readonly number[], keep?: boolean) => Tensor,
  f: (v: number[]) => number,
  draw: (...s: number[]) => Sample,
): Row[] {
  const cases: [string, number[], Axes, number[], boolean][] = [
    ['all', [2, 3], undefined, [0, 1], false],
    ['all, kept', [2, 3], undefined, [0, 1], true],
    ['last', [2, 3, 2], -1, [2], false],
    ['first, kept', [3, 2], 0, [0], true],
    ['two axes', [2, 3, 2], [2, 0], [0, 2], false],
    ['axis of one', [2, 1], 1, [1], false],
  ];
  return cases.map(([title, shape, axes, plain, keep]) => ({
    op,
    case: title,
    inputs: [draw(...shape)],
    graph: (x) => graph(x, axes, keep),
    loop: reduce(f, plain, keep),
  }));
}

const logSoftmaxOf = rowwise((row) => softmaxRow(row).map(Math.log));
const softmaxOf = rowwise(softmaxRow);
const pickOf = (x: Nd, which: Nd): Nd => nd(which.shape, (i) => at(x, [...i, at(which, i)]));
const crossEntropyOf = (x: Nd, which: Nd): Nd => elementwise((v) => -v)(pickOf(logSoftmaxOf(x), which));

/** softmax(scale q kᵀ + mask) v. */
export function attentionOf(q: Nd, k: Nd, v: Nd, mask?: Nd, scale = 1 / Math.sqrt(q.shape.at(-1) as number)): Nd {
  const scores = elementwise((s) => s * scale)(product(q, swapped(k)));
  return product(softmaxOf(mask ? elementwise((s, m) => s + m)(scores, mask) : scores), v);
}
/** Pairs (i, i + d/2) of [batch, heads, n, d] turned by position / theta^(2i/d). */
export function rotaryOf(x: Nd, positions: Nd, theta = 10000): Nd {
  const d = x.shape[3] as number;
  return nd(x.shape, ([b, h, n, j]) => {
    const [half, first] = [d / 2, (j as number) < d / 2];
    const i = (j as number) % half;
    const angle = at(positions, [b as number, n as number]) / theta ** ((2 * i) / d);
    const here = at(x, [b, h, n, j] as number[]);
    const other = at(x, [b as number, h as number, n as number, first ? i + half : i]);
    return here * Math.cos(angle) + (first ? -1 : 1) * other * Math.sin(angle);
  });
}
/** One step over a cache of 5 rows of which `past` are filled: q [1, n, heads*d]. The new keys and values are written behind the past. */
function cachedOf(past: number, heads: number, kvHeads: number) {
  return (q: Nd, k: Nd, v: Nd, pastKey: Nd, pastValue: Nd): Nd[] => {
    const [n, d] = [q.shape[1] as number, (q.shape[2] as number) / heads];
    const open = (x: Nd, h: number): Nd => permute({ shape: [1, n, h, d], data: x.data }, [0, 2, 1, 3]);
    const positions = nd([1, n], ([, i]) => past + (i as number));
    const put = (cache: Nd, rows: Nd): Nd =>
      nd([1, kvHeads, past + n, d], ([b, h, r, c]) =>
        (r as number) >= past && (r as number) < past + n
          ? at(rows, [b, h, (r as number) - past, c] as number[])
          : at(cache, [b, h, r, c] as number[]),
      );
    const key = put(pastKey, rotaryOf(open(k, kvHeads), positions));
    const value = put(pastValue, open(v, kvHeads));
    const all = (x: Nd): Nd =>
      nd([1, heads, past + n, d], ([b, h, r, c]) =>
        at(x, [b as number, Math.floor((h as number) / (heads / kvHeads)), r as number, c as number]),
      );
    const mask = nd([n, past + n], ([i, j]) => ((j as number) > past + (i as number) ? -1e9 : 0));
    const out = attentionOf(rotaryOf(open(q, heads), positions), all(key), all(value), mask);
    return [{ shape: q.shape, data: permute(out, [0, 2, 1, 3]).data }, key, value];
  };
}
/** The causal mask as an array. */
export const causalOf = (n: number): Nd => nd([n, n], (i) => ((i[1] as number) > (i[0] as number) ? -1e9 : 0));
/** RMS norm over the last axis. */
export function rmsNormOf(x: Nd, w: Nd, eps = 1e-6): Nd {
  return elementwise((v, g) => v * g)(rowwise((row) => row.map((v) => v / Math.sqrt(average(row.map((u) => u * u)) + eps)))(x), w);
}
function layerNormOf(x: Nd, w: Nd, b: Nd, eps = 1e-5): Nd {
  const hat = rowwise((row) => {
    const mu = average(row);
    return row.map((v) => (v - mu) / Math.sqrt(average(row.map((u) => (u - mu) ** 2)) + eps));
  })(x);
  return elementwise((v, g, c) => v * g + c)(hat, w, b);
}

/** q, k, v of `n` new tokens (4 heads on 2, of 16), both caches of 5 positions, `lengths` and `total`. */
const cachedInputs = (past: number, n: number): Sample[] => [
  ...[64, 32, 32].map((width) => normal(1, n, width)),
  normal(1, 2, 5, 16),
  normal(1, 2, 5, 16),
  given([1], [past + n - 1], 'int32'),
  given([], [past + n], 'int32'),
];
/** Rows of the caches that are not filled yet hold anything. */
const filled = (end: number, out: Tensor, ...caches: Tensor[]): Tensor[] => [out, ...caches.map((x) => x.slice({ axis: 2, end }))];

export const linearRows: readonly Row[] = [
  ...MATRICES.map(
    ([title, a, b]): Row => ({ op: 'matMul', case: title, inputs: [normal(...a), normal(...b)], graph: matMul, loop: product }),
  ),
  ...transposedRows,
  fused(true, false, 1, [3, 2], [3, 4]),
  fused(false, true, 0.5, [2, 2, 3], [4, 3]),
  fused(true, true, -2, [2, 3, 2], [2, 4, 3]),
  fused(true, false, 1, [2, 3, 2], [3, 4]),
  fused(false, true, 1, [2, 3], [2, 4, 3]),
  fused(true, true, 1, [3, 1, 3, 2], [2, 4, 3]),

  ...reduction('sum', sum, total, normal),
  ...reduction('mean', mean, average, normal),
  ...reduction('max', max, (v) => Math.max(...v), distinct),
  ...reduction('min', min, (v) => Math.min(...v), distinct),
  ...reduction('sumSquare', sumSquare, (v) => total(v.map((x) => x * x)), normal),
  {
    op: 'sum',
    case: 'sumTo undoes a broadcast',
    inputs: [normal(2, 3, 4)],
    graph: (x) => sumTo(x, [3, 1]),
    loop: (x) => view(reduce(total, [0, 2])(x), [3, 1]),
  },
  {
    op: 'max',
    case: 'logSumExp',
    inputs: [normal(2, 4)],
    graph: (x) => logSumExp(x),
    loop: reduce((v) => Math.log(total(v.map(Math.exp))), [1]),
  },
  {
    op: 'max',
    case: 'logSumExp, first axis kept',
    inputs: [normal(3, 2)],
    graph: (x) => logSumExp(x, 0, true),
    loop: reduce((v) => Math.log(total(v.map(Math.exp))), [0], true),
  },

  { op: 'softmax', case: 'rows', inputs: [normal(2, 3, 4)], graph: softmax, loop: softmaxOf },
  { op: 'softmax', case: 'one class', inputs: [normal(3, 1)], graph: softmax, loop: softmaxOf },
  { op: 'logSoftmax', case: 'rows', inputs: [normal(2, 4)], graph: logSoftmax, loop: logSoftmaxOf },
  {
    op: 'logSoftmax',
    case: 'large logits',
    inputs: [{ ...normal(2, 4), draw: (rng, n) => Array.from({ length: n }, () => 80 + 8 * rng.normal()) }],
    graph: logSoftmax,
    loop: (x) =>
      rowwise((row) => {
        const top = Math.max(...row);
        const z = Math.log(total(row.map((v) => Math.exp(v - top)))) + top;
        return row.map((v) => v - z);
      })(x),
  },
  {
    op: 'logSoftmax',
    case: 'logProbOf',
    inputs: [normal(2, 3, 4), ids32(4, 2, 3)],
    graph: logProbOf,
    loop: (x, t) => pickOf(logSoftmaxOf(x), t),
  },
  { op: 'crossEntropy', case: 'rows', inputs: [normal(3, 5), ids(5, 3)], graph: crossEntropy, loop: crossEntropyOf },
  {
    op: 'crossEntropy',
    case: 'sequences, int32 targets',
    inputs: [normal(2, 3, 4), ids32(4, 2, 3)],
    graph: crossEntropy,
    loop: crossEntropyOf,
  },
  {
    op: 'attention',
    case: 'plain',
    inputs: [normal(2, 2, 3, 2), normal(2, 2, 4, 2), normal(2, 2, 4, 3)],
    graph: (q, k, v) => attention(q, k, v),
    loop: (q, k, v) => attentionOf(q, k, v),
  },
  {
    op: 'attention',
    case: 'causal mask',
    inputs: [normal(1, 2, 4, 3), normal(1, 2, 4, 3), normal(1, 2, 4, 3)],
    graph: (q, k, v) => attention(q, k, v, { mask: causalMask(4) }),
    loop: (q, k, v) => attentionOf(q, k, v, causalOf(4)),
  },
  {
    op: 'attention',
    case: 'learned bias, broadcast over the batch',
    inputs: [normal(2, 2, 3, 2), normal(2, 2, 3, 2), normal(2, 2, 3, 2), normal(1, 2, 3, 3)],
    graph: (q, k, v, mask) => attention(q, k, v, { mask, scale: 0.3 }),
    loop: (q, k, v, mask) => attentionOf(q, k, v, mask, 0.3),
  },
  {
    op: 'attention',
    case: 'grouped queries',
    inputs: [normal(1, 4, 3, 2), normal(1, 2, 3, 2), normal(1, 2, 3, 2)],
    graph: (q, k, v) => attention(q, repeatHeads(k, 2), repeatHeads(v, 2)),
    loop: (q, k, v) => {
      const r = (x: Nd): Nd => nd([1, 4, 3, 2], ([b, h, n, d]) => at(x, [b, Math.floor((h as number) / 2), n, d] as number[]));
      return attentionOf(q, r(k), r(v));
    },
  },
  {
    op: 'attention',
    case: 'one query',
    inputs: [normal(1, 1, 1, 2), normal(1, 1, 3, 2), normal(1, 1, 3, 2)],
    graph: (q, k, v) => attention(q, k, v),
    loop: (q, k, v) => attentionOf(q, k, v),
  },
  ...(
    [
      [0, 3],
      [2, 1],
      [3, 2],
    ] as const
  ).map(
    ([past, n]): Row => ({
      op: 'cachedAttention',
      case: `${n} new behind ${past}`,
      inputs: cachedInputs(past, n),
      graph: (q, k, v, pastKey, pastValue, lengths, all) => {
        const { out, key, value } = cachedAttention({ q, k, v, pastKey, pastValue, lengths, total: all } as never, rotaryTable(8, 16), {
          heads: 4,
          kvHeads: 2,
          scale: 0.25,
        });
        return filled(past + n, out, key, value);
      },
      loop: cachedOf(past, 4, 2),
    }),
  ),
  ...(
    [
      [0, 3],
      [2, 1],
    ] as const
  ).map(
    ([past, n]): Row => ({
      op: 'cachedAttention',
      case: `packed, ${n} new behind ${past}`,
      inputs: cachedInputs(past, n),
      graph: (q, k, v, pastKey, pastValue, lengths, all) => {
        const { cos, sin } = rotaryTable(8, 16);
        const [out, key, value] = cachedAttentionOp([concat([q, k, v], -1), pastKey, pastValue, lengths, all, cos, sin], {
          heads: 4,
          kvHeads: 2,
          scale: 0.25,
          packed: true,
        }) as [Tensor, Tensor, Tensor];
        return filled(past + n, out, key, value);
      },
      loop: cachedOf(past, 4, 2),
    }),
  ),
  {
    op: 'rotary',
    case: 'positions out of order',
    inputs: [normal(2, 2, 3, 4), ids(7, 2, 3)],
    graph: (x, p) => rotary(x, p, rotaryTable(7, 4)),
    loop: (x, p) => rotaryOf(x, p),
  },
  {
    op: 'rotary',
    case: 'int32 positions, small theta',
    inputs: [normal(1, 3, 2, 8), ids32(5, 1, 2)],
    graph: (x, p) => rotary(x, p, rotaryTable(5, 8, 100)),
    loop: (x, p) => rotaryOf(x, p, 100),
  },
  {
    op: 'layerNorm',
    case: 'rows',
    inputs: [normal(2, 3, 4), normal(4), normal(4)],
    graph: (x, w, b) => layerNorm(x, w, b),
    loop: (x, w, b) => layerNormOf(x, w, b),
  },
  {
    op: 'layerNorm',
    case: 'a vector, large eps',
    inputs: [normal(5), normal(5), normal(5)],
    graph: (x, w, b) => layerNorm(x, w, b, 0.1),
    loop: (x, w, b) => layerNormOf(x, w, b, 0.1),
  },
  { op: 'rmsNorm', case: 'rows', inputs: [normal(2, 3, 4), normal(4)], graph: (x, w) => rmsNorm(x, w), loop: (x, w) => rmsNormOf(x, w) },
  {
    op: 'rmsNorm',
    case: 'large eps',
    inputs: [positive(3, 5), normal(5)],
    graph: (x, w) => rmsNorm(x, w, 0.5),
    loop: (x, w) => rmsNormOf(x, w, 0.5),
  },
  {
    op: 'pow',
    case: 'normalize',
    inputs: [normal(3, 4)],
    graph: (x) => normalize(x),
    loop: rowwise((row) => row.map((v) => v / Math.sqrt(total(row.map((u) => u * u))))),
  },
];
