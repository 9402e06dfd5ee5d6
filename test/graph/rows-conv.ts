// Rows of the op table: convolution, transposed convolution and pooling in one and two dimensions.

import { avgPool, type ConvOptions, conv, convTranspose, maxPool, pad, patchify, upsample } from '../../src/graph/index.js';
import { distinct, normal, type Row } from './check.js';
import { addAt, at, each, type Nd, nd } from './nd.js';

const spread = (v: number | readonly number[] | undefined, n: number, other: number): number[] =>
  v === undefined ? new Array(n).fill(other) : typeof v === 'number' ? new Array(n).fill(v) : [...v];

/** Calls `fn` for every (output, kernel, input) position triple of a convolution whose input has `size`. */
function taps(
  size: readonly number[],
  kernel: readonly number[],
  out: readonly number[],
  o: ConvOptions,
  fn: (y: number[], k: number[], x: number[]) => void,
): void {
  const n = size.length;
  const [s, p, d] = [spread(o.stride, n, 1), spread(o.padding, n, 0), spread(o.dilation, n, 1)];
  each(out, (y) =>
    each(kernel, (k) => {
      const x = y.map((v, i) => v * (s[i] as number) - (p[i] as number) + (k[i] as number) * (d[i] as number));
      if (x.every((v, i) => v >= 0 && v < (size[i] as number))) fn(y, k, x);
    }),
  );
}

const convOf =
  (o: ConvOptions) =>
  (x: Nd, w: Nd): Nd => {
    const g = o.groups ?? 1;
    const [batch, , ...size] = x.shape as [number, number, ...number[]];
    const [outputs, perGroup, ...kernel] = w.shape as [number, number, ...number[]];
    const n = size.length;
    const [s, p, d] = [spread(o.stride, n, 1), spread(o.padding, n, 0), spread(o.dilation, n, 1)];
    const out = size.map(
      (v, i) => Math.floor((v + 2 * (p[i] as number) - (d[i] as number) * ((kernel[i] as number) - 1) - 1) / (s[i] as number)) + 1,
    );
    const y = nd([batch, outputs, ...out], () => 0);
    each([batch, outputs, perGroup], ([b, c, j]) => {
      const from = Math.floor((c as number) / (outputs / g)) * perGroup + (j as number);
      taps(size, kernel, out, o, (at1, k, at2) =>
        addAt(y, [b as number, c as number, ...at1], at(x, [b as number, from, ...at2]) * at(w, [c as number, j as number, ...k])),
      );
    });
    return y;
  };
const convTransposeOf =
  (o: ConvOptions & { outputPadding?: number }) =>
  (x: Nd, w: Nd): Nd => {
    const g = o.groups ?? 1;
    const [batch, inputs, ...size] = x.shape as [number, number, ...number[]];
    const [, perGroup, ...kernel] = w.shape as [number, number, ...number[]];
    const n = size.length;
    const [s, p, d] = [spread(o.stride, n, 1), spread(o.padding, n, 0), spread(o.dilation, n, 1)];
    const out = size.map(
      (v, i) =>
        (v - 1) * (s[i] as number) - 2 * (p[i] as number) + (d[i] as number) * ((kernel[i] as number) - 1) + 1 + (o.outputPadding ?? 0),
    );
    const y = nd([batch, perGroup * g, ...out], () => 0);
    each([batch, inputs, perGroup], ([b, c, j]) => {
      const to = Math.floor((c as number) / (inputs / g)) * perGroup + (j as number);
      taps(out, kernel, size, o, (at1, k, at2) =>
        addAt(y, [b as number, to, ...at2], at(x, [b as number, c as number, ...at1]) * at(w, [c as number, j as number, ...k])),
      );
    });
    return y;
  };
