// The options of a request that change logits, and the processors that they stand for, in the order of transformers.
import { SensoriumError } from '../../util/errors.js';
import { constraintFor } from '../constrain/compiled.js';
import { ConstraintLogitsProcessor } from '../constrain/processor.js';
import { ForceTokensLogitsProcessor, MinNewTokensLengthLogitsProcessor, NoBadWordsLogitsProcessor, SequenceBiasLogitsProcessor, SuppressTokensAtBeginLogitsProcessor, SuppressTokensLogitsProcessor, } from './bans.js';
import { checkOption } from './check.js';
import { FrequencyPenaltyLogitsProcessor, NoRepeatNGramLogitsProcessor, RepetitionPenaltyLogitsProcessor } from './penalties.js';
/**
 * The processors that options stand for, in order. `endIds`: tokens that end a reply. Throws `generate.option` for what is out of
 * range, and `constrain.*` for a response format that cannot be promised; compiled formats are kept with the tokenizer.
 */
export function processorsOf(o, endIds, tokenizer) {
    const list = [];
    if (o.sequenceBias !== undefined)
        list.push(new SequenceBiasLogitsProcessor(o.sequenceBias));
    if (o.logitBias !== undefined) {
        const biases = Object.entries(o.logitBias).map(([id, bias]) => [[Number(id)], bias]);
        list.push(new SequenceBiasLogitsProcessor(biases, 'logitBias'));
    }
    if (o.repetitionPenalty !== undefined)
        list.push(new RepetitionPenaltyLogitsProcessor(o.repetitionPenalty));
    if (o.frequencyPenalty !== undefined || o.presencePenalty !== undefined)
        list.push(new FrequencyPenaltyLogitsProcessor({ frequency: o.frequencyPenalty ?? 0, presence: o.presencePenalty ?? 0 }));
    if (o.noRepeatNgramSize !== undefined)
        list.push(new NoRepeatNGramLogitsProcessor(o.noRepeatNgramSize));
    if (o.badWordsIds !== undefined)
        list.push(new NoBadWordsLogitsProcessor(o.badWordsIds));
    if (o.minNewTokens !== undefined)
        list.push(new MinNewTokensLengthLogitsProcessor(o.minNewTokens, endIds));
    if (o.suppressTokens !== undefined)
        list.push(new SuppressTokensLogitsProcessor(o.suppressTokens));
    if (o.beginSuppressTokens !== undefined)
        list.push(new SuppressTokensAtBeginLogitsProcessor(o.beginSuppressTokens, o.beginSuppressAt));
    if (o.forcedTokens !== undefined)
        list.push(new ForceTokensLogitsProcessor(o.forcedTokens));
    for (const p of o.processors ?? []) {
        checkOption(typeof p?.process === 'function', 'processors', 'objects with a method process(logits, context)', p);
        list.push(p.fork?.() ?? p);
    }
    if (o.responseFormat !== undefined && o.responseFormat.type !== 'text') {
        if (!tokenizer)
            throw new SensoriumError('generate.option', 'a response format needs a tokenizer', { place: 'responseFormat' });
        list.push(new ConstraintLogitsProcessor(constraintFor(tokenizer, o.responseFormat), endIds));
    }
    return list;
}
//# sourceMappingURL=options.js.map