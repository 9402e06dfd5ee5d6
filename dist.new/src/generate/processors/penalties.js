// Processors against repetition: penalties on tokens that occurred, and bans on n-grams that did.
import { checkOption } from './check.js';
/** Divides positive and multiplies negative logits of every token of prompt and reply (Keskar et al. 2019, CTRL). Above 1 discourages. */
export class RepetitionPenaltyLogitsProcessor {
    penalty;
    prompt;
    constructor(penalty) {
        this.penalty = penalty;
        checkOption(penalty > 0 && Number.isFinite(penalty), 'repetitionPenalty', 'a number above 0', penalty);
    }
    process(logits, { promptIds, ids }) {
        // A prompt has thousands of tokens and comes with every token of the reply.
        if (this.prompt?.ids !== promptIds)
            this.prompt = { ids: promptIds, distinct: new Set(Array.from(promptIds)) };
        const { distinct } = this.prompt;
        for (const id of distinct)
            this.penalize(logits, id);
        for (const id of new Set(ids))
            if (!distinct.has(id))
                this.penalize(logits, id);
    }
    penalize(logits, id) {
        const v = logits[id];
        if (v !== undefined)
            logits[id] = v < 0 ? v * this.penalty : v / this.penalty;
    }
}
/** Forbids every token that would complete an n-gram of prompt and reply a second time (Paulus et al. 2017). */
export class NoRepeatNGramLogitsProcessor {
    size;
    constructor(size) {
        this.size = size;
        checkOption(Number.isInteger(size) && size > 0, 'noRepeatNgramSize', 'a positive integer', size);
    }
    process(logits, { promptIds, ids }) {
        const n = promptIds.length;
        const total = n + ids.length;
        const at = (i) => (i < n ? promptIds[i] : ids[i - n]);
        const prefix = this.size - 1;
        for (let i = 0; i + prefix < total; i++) {
            let same = true;
            for (let k = 0; k < prefix && same; k++)
                same = at(i + k) === at(total - prefix + k);
            if (same)
                logits[at(i + prefix)] = Number.NEGATIVE_INFINITY;
        }
    }
}
/** OpenAI's penalties: `presence` once for each token of the reply, `frequency` for each time that it occurred, subtracted. */
export class FrequencyPenaltyLogitsProcessor {
    options;
    constructor(options) {
        this.options = options;
        for (const [name, value] of Object.entries(options))
            checkOption(Math.abs(value) <= 100, `${name}Penalty`, 'a number from -100 to 100', value);
    }
    process(logits, { ids }) {
        const { frequency = 0, presence = 0 } = this.options;
        for (const id of ids)
            logits[id] = logits[id] - frequency;
        for (const id of new Set(ids))
            logits[id] = logits[id] - presence;
    }
}
//# sourceMappingURL=penalties.js.map