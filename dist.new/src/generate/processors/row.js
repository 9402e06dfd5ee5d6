// The choice of tokens for one sequence: its processors, constraint, sampler and log-probabilities, whatever loop or batch it runs in.
import { isPrepared } from '../constrain/compiled.js';
import { logSumExp, Sampler, topChoices } from '../sampling.js';
import { checkOption } from './check.js';
import { processorsOf } from './options.js';
import { LogitsProcessorList } from './processor.js';
/** Chooses the tokens of one sequence; the same in a batch as alone. */
export class RowChooser {
    promptIds;
    list;
    sampler;
    topLogProbs;
    /** Tokens taken so far. */
    ids = [];
    endIds;
    scratch;
    constructor(promptIds, list, sampler, topLogProbs, endIds) {
        this.promptIds = promptIds;
        this.list = list;
        this.sampler = sampler;
        this.topLogProbs = topLogProbs;
        this.endIds = endIds;
    }
    /**
     * Checks the options, compiles the response format (cached), and starts a row. Throws `generate.option` and `constrain.*`. Only response
     * formats need a tokenizer; `endIds` are those of the tokenizer by default.
     */
    static create(tokenizer, promptIds, o = {}, endIds = endsOf(tokenizer)) {
        const { topLogProbs = 0 } = o;
        checkOption(Number.isInteger(topLogProbs) && topLogProbs >= 0 && topLogProbs <= 100, 'topLogProbs', '0 to 100', topLogProbs);
        const processors = processorsOf(o, endIds, tokenizer);
        return new RowChooser(promptIds, new LogitsProcessorList(processors), new Sampler(o), topLogProbs, endIds);
    }
    /** Chooses from the logits of one position: [vocab], left as they are. `accept` what is taken. `within`: see `processed`. */
    choose(logits, logSum = logSumExp(logits), within) {
        const id = this.sampler.pick(this.processed(logits, within));
        const choice = { id, logProb: logits[id] - logSum };
        if (this.topLogProbs > 0)
            choice.top = topChoices(logits, this.topLogProbs, logSum);
        return choice;
    }
    /** Prepares the next choice where that takes long; undefined where it can be made now. See `LogitsProcessor.prepare`. */
    prepare(over = () => false) {
        return this.list.processors.length === 0 ? undefined : this.list.prepare(this.context, over);
    }
    /**
     * Scores after all processors: `logits` itself where there are none, else a buffer that the next call overwrites. `within` gives the logits
     * of a method that must know which tokens the processors leave; see `Logits.within`.
     */
    processed(logits, within) {
        if (this.list.processors.length === 0)
            return logits;
        if (this.scratch?.length !== logits.length)
            this.scratch = new Float32Array(logits.length);
        if (within)
            this.list.process(this.scratch.fill(0), this.context);
        this.scratch.set(within ? within(this.scratch) : logits);
        this.list.process(this.scratch, this.context);
        return this.scratch;
    }
    /** Takes a token; end tokens are not kept. */
    accept(id) {
        if (!this.isEnd(id))
            this.ids.push(id);
    }
    /** Takes tokens back: `length` of them stay. */
    truncate(length) {
        this.ids.length = Math.min(this.ids.length, length);
    }
    /** True for tokens that end the reply. */
    isEnd(id) {
        return this.endIds.includes(id);
    }
    /** True when the response format leaves nothing to add: stop without another step of the model. */
    get ended() {
        return this.list.processors.length > 0 && this.list.ended(this.context);
    }
    /** A row that goes on from here by itself. */
    fork() {
        const copy = new RowChooser(this.promptIds, this.list.fork(), this.sampler.fork(), this.topLogProbs, this.endIds);
        copy.ids.push(...this.ids);
        return copy;
    }
    get context() {
        return { promptIds: this.promptIds, ids: this.ids, step: this.ids.length };
    }
}
function endsOf(tokenizer) {
    const end = tokenizer?.specialIds.eos;
    return end === undefined ? [] : [end];
}
/** Throws what `RowChooser.create` would for options out of range. A response format that is not compiled yet is not looked at. */
export function checkChoice(tokenizer, promptIds, o, endIds) {
    const { responseFormat, ...others } = o;
    RowChooser.create(tokenizer, promptIds, tokenizer && !isPrepared(responseFormat) ? others : o, endIds);
}
//# sourceMappingURL=row.js.map