// A policy with two rows beneath each of its rows: what contrastive decoding combines.

import type { SequenceMedia } from '../../model/sequence.js';
import { SensoriumError } from '../../util/errors.js';
import { type Logits, type Policy, type Prompt, type Reading, type Rows, scoreSequences } from '../policy.js';
import { logSumExp } from '../sampling.js';

/** How two rows become one. */
export interface TwoRows {
  /** What the second row begins with. */
  second<P extends Prompt>(prompt: P): P;
  /** Writes the logits [vocab] to `out`; of the tokens that `allowed` does not have at -Infinity, where it is given. */
  combine(first: Float32Array, second: Float32Array, out: Float32Array, allowed?: Float32Array): void;
}

/** Logits that are combined when they are asked for, once for each step. */
class CombinedLogits implements Logits {
  private readonly out: Float32Array[] = [];
  private readonly sums: (number | undefined)[] = [];
  private readonly made: boolean[] = [];
  private inside = new Float32Array();

  constructor(
    private first: Logits,
    private second: Logits,
    private readonly combine: TwoRows['combine'],
  ) {}

  /** The rows made a step. */
  next(first: Logits, second: Logits): this {
    this.first = first;
    this.second = second;
    this.made.length = 0;
    this.sums.length = 0;
    return this;
  }

  at(i: number): Float32Array {
    const first = this.first.at(i);
    this.out[i] ??= new Float32Array(first.length);
    const out = this.out[i] as Float32Array;
    if (!this.made[i]) this.combine(first, this.second.at(i), out);
    this.made[i] = true;
    return out;
  }

  within(i: number, allowed: Float32Array): Float32Array {
    const first = this.first.at(i);
    if (this.inside.length !== first.length) this.inside = new Float32Array(first.length);
    this.combine(first, this.second.at(i), this.inside, allowed);
    return this.inside;
  }

  logSum(i: number): number {
    this.sums[i] ??= logSumExp(this.at(i));
    return this.sums[i] as number;
  }
}

interface PairRows extends Rows {
  readonly first: Rows;
  readonly second: Rows;
  readonly logits: CombinedLogits;
}

/** The two rows are steps of their own, so that the first is what it is alone, to the bit. */
export function twoRowPolicy(policy: Policy, { second, combine }: TwoRows): Policy {
  const pair = (a: Rows, b: Rows): PairRows => ({
    count: a.count,
    first: a,
    second: b,
    logits: new CombinedLogits(a.logits, b.logits, combine),
  });
  const own: Policy = {
    capacity: policy.capacity,
    vocabSize: policy.vocabSize,
    room: (prompt) => policy.room(prompt),
    async start(prompts) {
      const changed = prompts.map((prompt) => second(prompt));
      const [a, b] = await Promise.all([policy.start(prompts), policy.start(changed)]);
      return pair(a, b);
    },
    async step(rows, ids) {
      const { first: a, second: b, logits } = rows as PairRows;
      return logits.next(...(await Promise.all([policy.step(a, ids), policy.step(b, ids)])));
    },
    select(rows, parents, reserve) {
      const { first: a, second: b } = rows as PairRows;
      return pair(policy.select(a, parents, reserve), policy.select(b, parents, reserve));
    },
    async *read(sequences): AsyncGenerator<Reading> {
      const others = policy.read(sequences.map((s) => second(s)))[Symbol.asyncIterator]();
      for await (const reading of policy.read(sequences)) {
        const other = (await others.next()).value as Reading;
        yield { ...reading, logits: new CombinedLogits(reading.logits, other.logits, combine) };
      }
    },
    score: (sequences) => scoreSequences(own, sequences),
  };
  return own;
}

/** A prompt with every image and video changed, wherever it has them. Errors: `generate.method` for one that has none. */
export function withMedia<P extends Prompt>(prompt: P, change: (media: SequenceMedia, i: number) => SequenceMedia): P {
  const { media = [], source } = prompt;
  if (media.length === 0 && !source?.media.length)
    throw new SensoriumError('generate.method', 'the method needs an image, and the prompt has none', {
      place: 'method',
      expected: 'an image or a video, not only its encoded rows',
      hint: 'Leave the method out for prompts of text',
    });
  const changed = { ...prompt, features: undefined, imagePositions: undefined, media: media.map(change) };
  return source ? { ...changed, source: { ...source, media: source.media.map(change) } } : changed;
}
