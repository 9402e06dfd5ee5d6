// Choosing the next token from logits: greedy, temperature, top-k, top-p, with a seed; and its log-probability.

import { SensoriumError } from '../util/errors.js';
import { Rng } from '../util/rng.js';

export interface SamplingOptions {
  /** 0 is greedy (the default); higher is more random. */
  temperature?: number;
  /** Keep the k most probable tokens. */
  topK?: number;
  /** Keep the smallest set of tokens whose probabilities add up to this. */
  topP?: number;
  seed?: number;
}

export interface Choice {
  id: number;
  /** Natural logarithm of the token's probability under the untouched logits. */
  logProb: number;
}

/** log(sum(exp(logits))), stable. */
export function logSumExp(logits: Float32Array): number {
  // Plain loops: this runs over the whole vocabulary for every token, and iterators make it several times slower.
  const top = logits[argMax(logits)] ?? Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    const below = (logits[i] as number) - top;
    if (below > NEGLIGIBLE) sum += Math.exp(below);
    else if (Number.isNaN(below)) return Number.NaN;
  }
  return top + Math.log(sum);
}

/** exp of less than this is below the rounding of a sum that is at least 1, even 50,000 times over. */
const NEGLIGIBLE = -48;

/** Draws tokens; the same seed draws the same ones. */
export class Sampler {
  private readonly rng: Rng;
  constructor(readonly options: SamplingOptions = {}) {
    const { temperature = 0, topK, topP } = options;
    const bad = (what: string, expected: string, got: number): never => {
      throw new SensoriumError('generate.option', `${what} is out of range`, { place: what, expected, got: String(got) });
    };
    if (!(temperature >= 0 && temperature <= 100)) bad('temperature', '0 to 100', temperature);
    if (topK !== undefined && !(Number.isInteger(topK) && topK > 0)) bad('topK', 'a positive integer', topK);
    if (topP !== undefined && !(topP > 0 && topP <= 1)) bad('topP', 'above 0, at most 1', topP);
    this.rng = new Rng(options.seed ?? 0);
  }

  /** One token from the logits of one position. `logSum` is `logSumExp(logits)` where it is known already. */
  choose(logits: Float32Array, logSum: number = logSumExp(logits)): Choice {
    const { temperature = 0 } = this.options;
    const id = temperature === 0 ? argMax(logits) : this.draw(logits, temperature);
    return { id, logProb: (logits[id] as number) - logSum };
  }

  private draw(logits: Float32Array, temperature: number): number {
    const { topK = logits.length, topP = 1 } = this.options;
    // Ties in the order of ids, so that the choice does not depend on the sort.
    const order = Array.from(logits, (_, i) => i)
      .sort((a, b) => (logits[b] as number) - (logits[a] as number) || a - b)
      .slice(0, topK);
    const top = logits[order[0] as number] as number;
    const weights = order.map((i) => Math.exp(((logits[i] as number) - top) / temperature));
    const total = weights.reduce((a, b) => a + b, 0);
    let kept = 0;
    let mass = 0;
    while (kept < weights.length && (kept === 0 || mass < topP * total)) mass += weights[kept++] as number;
    return order[this.rng.weighted(weights.slice(0, kept))] as number;
  }
}

/** Index of the largest value; the first of equals. */
export function argMax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number)) best = i;
  return best;
}
