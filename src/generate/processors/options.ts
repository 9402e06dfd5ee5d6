// The options of a request that change logits, and the processors that they stand for, in the order of transformers.

import { type Tokenizer, thinkingMarks } from '../../text/index.js';
import { SensoriumError } from '../../util/errors.js';
import { constraintFor } from '../constrain/compiled.js';
import type { ResponseFormat } from '../constrain/format.js';
import { ConstraintLogitsProcessor } from '../constrain/processor.js';
import {
  ForceTokensLogitsProcessor,
  MinNewTokensLengthLogitsProcessor,
  NoBadWordsLogitsProcessor,
  SequenceBiasLogitsProcessor,
  SuppressTokensAtBeginLogitsProcessor,
  SuppressTokensLogitsProcessor,
} from './bans.js';
import { checkOption } from './check.js';
import { FrequencyPenaltyLogitsProcessor, NoRepeatNGramLogitsProcessor, RepetitionPenaltyLogitsProcessor } from './penalties.js';
import type { LogitsProcessor } from './processor.js';
import { AfterThinkingLogitsProcessor, ThinkingBudgetLogitsProcessor } from './thinking.js';

/** Everything but the sampler's own options. Defaults change nothing, but for what a model's generation_config.json sets. */
export interface ProcessorOptions {
  /** Above 1 discourages tokens of prompt and reply. */
  repetitionPenalty?: number;
  /** No run of this many tokens comes twice. */
  noRepeatNgramSize?: number;
  /** OpenAI's: subtracted for each time that a token occurred in the reply. */
  frequencyPenalty?: number;
  /** OpenAI's: subtracted once for a token that occurred in the reply. */
  presencePenalty?: number;
  /** The reply does not end before this many tokens. */
  minNewTokens?: number;
  badWordsIds?: readonly (readonly number[])[];
  /** Added to the logit of the last token of each sequence wherever the others come before it. */
  sequenceBias?: readonly (readonly [sequence: readonly number[], bias: number])[];
  suppressTokens?: readonly number[];
  beginSuppressTokens?: readonly number[];
  /** The step at which `beginSuppressTokens` are forbidden. Default 0. */
  beginSuppressAt?: number;
  /** Added to the logits of tokens, by id (OpenAI's `logit_bias`). */
  logitBias?: Readonly<Record<number, number>>;
  /** Tokens that come at given steps, 0 the first. */
  forcedTokens?: readonly (readonly [step: number, id: number])[];
  /** More, applied after those that the options above stand for. Each request works on forks of them. */
  processors?: readonly LogitsProcessor[];
  /** Tokens that the model may think, of a reply; then the mark that ends thinking is forced, and the reply goes on. Default: no bound. */
  maxThinking?: number;
  /** The form of the reply: a JSON schema, a regular expression, any JSON object. Applied last, and from the end of thinking on where the prompt opens it. */
  responseFormat?: ResponseFormat;
}

/**
 * The processors that options stand for, in order. `endIds`: tokens that end a reply. Throws `generate.option` for what is out of
 * range, and `constrain.*` for a response format that cannot be promised; compiled formats are kept with the tokenizer.
 */
export function processorsOf(o: ProcessorOptions, endIds: readonly number[], tokenizer?: Tokenizer): LogitsProcessor[] {
  const list: LogitsProcessor[] = [];
  if (o.sequenceBias !== undefined) list.push(new SequenceBiasLogitsProcessor(o.sequenceBias));
  if (o.logitBias !== undefined) {
    const biases = Object.entries(o.logitBias).map(([id, bias]) => [[Number(id)], bias] as const);
    list.push(new SequenceBiasLogitsProcessor(biases, 'logitBias'));
  }
  if (o.repetitionPenalty !== undefined) list.push(new RepetitionPenaltyLogitsProcessor(o.repetitionPenalty));
  if (o.frequencyPenalty !== undefined || o.presencePenalty !== undefined)
    list.push(new FrequencyPenaltyLogitsProcessor({ frequency: o.frequencyPenalty ?? 0, presence: o.presencePenalty ?? 0 }));
  if (o.noRepeatNgramSize !== undefined) list.push(new NoRepeatNGramLogitsProcessor(o.noRepeatNgramSize));
  if (o.badWordsIds !== undefined) list.push(new NoBadWordsLogitsProcessor(o.badWordsIds));
  if (o.minNewTokens !== undefined) list.push(new MinNewTokensLengthLogitsProcessor(o.minNewTokens, endIds));
  if (o.suppressTokens !== undefined) list.push(new SuppressTokensLogitsProcessor(o.suppressTokens));
  if (o.beginSuppressTokens !== undefined) list.push(new SuppressTokensAtBeginLogitsProcessor(o.beginSuppressTokens, o.beginSuppressAt));
  if (o.forcedTokens !== undefined) list.push(new ForceTokensLogitsProcessor(o.forcedTokens));
  for (const p of o.processors ?? []) {
    checkOption(typeof p?.process === 'function', 'processors', 'objects with a method process(logits, context)', p);
    list.push(p.fork?.() ?? p);
  }
  const marks = tokenizer && thinkingMarks(tokenizer);
  if (o.maxThinking !== undefined) {
    if (!tokenizer || !marks)
      throw new SensoriumError('generate.option', 'this model does not think', {
        place: 'maxThinking',
        expected: 'a model whose tokenizer has <think> and </think> as tokens',
        got: tokenizer?.place ?? 'a model without a tokenizer',
        hint: 'Leave maxThinking out',
      });
    list.push(new ThinkingBudgetLogitsProcessor(marks, tokenizer, o.maxThinking));
  }
  if (o.responseFormat !== undefined && o.responseFormat.type !== 'text') {
    if (!tokenizer) throw new SensoriumError('generate.option', 'a response format needs a tokenizer', { place: 'responseFormat' });
    const form = new ConstraintLogitsProcessor(constraintFor(tokenizer, o.responseFormat), endIds);
    list.push(marks ? new AfterThinkingLogitsProcessor(form, marks, tokenizer, endIds) : form);
  }
  return list;
}
