// The discrete Fourier transform of frames of any length, by its prime factors (Cooley and Tukey 1965).
/** A transform of n values; makes its tables once. */
export class Fourier {
    n;
    cos;
    sin;
    re;
    im;
    partRe;
    partIm;
    factors;
    constructor(n) {
        this.n = n;
        this.cos = Float64Array.from({ length: n }, (_, i) => Math.cos((2 * Math.PI * i) / n));
        this.sin = Float64Array.from({ length: n }, (_, i) => -Math.sin((2 * Math.PI * i) / n));
        this.factors = primeFactors(n);
        [this.re, this.im] = [new Float64Array(n), new Float64Array(n)];
        const most = Math.max(1, ...this.factors);
        [this.partRe, this.partIm] = [new Float64Array(most), new Float64Array(most)];
    }
    /** Squared magnitudes of the first n / 2 + 1 bins of a real frame: frame [n] -> into [n / 2 + 1]. */
    power(frame, into) {
        this.transform(frame, { from: 0, step: 1, to: 0, n: this.n, level: 0 });
        for (let k = 0; k < into.length; k++)
            into[k] = this.re[k] ** 2 + this.im[k] ** 2;
    }
    /** Every `step`-th value from `from` on, n of them, transformed into places `to` and after. */
    transform(x, { from, step, to, n, level }) {
        const { re, im, partRe, partIm, cos, sin } = this;
        if (n === 1) {
            re[to] = x[from];
            im[to] = 0;
            return;
        }
        const p = this.factors[level];
        const m = n / p;
        for (let r = 0; r < p; r++)
            this.transform(x, { from: from + r * step, step: step * p, to: to + r * m, n: m, level: level + 1 });
        for (let k = 0; k < m; k++) {
            for (let r = 0; r < p; r++) {
                partRe[r] = re[to + r * m + k];
                partIm[r] = im[to + r * m + k];
            }
            for (let q = 0; q < p; q++) {
                const turn = (k + q * m) * step; // of a whole circle of this.n
                let sumRe = partRe[0];
                let sumIm = partIm[0];
                for (let r = 1; r < p; r++) {
                    const at = (turn * r) % this.n;
                    const [c, s] = [cos[at], sin[at]];
                    const [a, b] = [partRe[r], partIm[r]];
                    sumRe += a * c - b * s;
                    sumIm += a * s + b * c;
                }
                re[to + q * m + k] = sumRe;
                im[to + q * m + k] = sumIm;
            }
        }
    }
}
function primeFactors(n) {
    const factors = [];
    let rest = n;
    for (let p = 2; rest > 1; p++)
        while (rest % p === 0) {
            factors.push(p);
            rest /= p;
        }
    return factors;
}
//# sourceMappingURL=fft.js.map