// CHAIR-i at equal coverage: every text is read only as far as all methods have named the same share of what is there.
import { chairAt, coverageCurve } from '../evaluate/metrics/coverage-curve.js';
import { Rng } from '../util/rng.js';
function namedObjects({ verdicts, present }) {
    const there = new Set(present);
    const seen = new Set();
    const out = { wrong: [], covered: [], present: present.length };
    for (const { claim, verdict } of verdicts) {
        if (claim.type !== 'existence' || claim.denied || (verdict !== 'true' && verdict !== 'false'))
            continue;
        if (there.has(claim.object))
            seen.add(claim.object);
        out.wrong.push(verdict === 'false');
        out.covered.push(seen.size);
    }
    return out;
}
/**
 * CHAIR-i of methods at one coverage: `coverage`, by default the least that any of them reaches in the end. `methods[0]` is the base; all
 * have a text for each image, in one order. Intervals (95 %) are of `resamples` (default 1000) bootstrap samples of the images, the same for
 * all methods. A sample whose curve ends before the coverage counts with its end.
 */
export function atEqualCoverage(methods, { coverage, resamples = 1000, seed = 0 } = {}) {
    const named = methods.map(({ texts }) => texts.map(namedObjects));
    const curves = named.map(coverageCurve);
    const common = coverage ?? Math.min(...curves.map((points) => points.at(-1)?.coverage ?? 0));
    const end = (points) => chairAt(points, common) ?? points.at(-1)?.chair ?? 0;
    const values = curves.map(end);
    const n = named[0]?.length ?? 0;
    const rng = new Rng(`equal-coverage/${seed}`);
    const drawn = methods.map(() => []);
    for (let r = 0; r < resamples && n > 0; r++) {
        const pick = Array.from({ length: n }, () => rng.int(n));
        for (const [m, texts] of named.entries())
            drawn[m].push(end(coverageCurve(pick.map((i) => texts[i]))));
    }
    const interval = (samples, value) => {
        if (samples.length === 0)
            return [value, value];
        const sorted = [...samples].sort((a, b) => a - b);
        const q = (p) => sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))];
        return [q(0.025), q(0.975)];
    };
    return {
        coverage: common,
        methods: methods.map(({ name }, m) => {
            const chair = values[m];
            const base = values[0];
            const own = drawn[m];
            const [low, high] = interval(own, chair);
            const [changeLow, changeHigh] = interval(own.map((v, r) => v - drawn[0]?.[r]), chair - base);
            return { name, chair, low, high, change: chair - base, changeLow, changeHigh };
        }),
    };
}
//# sourceMappingURL=equal-coverage.js.map