// The sampling distribution as processors: temperature, top-k, top-p, min-p, typical. For chains of one's own; the sampler has the same as options.
import { ranked } from '../sort-logits.js';
import { checkOption } from './check.js';
/** Divides the logits. */
export class TemperatureLogitsWarper {
    temperature;
    constructor(temperature) {
        this.temperature = temperature;
        checkOption(temperature > 0 && Number.isFinite(temperature), 'temperature', 'a number above 0', temperature);
    }
    process(logits) {
        for (let i = 0; i < logits.length; i++)
            logits[i] = logits[i] / this.temperature;
    }
}
/** Keeps the k largest logits; of equals at the border, those with the smaller ids. */
export class TopKLogitsWarper {
    k;
    constructor(k) {
        this.k = k;
        checkOption(Number.isInteger(k) && k > 0, 'topK', 'a positive integer', k);
    }
    process(logits) {
        for (const id of ranked(logits).subarray(this.k))
            logits[id] = Number.NEGATIVE_INFINITY;
    }
}
/** Keeps the smallest set of most probable tokens whose probabilities reach p (Holtzman et al. 2019). */
export class TopPLogitsWarper {
    p;
    constructor(p) {
        this.p = p;
        checkOption(p > 0 && p <= 1, 'topP', 'above 0, at most 1', p);
    }
    process(logits) {
        const order = ranked(logits);
        const weights = probabilities(logits, order);
        let mass = 0;
        for (const [rank, id] of order.entries()) {
            if (rank > 0 && mass >= this.p)
                logits[id] = Number.NEGATIVE_INFINITY;
            mass += weights[rank];
        }
    }
}
/** Keeps tokens at least `p` times as probable as the most probable one (Nguyen et al. 2024). */
export class MinPLogitsWarper {
    p;
    constructor(p) {
        this.p = p;
        checkOption(p >= 0 && p <= 1, 'minP', '0 to 1', p);
    }
    process(logits) {
        let top = Number.NEGATIVE_INFINITY;
        for (const v of logits)
            top = Math.max(top, v);
        const least = top + Math.log(this.p);
        for (let i = 0; i < logits.length; i++)
            if (logits[i] < least)
                logits[i] = Number.NEGATIVE_INFINITY;
    }
}
/** Keeps the tokens whose surprise is nearest to the entropy, up to probability `p` (Meister et al. 2022). */
export class TypicalLogitsWarper {
    p;
    constructor(p) {
        this.p = p;
        checkOption(p > 0 && p < 1, 'typicalP', 'above 0, below 1', p);
    }
    process(logits) {
        const order = ranked(logits);
        const kept = typicalSet(probabilities(logits, order), this.p);
        for (const [rank, id] of order.entries())
            if (!kept.has(rank))
                logits[id] = Number.NEGATIVE_INFINITY;
    }
}
/** Indices into `weights` (probabilities that add up to 1) of the typical set of mass `p`; never empty. */
export function typicalSet(weights, p) {
    const surprise = weights.map((w) => -Math.log(w));
    const entropy = weights.reduce((h, w, i) => h + (w > 0 ? w * surprise[i] : 0), 0);
    const order = weights.map((_, i) => i).filter((i) => weights[i] > 0);
    const far = (i) => Math.abs(surprise[i] - entropy);
    order.sort((a, b) => far(a) - far(b) || a - b);
    const kept = new Set();
    let mass = 0;
    for (const i of order) {
        if (kept.size > 0 && mass >= p)
            break;
        kept.add(i);
        mass += weights[i];
    }
    return kept;
}
function probabilities(logits, order) {
    const top = logits[order[0]];
    const weights = Array.from(order, (id) => Math.exp(logits[id] - top));
    const total = weights.reduce((a, b) => a + b, 0);
    return weights.map((w) => w / total);
}
//# sourceMappingURL=warpers.js.map