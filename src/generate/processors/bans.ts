// Processors that forbid, favour or force particular tokens, under the names that transformers gives them.

import { SensoriumError } from '../../util/errors.js';
import { checkIds, checkOption } from './check.js';
import type { LogitsContext, LogitsProcessor } from './processor.js';

const forbid = (logits: Float32Array, id: number): void => {
  if (id < logits.length) logits[id] = Number.NEGATIVE_INFINITY;
};

/** Forbids the end before `length` tokens were generated. */
export class MinNewTokensLengthLogitsProcessor implements LogitsProcessor {
  constructor(
    readonly length: number,
    readonly endIds: readonly number[],
  ) {
    checkOption(Number.isInteger(length) && length >= 0, 'minNewTokens', 'an integer of at least 0', length);
    checkIds(endIds, 'endIds');
  }
  process(logits: Float32Array, { step }: LogitsContext): void {
    if (step < this.length) for (const id of this.endIds) forbid(logits, id);
  }
}

/** Forbids these tokens always. */
export class SuppressTokensLogitsProcessor implements LogitsProcessor {
  constructor(readonly tokens: readonly number[]) {
    checkIds(tokens, 'suppressTokens');
  }
  process(logits: Float32Array): void {
    for (const id of this.tokens) forbid(logits, id);
  }
}

/** Forbids these tokens as the first of the reply, or at another step. */
export class SuppressTokensAtBeginLogitsProcessor implements LogitsProcessor {
  constructor(
    readonly tokens: readonly number[],
    readonly begin = 0,
  ) {
    checkIds(tokens, 'beginSuppressTokens');
  }
  process(logits: Float32Array, { step }: LogitsContext): void {
    if (step === this.begin) for (const id of this.tokens) forbid(logits, id);
  }
}

/** Adds a bias to the token that would complete a sequence; a sequence of one token is always biased. Prompt tokens count as its beginning. */
export class SequenceBiasLogitsProcessor implements LogitsProcessor {
  constructor(
    readonly biases: readonly (readonly [sequence: readonly number[], bias: number])[],
    place = 'sequenceBias',
  ) {
    for (const [sequence, bias] of biases) {
      checkOption(sequence.length > 0, place, 'sequences of at least one token', sequence);
      checkIds(sequence, place);
      checkOption(!Number.isNaN(bias) && bias !== Number.POSITIVE_INFINITY, place, 'a number or -Infinity', bias);
    }
  }
  process(logits: Float32Array, { promptIds, ids }: LogitsContext): void {
    const at = (back: number): number | undefined =>
      back <= ids.length ? ids[ids.length - back] : promptIds[promptIds.length + ids.length - back];
    for (const [sequence, bias] of this.biases) {
      const last = sequence.length - 1;
      let begun = true;
      for (let k = 0; k < last && begun; k++) begun = at(last - k) === sequence[k];
      const id = sequence[last] as number;
      if (begun && id < logits.length) logits[id] = (logits[id] as number) + bias;
    }
  }
}

/** Forbids sequences of tokens: the last token of each wherever the others come before it. */
export class NoBadWordsLogitsProcessor extends SequenceBiasLogitsProcessor {
  constructor(badWordsIds: readonly (readonly number[])[]) {
    super(
      badWordsIds.map((ids) => [ids, Number.NEGATIVE_INFINITY] as const),
      'badWordsIds',
    );
  }
}

/** Forces tokens at steps of the reply, 0 the first, whatever other processors forbade before. */
export class ForceTokensLogitsProcessor implements LogitsProcessor {
  private readonly at: ReadonlyMap<number, number>;
  constructor(forced: readonly (readonly [step: number, id: number])[]) {
    checkIds(forced.flat(), 'forcedTokens');
    this.at = new Map(forced);
  }
  process(logits: Float32Array, { step }: LogitsContext): void {
    const id = this.at.get(step);
    if (id === undefined) return;
    const value = logits[id] as number;
    force(logits, [id]);
    if (value === Number.NEGATIVE_INFINITY) logits[id] = 0;
  }
}

/** Forces one of the end tokens as the last of `maxTokens`, so that no reply is without an end. */
export class ForcedEOSTokenLogitsProcessor implements LogitsProcessor {
  constructor(
    readonly maxTokens: number,
    readonly endIds: readonly number[],
  ) {
    checkOption(Number.isInteger(maxTokens) && maxTokens > 0, 'maxTokens', 'a positive integer', maxTokens);
    checkIds(endIds, 'endIds');
  }
  process(logits: Float32Array, { step }: LogitsContext): void {
    if (step === this.maxTokens - 1) force(logits, this.endIds);
  }
}

/** Allows what a function of prompt and reply lists (De Cao et al. 2020). The function is to depend on nothing else. */
export class PrefixConstrainedLogitsProcessor implements LogitsProcessor {
  constructor(readonly allowed: (context: LogitsContext) => readonly number[]) {}
  process(logits: Float32Array, context: LogitsContext): void {
    force(logits, this.allowed(context));
  }
}

/** Forbids all but `ids`; what was forbidden among them already stays so. */
function force(logits: Float32Array, ids: readonly number[]): void {
  if (ids.length === 0)
    throw new SensoriumError('generate.masked', 'a processor allows no token', { expected: 'at least one token', got: 'an empty list' });
  const kept = ids.map((id) => [id, logits[id]] as const);
  logits.fill(Number.NEGATIVE_INFINITY);
  for (const [id, value] of kept) if (value !== undefined) logits[id] = value;
}
