// A logits processor that changes no probability but of ids that may not come: it notes what log-probabilities and entropy are made of.

import type { LogitsContext, LogitsProcessor } from '../../generate/processors/processor.js';

/** Notes, for each step of one completion, the sums of its distribution at the temperature of sampling. */
export class CompletionRecorder implements LogitsProcessor {
  /** Log-sum-exp of the logits at temperature 1 and at that of sampling, and the entropy at the latter, by step. */
  private readonly steps: { plain: number; tempered: number; entropy: number }[] = [];

  constructor(
    private readonly temperature: number,
    private readonly forbidden: readonly number[],
  ) {}

  process(logits: Float32Array, { step }: LogitsContext): void {
    const { temperature } = this;
    let top = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < logits.length; i++) if ((logits[i] as number) > top) top = logits[i] as number;
    let [plain, sum, weighted] = [0, 0, 0];
    for (let i = 0; i < logits.length; i++) {
      const below = (logits[i] as number) - top;
      const scaled = below / temperature;
      const weight = Math.exp(scaled);
      plain += temperature === 1 ? weight : Math.exp(below);
      sum += weight;
      if (weight > 0) weighted += weight * scaled;
    }
    const tempered = top / temperature + Math.log(sum);
    this.steps[step] = { plain: top + Math.log(plain), tempered, entropy: Math.log(sum) - weighted / sum };
    for (const id of this.forbidden) if (id < logits.length) logits[id] = Number.NEGATIVE_INFINITY;
  }

  /** Log-probability at the temperature of sampling of the token at `step`, from that at temperature 1. */
  logProb(step: number, logProb: number): number {
    if (this.temperature === 1) return logProb;
    const { plain, tempered } = this.steps[step] as { plain: number; tempered: number };
    return (logProb + plain) / this.temperature - tempered;
  }

  /** Mean over the first `count` steps. */
  entropy(count: number): number {
    return count === 0 ? 0 : this.steps.slice(0, count).reduce((sum, s) => sum + s.entropy, 0) / count;
  }
}
