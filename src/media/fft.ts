// The discrete Fourier transform of frames of any length, by its prime factors (Cooley and Tukey 1965).

/** A transform of n values; makes its tables once. */
export class Fourier {
  private readonly cos: Float64Array;
  private readonly sin: Float64Array;
  private readonly re: Float64Array;
  private readonly im: Float64Array;
  private readonly partRe: Float64Array;
  private readonly partIm: Float64Array;
  private readonly factors: readonly number[];
  constructor(readonly n: number) {
    this.cos = Float64Array.from({ length: n }, (_, i) => Math.cos((2 * Math.PI * i) / n));
    this.sin = Float64Array.from({ length: n }, (_, i) => -Math.sin((2 * Math.PI * i) / n));
    this.factors = primeFactors(n);
    [this.re, this.im] = [new Float64Array(n), new Float64Array(n)];
    const most = Math.max(1, ...this.factors);
    [this.partRe, this.partIm] = [new Float64Array(most), new Float64Array(most)];
  }

  /** Squared magnitudes of the first n / 2 + 1 bins of a real frame: frame [n] -> into [n / 2 + 1]. */
  power(frame: Float64Array, into: Float64Array): void {
    this.transform(frame, { from: 0, step: 1, to: 0, n: this.n, level: 0 });
    for (let k = 0; k < into.length; k++) into[k] = (this.re[k] as number) ** 2 + (this.im[k] as number) ** 2;
  }

  /** Every `step`-th value from `from` on, n of them, transformed into places `to` and after. */
  private transform(
    x: Float64Array,
    { from, step, to, n, level }: { from: number; step: number; to: number; n: number; level: number },
  ): void {
    const { re, im, partRe, partIm, cos, sin } = this;
    if (n === 1) {
      re[to] = x[from] as number;
      im[to] = 0;
      return;
    }
    const p = this.factors[level] as number;
    const m = n / p;
    for (let r = 0; r < p; r++) this.transform(x, { from: from + r * step, step: step * p, to: to + r * m, n: m, level: level + 1 });
    for (let k = 0; k < m; k++) {
      for (let r = 0; r < p; r++) {
        partRe[r] = re[to + r * m + k] as number;
        partIm[r] = im[to + r * m + k] as number;
      }
      for (let q = 0; q < p; q++) {
        const turn = (k + q * m) * step; // of a whole circle of this.n
        let sumRe = partRe[0] as number;
        let sumIm = partIm[0] as number;
        for (let r = 1; r < p; r++) {
          const at = (turn * r) % this.n;
          const [c, s] = [cos[at] as number, sin[at] as number];
          const [a, b] = [partRe[r] as number, partIm[r] as number];
          sumRe += a * c - b * s;
          sumIm += a * s + b * c;
        }
        re[to + q * m + k] = sumRe;
        im[to + q * m + k] = sumIm;
      }
    }
  }
}

function primeFactors(n: number): number[] {
  const factors: number[] = [];
  let rest = n;
  for (let p = 2; rest > 1; p++)
    while (rest % p === 0) {
      factors.push(p);
      rest /= p;
    }
  return factors;
}
