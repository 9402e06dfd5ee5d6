// The batches of a stage: checked, and the next one made while gradients run.

import { SensoriumError } from '../util/errors.js';
import type { Batch, Objective } from './objective.js';

/** Batches of an objective by index. */
export class BatchSource {
  /** The batch after the one that was taken last, in the making. */
  private ahead: { index: number; batch: Promise<Batch> } | undefined;

  constructor(
    private readonly objective: Objective,
    private readonly stage: string,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /** The batch at `index`. Errors: `train.batch`. */
  get(index: number): Promise<Batch> {
    if (this.ahead?.index === index) return this.ahead.batch;
    const made = this.make(index);
    made.catch(() => undefined); // awaited later; a rejection must not count as unhandled until then
    return made;
  }

  /** Begins to make a batch that `get` will be asked for; one that depends on the weights is not made before its turn. */
  prefetch(index: number): void {
    if (this.objective.online) return;
    this.ahead = { index, batch: this.get(index) };
  }

  /** Resolves when nothing is in the making any more. */
  async idle(): Promise<void> {
    await this.ahead?.batch.catch(() => undefined); // a batch that nobody needs any more
  }

  private async make(index: number): Promise<Batch> {
    const batch = await this.objective.batch(index, this.signal);
    const weight = batch?.weight ?? 1;
    if (typeof batch?.bucket !== 'string' || typeof batch.feeds !== 'object' || !Number.isFinite(weight) || weight < 0)
      throw new SensoriumError('train.batch', 'the objective made a batch that cannot be used', {
        place: `stage ${this.stage}, batch ${index}`,
        expected: 'a bucket, feeds, and a weight of at least 0',
        got: batch ? `bucket ${batch.bucket}, weight ${weight}` : String(batch),
      });
    return batch;
  }
}
