// Choosing the next token from logits: greedy, temperature, top-k, top-p, min-p, typical, with a seed; and log-probabilities.
import { SensoriumError } from '../util/errors.js';
import { Rng } from '../util/rng.js';
import { checkOption } from './processors/check.js';
import { typicalSet } from './processors/warpers.js';
import { ranked } from './sort-logits.js';
/** log(sum(exp(logits))), stable. */
export function logSumExp(logits) {
    // Plain loops: this runs over the whole vocabulary for every token, and iterators make it several times slower.
    const top = logits[argMax(logits)] ?? Number.NEGATIVE_INFINITY;
    let sum = 0;
    for (let i = 0; i < logits.length; i++) {
        const below = logits[i] - top;
        if (below > NEGLIGIBLE)
            sum += Math.exp(below);
        else if (Number.isNaN(below))
            return Number.NaN;
    }
    return top + Math.log(sum);
}
/** exp of less than this is below the rounding of a sum that is at least 1, even 50,000 times over. */
const NEGLIGIBLE = -48;
/** Draws tokens; the same seed draws the same ones. */
export class Sampler {
    options;
    rng;
    constructor(options = {}, rng) {
        this.options = options;
        const { temperature = 0, topK, topP, minP, typicalP } = options;
        checkOption(temperature >= 0 && temperature <= 100, 'temperature', '0 to 100', temperature);
        checkOption(topK === undefined || (Number.isInteger(topK) && topK > 0), 'topK', 'a positive integer', topK);
        checkOption(topP === undefined || (topP > 0 && topP <= 1), 'topP', 'above 0, at most 1', topP);
        checkOption(minP === undefined || (minP >= 0 && minP <= 1), 'minP', '0 to 1', minP);
        checkOption(typicalP === undefined || (typicalP > 0 && typicalP <= 1), 'typicalP', 'above 0, at most 1', typicalP);
        this.rng = new Rng(rng ?? options.seed ?? 0);
    }
    /** A sampler that draws from here on as this one would. */
    fork() {
        return new Sampler(this.options, this.rng.state);
    }
    /** One token from the logits of one position. `logSum` is `logSumExp(logits)` where it is known already. */
    choose(logits, logSum = logSumExp(logits)) {
        const id = this.pick(logits);
        return { id, logProb: logits[id] - logSum };
    }
    /** The id alone. Tokens at -Infinity are never drawn; throws `generate.masked` when all are. */
    pick(logits) {
        const { temperature = 0 } = this.options;
        const id = temperature === 0 ? argMax(logits) : this.draw(logits, temperature);
        if (logits[id] === Number.NEGATIVE_INFINITY)
            throw new SensoriumError('generate.masked', 'no token is left to choose from', {
                expected: 'at least one that is not forbidden',
                hint: 'Options contradict each other, such as minNewTokens beyond the longest reply that responseFormat allows.',
            });
        return id;
    }
    draw(logits, temperature) {
        const { topK = logits.length, topP = 1, minP = 0, typicalP = 1 } = this.options;
        const order = ranked(logits).subarray(0, topK);
        if (order.length === 0)
            return 0;
        const top = logits[order[0]];
        const weights = new Float64Array(order.length);
        let total = 0;
        for (let k = 0; k < order.length; k++) {
            const weight = Math.exp((logits[order[k]] - top) / temperature);
            weights[k] = weight;
            total += weight;
        }
        let kept = 0;
        let mass = 0;
        while (kept < weights.length && (kept === 0 || mass < topP * total))
            mass += weights[kept++];
        while (kept > 1 && weights[kept - 1] < minP)
            kept--;
        const left = weights.subarray(0, kept);
        if (typicalP < 1) {
            const sum = left.reduce((a, b) => a + b, 0);
            const typical = [
                ...typicalSet(Array.from(left, (w) => w / sum), typicalP),
            ].sort((a, b) => a - b);
            return order[typical[this.rng.weighted(typical.map((i) => left[i]))]];
        }
        return order[this.rng.weighted(left)];
    }
}
/** The `k` most probable tokens, most probable first, ties in the order of ids. */
export function topChoices(logits, k, logSum = logSumExp(logits)) {
    const best = [];
    let least = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < logits.length; i++) {
        const v = logits[i];
        if (best.length === k && !(v > least))
            continue;
        let at = best.length;
        while (at > 0 && logits[best[at - 1]] < v)
            at--;
        best.splice(at, 0, i);
        if (best.length > k)
            best.pop();
        least = logits[best[best.length - 1]];
    }
    return best.slice(0, k).map((id) => ({ id, logProb: logits[id] - logSum }));
}
/** Index of the largest value; the first of equals. */
export function argMax(values) {
    // Four at a time, which is twice as fast: this runs over the whole vocabulary for every token, and new maxima are rare.
    const whole = values.length - (values.length % 4);
    let best = 0;
    let top = values[0];
    const look = (from, to) => {
        for (let i = from; i < to; i++)
            if (values[i] > top) {
                top = values[i];
                best = i;
            }
    };
    for (let i = 0; i < whole; i += 4)
        if (values[i] > top ||
            values[i + 1] > top ||
            values[i + 2] > top ||
            values[i + 3] > top)
            look(i, i + 4);
    look(whole, values.length);
    return best;
}
//# sourceMappingURL=sampling.js.map