// Confidence intervals for proportions: every accuracy in a report carries one, so that small samples look small.
import { SensoriumError } from '../util/errors.js';
/** z such that a standard normal lies within ±z with probability `confidence` (bisection over Marsaglia's series for Φ). */
export function zOf(confidence) {
    if (!(confidence > 0 && confidence < 1))
        throw new SensoriumError('evaluate.confidence', 'a confidence level is a share', {
            expected: 'between 0 and 1',
            got: String(confidence),
        });
    if (confidence === 0.95)
        return 1.959963984540054;
    const central = (x) => {
        let term = x;
        let sum = x;
        for (let i = 3; term > sum * 1e-17; i += 2)
            sum += term *= (x * x) / i;
        return 2 * sum * Math.exp(-0.5 * x * x) * 0.3989422804014327;
    };
    let low = 0;
    let high = 8;
    for (let i = 0; i < 60; i++) {
        const middle = (low + high) / 2;
        if (central(middle) < confidence)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}
/** Wilson's score interval for k successes in n trials (Wilson 1927); `confidence` defaults to 0.95. */
export function wilson(k, n, confidence = 0.95) {
    if (!Number.isFinite(k) || !Number.isFinite(n) || k < 0 || n < 0 || k > n)
        throw new SensoriumError('evaluate.proportion', 'not a proportion', { expected: '0 <= k <= n', got: `k=${k}, n=${n}` });
    const z = zOf(confidence);
    if (n === 0)
        return { low: 0, high: 1 };
    const p = k / n;
    const z2 = (z * z) / n;
    const centre = (p + z2 / 2) / (1 + z2);
    const half = (z * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n))) / (1 + z2);
    return { low: k === 0 ? 0 : Math.max(0, centre - half), high: k === n ? 1 : Math.min(1, centre + half) };
}
/** k of n as a share with its Wilson interval. */
export function proportion(k, n, confidence = 0.95) {
    const { low, high } = wilson(k, n, confidence);
    return { value: n === 0 ? 0 : k / n, low, high, n };
}
//# sourceMappingURL=wilson.js.map