const poolOf =
  (kernel: readonly number[], o: ConvOptions, mean: boolean) =>
  (x: Nd): Nd => {
    const [b, c, ...size] = x.shape as [number, number, ...number[]];
    const stride = o.stride === undefined ? kernel : spread(o.stride, size.length, 1);
    const p = spread(o.padding, size.length, 0);
    const out = size.map((v, i) => Math.floor((v + 2 * (p[i] as number) - (kernel[i] as number)) / (stride[i] as number)) + 1);
    const y = nd([b, c, ...out], () => (mean ? 0 : Number.NEGATIVE_INFINITY));
    const area = kernel.reduce((u, v) => u * v, 1);
    each([b, c], (lead) => {
      const head = [...lead];
      taps(size, kernel, out, { stride, padding: p }, (to, _, from) => {
        const v = at(x, [...head, ...from]);
        const i = [...head, ...to];
        addAt(y, i, mean ? v / area : at(y, i) === Number.NEGATIVE_INFINITY ? Number.POSITIVE_INFINITY : Math.max(0, v - at(y, i)));
        if (!mean && !Number.isFinite(at(y, i))) set(y, i, v);
      });
    });
    return y;
  };
function set(y: Nd, index: readonly number[], value: number): void {
  let flat = 0;
  index.forEach((v, axis) => {
    flat = flat * (y.shape[axis] as number) + v;
  });
  y.data[flat] = value;
}

const convCase = (title: string, x: number[], w: number[], o: ConvOptions): Row => ({
  op: 'conv',
  case: title,
  inputs: [normal(...x), normal(...w)],
  graph: (a, b) => conv(a, b, o),
  loop: convOf(o),
});
const transposeCase = (title: string, x: number[], w: number[], o: ConvOptions & { outputPadding?: number }): Row => ({
  op: 'convTranspose',
  case: title,
  inputs: [normal(...x), normal(...w)],
  graph: (a, b) => convTranspose(a, b, o),
  loop: convTransposeOf(o),
});

