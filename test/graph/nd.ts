// Naive arrays in double precision: the reference that every op is checked against. Loops over indices, nothing clever.

/** A dense array, row-major. */
export interface Nd {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Every index of `shape`, last axis fastest. The array handed to `fn` is reused. */
export function each(shape: readonly number[], fn: (index: number[], flat: number) => void): void {
  const total = shape.reduce((a, b) => a * b, 1);
  const index = shape.map(() => 0);
  for (let flat = 0; flat < total; flat++) {
    fn(index, flat);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      index[axis] = 0;
    }
  }
}

/** An array from a function of the index. */
export function nd(shape: readonly number[], fn: (index: readonly number[]) => number): Nd {
  const data = new Float64Array(shape.reduce((a, b) => a * b, 1));
  each(shape, (index, flat) => {
    data[flat] = fn(index);
  });
  return { shape, data };
}

function flatIndex(shape: readonly number[], index: readonly number[]): number {
  const extra = index.length - shape.length;
  let flat = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    const n = shape[axis] as number;
    flat = flat * n + (n === 1 ? 0 : (index[axis + extra] as number));
  }
  return flat;
}

/** One element; the index may belong to a shape that this one broadcasts to. */
export function at(x: Nd, index: readonly number[]): number {
  return x.data[flatIndex(x.shape, index)] as number;
}

/** Adds to one element in place. */
export function addAt(x: Nd, index: readonly number[], value: number): void {
  const i = flatIndex(x.shape, index);
  x.data[i] = (x.data[i] as number) + value;
}

/** NumPy's broadcast shape. */
export function together(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, i) => {
    const sizes = shapes.map((s) => s[s.length - rank + i] ?? 1);
    return sizes.find((n) => n !== 1) ?? 1;
  });
}

/** A scalar function lifted to arrays with broadcasting. */
export function elementwise(fn: (...values: number[]) => number): (...xs: Nd[]) => Nd {
  return (...xs) => nd(together(...xs.map((x) => x.shape)), (i) => fn(...xs.map((x) => at(x, i))));
}

/** A function of the values along `axes` lifted to arrays. */
export function reduce(fn: (values: number[]) => number, axes: readonly number[], keep = false): (x: Nd) => Nd {
  return (x) => {
    const kept = x.shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
    const groups = nd(kept, () => 0);
    const lists = Array.from(groups.data, (): number[] => []);
    each(x.shape, (index, flat) => (lists[flatIndex(kept, index)] as number[]).push(x.data[flat] as number));
    const shape = keep ? kept : kept.filter((_, axis) => !axes.includes(axis));
    return { shape, data: Float64Array.from(lists, fn) };
  };
}

/** A function from row to row over the last axis. */
export function rowwise(fn: (row: number[]) => number[]): (x: Nd) => Nd {
  return (x) => {
    const n = x.shape.at(-1) as number;
    const data = new Float64Array(x.data.length);
    for (let start = 0; start < data.length; start += n) data.set(fn([...x.data.subarray(start, start + n)]), start);
    return { shape: x.shape, data };
  };
}

/** Same elements, other shape. */
export const view = (x: Nd, shape: readonly number[]): Nd => ({ shape, data: x.data });

/** Axes permuted. */
export function permute(x: Nd, perm: readonly number[]): Nd {
  const index = perm.map(() => 0);
  return nd(
    perm.map((p) => x.shape[p] as number),
    (i) => {
      perm.forEach((p, to) => {
        index[p] = i[to] as number;
      });
      return at(x, index);
    },
  );
}

/** The last two axes swapped. */
export function swapped(x: Nd): Nd {
  const axes = x.shape.map((_, i) => i);
  return permute(x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
}

/** Product of matrices with broadcast leading axes. */
export function product(a: Nd, b: Nd): Nd {
  const lead = together(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const inner = a.shape.at(-1) as number;
  return nd([...lead, a.shape.at(-2) as number, b.shape.at(-1) as number], (i) => {
    const head = i.slice(0, -2);
    let total = 0;
    for (let k = 0; k < inner; k++) total += at(a, [...head, i.at(-2) as number, k]) * at(b, [...head, k, i.at(-1) as number]);
    return total;
  });
}

export const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
export const average = (values: readonly number[]): number => total(values) / values.length;
export const softmaxRow = (row: readonly number[]): number[] => {
  const top = Math.max(...row);
  const e = row.map((v) => Math.exp(v - top));
  const sum = total(e);
  return e.map((v) => v / sum);
};
export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
/** The error function by its Taylor series: good to 1e-12 for |x| < 4. */
export function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}
