// Processors that forbid, favour or force particular tokens, under the names that transformers gives them.
import { SensoriumError } from '../../util/errors.js';
import { checkIds, checkOption } from './check.js';
const forbid = (logits, id) => {
    if (id < logits.length)
        logits[id] = Number.NEGATIVE_INFINITY;
};
/** Forbids the end before `length` tokens were generated. */
export class MinNewTokensLengthLogitsProcessor {
    length;
    endIds;
    constructor(length, endIds) {
        this.length = length;
        this.endIds = endIds;
        checkOption(Number.isInteger(length) && length >= 0, 'minNewTokens', 'an integer of at least 0', length);
        checkIds(endIds, 'endIds');
    }
    process(logits, { step }) {
        if (step < this.length)
            for (const id of this.endIds)
                forbid(logits, id);
    }
}
/** Forbids these tokens always. */
export class SuppressTokensLogitsProcessor {
    tokens;
    constructor(tokens) {
        this.tokens = tokens;
        checkIds(tokens, 'suppressTokens');
    }
    process(logits) {
        for (const id of this.tokens)
            forbid(logits, id);
    }
}
/** Forbids these tokens as the first of the reply, or at another step. */
export class SuppressTokensAtBeginLogitsProcessor {
    tokens;
    begin;
    constructor(tokens, begin = 0) {
        this.tokens = tokens;
        this.begin = begin;
        checkIds(tokens, 'beginSuppressTokens');
    }
    process(logits, { step }) {
        if (step === this.begin)
            for (const id of this.tokens)
                forbid(logits, id);
    }
}
/** Adds a bias to the token that would complete a sequence; a sequence of one token is always biased. Prompt tokens count as its beginning. */
export class SequenceBiasLogitsProcessor {
    biases;
    constructor(biases, place = 'sequenceBias') {
        this.biases = biases;
        for (const [sequence, bias] of biases) {
            checkOption(sequence.length > 0, place, 'sequences of at least one token', sequence);
            checkIds(sequence, place);
            checkOption(!Number.isNaN(bias) && bias !== Number.POSITIVE_INFINITY, place, 'a number or -Infinity', bias);
        }
    }
    process(logits, { promptIds, ids }) {
        const at = (back) => back <= ids.length ? ids[ids.length - back] : promptIds[promptIds.length + ids.length - back];
        for (const [sequence, bias] of this.biases) {
            const last = sequence.length - 1;
            let begun = true;
            for (let k = 0; k < last && begun; k++)
                begun = at(last - k) === sequence[k];
            const id = sequence[last];
            if (begun && id < logits.length)
                logits[id] = logits[id] + bias;
        }
    }
}
/** Forbids sequences of tokens: the last token of each wherever the others come before it. */
export class NoBadWordsLogitsProcessor extends SequenceBiasLogitsProcessor {
    constructor(badWordsIds) {
        super(badWordsIds.map((ids) => [ids, Number.NEGATIVE_INFINITY]), 'badWordsIds');
    }
}
/** Forces tokens at steps of the reply, 0 the first, whatever other processors forbade before. */
export class ForceTokensLogitsProcessor {
    at;
    constructor(forced) {
        checkIds(forced.flat(), 'forcedTokens');
        this.at = new Map(forced);
    }
    process(logits, { step }) {
        const id = this.at.get(step);
        if (id === undefined)
            return;
        const value = logits[id];
        force(logits, [id]);
        if (value === Number.NEGATIVE_INFINITY)
            logits[id] = 0;
    }
}
/** Forces one of the end tokens as the last of `maxTokens`, so that no reply is without an end. */
export class ForcedEOSTokenLogitsProcessor {
    maxTokens;
    endIds;
    constructor(maxTokens, endIds) {
        this.maxTokens = maxTokens;
        this.endIds = endIds;
        checkOption(Number.isInteger(maxTokens) && maxTokens > 0, 'maxTokens', 'a positive integer', maxTokens);
        checkIds(endIds, 'endIds');
    }
    process(logits, { step }) {
        if (step === this.maxTokens - 1)
            force(logits, this.endIds);
    }
}
/** Allows what a function of prompt and reply lists (De Cao et al. 2020). The function is to depend on nothing else. */
export class PrefixConstrainedLogitsProcessor {
    allowed;
    constructor(allowed) {
        this.allowed = allowed;
    }
    process(logits, context) {
        force(logits, this.allowed(context));
    }
}
/** Forbids all but `ids`; what was forbidden among them already stays so. */
function force(logits, ids) {
    if (ids.length === 0)
        throw new SensoriumError('generate.masked', 'a processor allows no token', { expected: 'at least one token', got: 'an empty list' });
    const kept = ids.map((id) => [id, logits[id]]);
    logits.fill(Number.NEGATIVE_INFINITY);
    for (const [id, value] of kept)
        if (value !== undefined)
            logits[id] = value;
}
//# sourceMappingURL=bans.js.map