export const convRows: readonly Row[] = [
  convCase('1-D', [2, 2, 5], [3, 2, 3], {}),
  convCase('1-D, stride that leaves a rest', [1, 2, 8], [2, 2, 3], { stride: 3, padding: 1 }),
  convCase('1-D, dilation and groups', [1, 4, 7], [2, 2, 2], { dilation: 3, groups: 2 }),
  convCase('1-D, padding wider than the kernel', [1, 1, 3], [1, 1, 1], { padding: 1 }),
  convCase('2-D', [1, 2, 4, 3], [2, 2, 3, 2], {}),
  convCase('2-D, padding', [2, 1, 3, 3], [2, 1, 3, 3], { padding: 1 }),
  convCase('1-D, six channels to four', [1, 6, 5], [4, 6, 3], { padding: 1 }),
  convCase('2-D, nine channels to four', [1, 9, 3, 3], [4, 9, 2, 2], {}),
  convCase('2-D, a batch of six, whose kernel has fours', [6, 2, 3, 3], [4, 2, 2, 2], {}),
  convCase('2-D patches', [1, 2, 4, 4], [3, 2, 2, 2], { stride: 2 }),
  convCase('2-D, strides that leave a rest', [1, 1, 6, 5], [2, 1, 3, 2], { stride: [2, 3], padding: [1, 0] }),
  convCase('2-D, dilation and stride', [1, 1, 6, 6], [1, 1, 2, 2], { stride: 2, dilation: [2, 3], padding: 1 }),
  convCase('2-D, groups', [2, 4, 3, 3], [4, 2, 2, 2], { groups: 2 }),
  convCase('2-D, depthwise', [2, 3, 4, 4], [3, 1, 3, 3], { groups: 3, padding: 1, stride: 2 }),
  // ONNX Runtime would move these pads into the Conv.
  {
    op: 'conv',
    case: 'a padded kernel',
    inputs: [normal(1, 1, 5, 5), normal(1, 1, 2, 2)],
    graph: (x, w) =>
      conv(
        x,
        pad(w, [
          [0, 0],
          [0, 0],
          [1, 0],
          [0, 1],
        ]),
      ),
    loop: (x, w) =>
      convOf({})(
        x,
        nd([1, 1, 3, 3], ([, , i, j]) => ((i as number) > 0 && (j as number) < 2 ? at(w, [0, 0, (i as number) - 1, j as number]) : 0)),
      ),
  },
  {
    op: 'conv',
    case: 'a padded input',
    inputs: [normal(1, 1, 4), normal(1, 1, 3)],
    graph: (x, w) =>
      conv(
        pad(x, [
          [0, 0],
          [0, 0],
          [2, 1],
        ]),
        w,
      ),
    loop: (x, w) =>
      convOf({})(
        nd([1, 1, 7], ([, , i]) => ((i as number) >= 2 && (i as number) < 6 ? at(x, [0, 0, (i as number) - 2]) : 0)),
        w,
      ),
  },
  transposeCase('2-D, groups that give one channel from two', [1, 4, 3, 3], [4, 1, 2, 2], { groups: 2, stride: 2, padding: 1 }),
  transposeCase('1-D', [2, 2, 4], [2, 3, 3], {}),
  transposeCase('1-D, stride, padding, output padding', [1, 2, 3], [2, 1, 4], { stride: 3, padding: 1, outputPadding: 2 }),
  transposeCase('1-D, groups and dilation', [1, 4, 3], [4, 2, 2], { groups: 2, dilation: 2 }),
  transposeCase('2-D', [1, 2, 3, 2], [2, 2, 2, 3], {}),
  transposeCase('2-D, stride and padding', [1, 2, 3, 3], [2, 1, 3, 3], { stride: 2, padding: 1, outputPadding: 1 }),
  transposeCase('2-D, groups, strides per axis', [2, 2, 2, 2], [2, 2, 2, 2], { groups: 2, stride: [1, 2] }),
  { op: 'avgPool', case: '1-D', inputs: [normal(2, 2, 6)], graph: (x) => avgPool(x, 2), loop: poolOf([2], {}, true) },
  { op: 'avgPool', case: '2-D, rest left over', inputs: [normal(1, 2, 5, 4)], graph: (x) => avgPool(x, 2), loop: poolOf([2, 2], {}, true) },
  {
    op: 'avgPool',
    case: '2-D, overlapping, padding counts',
    inputs: [normal(1, 2, 4, 5)],
    graph: (x) => avgPool(x, [3, 2], { stride: [2, 1], padding: 1 }),
    loop: poolOf([3, 2], { stride: [2, 1], padding: 1 }, true),
  },
  { op: 'maxPool', case: '1-D', inputs: [distinct(2, 2, 6)], graph: (x) => maxPool(x, 2), loop: poolOf([2], {}, false) },
  {
    op: 'maxPool',
    case: '2-D, rest left over',
    inputs: [distinct(2, 2, 5, 4)],
    graph: (x) => maxPool(x, 2),
    loop: poolOf([2, 2], {}, false),
  },
  {
    op: 'maxPool',
    case: '2-D, overlapping, padding',
    inputs: [distinct(1, 2, 4, 5)],
    graph: (x) => maxPool(x, [3, 2], { stride: [2, 1], padding: 1 }),
    loop: poolOf([3, 2], { stride: [2, 1], padding: 1 }, false),
  },
  {
    op: 'reshape',
    case: 'upsample',
    inputs: [normal(1, 2, 2, 3)],
    graph: (x) => upsample(x, 2),
    loop: (x) =>
      nd([1, 2, 4, 6], ([n, c, h, w]) => at(x, [n as number, c as number, Math.floor((h as number) / 2), Math.floor((w as number) / 2)])),
  },
  {
    op: 'transpose',
    case: 'patchify',
    inputs: [normal(2, 3, 4, 6)],
    graph: (x) => patchify(x, 2),
    loop: (x) =>
      nd([2, 6, 12], ([b, t, j]) => {
        const [r, c] = [Math.floor((t as number) / 3), (t as number) % 3];
        const k = j as number;
        return at(x, [b as number, Math.floor(k / 4), 2 * r + (Math.floor(k / 2) % 2), 2 * c + (k % 2)]);
      }),
  },
];
