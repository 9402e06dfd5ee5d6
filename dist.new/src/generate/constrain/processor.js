// A constraint as a logits processor: forbids every token that the reply's form does not allow.
import { SensoriumError } from '../../util/errors.js';
/** Keeps the states after each token, so that a longer, shorter or different reply costs only the tokens that are new. */
export class ConstraintLogitsProcessor {
    constraint;
    endIds;
    ids = [];
    states;
    /** The mask that was prepared. */
    ready;
    /** `endIds`: tokens that end a reply; allowed exactly where the form is complete. */
    constructor(constraint, endIds) {
        this.constraint = constraint;
        this.endIds = endIds;
        this.states = [constraint.start];
    }
    prepare(context, over) {
        const state = this.at(context);
        if (state.mask || this.ready?.state === state)
            return undefined;
        const keep = (mask) => {
            if (mask)
                this.ready = { state, mask };
        };
        const made = this.constraint.prepare(state, over);
        if (made instanceof Promise)
            return made.then(keep);
        keep(made);
        return undefined;
    }
    process(logits, context) {
        const state = this.at(context);
        const mask = this.ready?.state === state ? this.ready.mask : this.constraint.mask(state);
        const ends = this.endIds.map((id) => [id, logits[id]]);
        for (let i = 0; i < logits.length; i++)
            if (((mask[i >>> 5] ?? 0) & (1 << (i & 31))) === 0)
                logits[i] = Number.NEGATIVE_INFINITY;
        if (state.ends)
            for (const [id, value] of ends)
                if (value !== undefined)
                    logits[id] = value;
    }
    ended(context) {
        const state = this.at(context);
        return state.ends && state.configs.length === 0;
    }
    fork() {
        const copy = new ConstraintLogitsProcessor(this.constraint, this.endIds);
        copy.ids = [...this.ids];
        copy.states = [...this.states];
        copy.ready = this.ready;
        return copy;
    }
    /** The state after the tokens of the context. Throws `constrain.token` when one of them is not allowed. */
    at({ ids }) {
        let same = 0;
        while (same < ids.length && same < this.ids.length && ids[same] === this.ids[same])
            same++;
        this.ids.length = same;
        this.states.length = same + 1;
        for (let i = same; i < ids.length; i++) {
            const id = ids[i];
            const next = this.constraint.advance(this.states[i], id);
            if (!next)
                throw new SensoriumError('constrain.token', 'the reply contains a token that its form does not allow', {
                    got: `token ${id} at position ${i}`,
                    hint: 'Forced tokens and responseFormat contradict each other.',
                });
            this.ids.push(id);
            this.states.push(next);
        }
        return this.states[ids.length];
    }
}
//# sourceMappingURL=processor.js.map