// A policy with two rows beneath each of its rows: what contrastive decoding combines.
import { SensoriumError } from '../../util/errors.js';
import { scoreSequences } from '../policy.js';
import { logSumExp } from '../sampling.js';
/** Logits that are combined when they are asked for, once for each step. */
class CombinedLogits {
    first;
    second;
    combine;
    out = [];
    sums = [];
    made = [];
    inside = new Float32Array();
    constructor(first, second, combine) {
        this.first = first;
        this.second = second;
        this.combine = combine;
    }
    /** The rows made a step. */
    next(first, second) {
        this.first = first;
        this.second = second;
        this.made.length = 0;
        this.sums.length = 0;
        return this;
    }
    at(i) {
        const first = this.first.at(i);
        this.out[i] ??= new Float32Array(first.length);
        const out = this.out[i];
        if (!this.made[i])
            this.combine(first, this.second.at(i), out);
        this.made[i] = true;
        return out;
    }
    within(i, allowed) {
        const first = this.first.at(i);
        if (this.inside.length !== first.length)
            this.inside = new Float32Array(first.length);
        this.combine(first, this.second.at(i), this.inside, allowed);
        return this.inside;
    }
    logSum(i) {
        this.sums[i] ??= logSumExp(this.at(i));
        return this.sums[i];
    }
}
/** The two rows are steps of their own, so that the first is what it is alone, to the bit. */
export function twoRowPolicy(policy, { second, combine }) {
    const pair = (a, b) => ({
        count: a.count,
        first: a,
        second: b,
        logits: new CombinedLogits(a.logits, b.logits, combine),
    });
    const own = {
        capacity: policy.capacity,
        vocabSize: policy.vocabSize,
        room: (prompt) => policy.room(prompt),
        async start(prompts) {
            const changed = prompts.map((prompt) => second(prompt));
            const [a, b] = await Promise.all([policy.start(prompts), policy.start(changed)]);
            return pair(a, b);
        },
        async step(rows, ids) {
            const { first: a, second: b, logits } = rows;
            return logits.next(...(await Promise.all([policy.step(a, ids), policy.step(b, ids)])));
        },
        select(rows, parents, reserve) {
            const { first: a, second: b } = rows;
            return pair(policy.select(a, parents, reserve), policy.select(b, parents, reserve));
        },
        async *read(sequences) {
            const others = policy.read(sequences.map((s) => second(s)))[Symbol.asyncIterator]();
            for await (const reading of policy.read(sequences)) {
                const other = (await others.next()).value;
                yield { ...reading, logits: new CombinedLogits(reading.logits, other.logits, combine) };
            }
        },
        score: (sequences) => scoreSequences(own, sequences),
    };
    return own;
}
/** A prompt with every image and video changed, wherever it has them. Errors: `generate.method` for one that has none. */
export function withMedia(prompt, change) {
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
//# sourceMappingURL=two-rows.js.map