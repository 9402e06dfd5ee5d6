// The policy of an encoder-decoder: sources are encoded where a row begins, and replies grow over their keys and values.
import { SensoriumError } from '../util/errors.js';
import { hostTensor } from '../util/host.js';
import { checkSwitch } from './methods/halle.js';
import { commonPrefix, firstRead, scoreSequences } from './policy.js';
import { SlotRows } from './slot-rows.js';
/** An encoder-decoder as a policy. Prompts have a `source`, and `ids` that begin with the start token. `encode`: default, of ids alone. */
export function seq2seqPolicy(decoder, { encode = ({ ids }) => decoder.encode([ids]) } = {}) {
    const { capacity } = decoder;
    const vocabSize = decoder.network.config.vocab_size;
    const memory = {
        capacity,
        vocabSize,
        step: (state, ids) => decoder.step(state, ids),
        larger: (state, batch) => decoder.start(...widened(state, batch)),
        copy: copyRow,
    };
    const sourceOf = (source) => (source ? encode(source) : noSource());
    const policy = {
        capacity,
        vocabSize,
        // The last token of a reply takes no position.
        room: ({ ids }) => capacity - ids.length + 1,
        async start(prompts) {
            for (const prompt of prompts)
                checkSwitch({}, prompt);
            const n = prompts[0]?.ids.length ?? 0;
            if (prompts.some(({ ids }) => ids.length !== n))
                throw new SensoriumError('generate.input', 'replies of one batch begin with as many ids', {
                    expected: `${n} ids in each row`,
                    got: prompts.map(({ ids }) => ids.length).join(', '),
                });
            const sources = [];
            for (const { source } of prompts)
                sources.push(await sourceOf(source)); // alone, as in an engine
            const { cross, mask } = stacked(sources);
            const rows = new SlotRows(decoder.start(cross, mask), memory);
            rows.take(await decoder.step(rows.memory, prompts.map(({ ids }) => ids)));
            return rows;
        },
        step: (rows, ids) => rows.step(ids),
        select: (rows, parents, reserve) => rows.select(parents, reserve),
        async *read(sequences) {
            let state;
            for (const [s, sequence] of sequences.entries()) {
                const { ids } = sequence;
                checkSwitch({}, sequence);
                const before = sequences[s - 1];
                const from = firstRead(sequence);
                const isSame = state !== undefined && before !== undefined && sameSource(before.source, sequence.source);
                const shared = isSame && firstRead(before) <= from ? commonPrefix(before, sequence) : 0;
                const start = Math.max(0, shared - 1);
                if (!isSame) {
                    const { cross, mask } = await sourceOf(sequence.source);
                    state = decoder.start(cross, mask);
                }
                const own = state;
                own.lengths.fill(start);
                const wanted = Math.max(0, Math.min(ids.length - start, ids.length - from));
                const { data } = await decoder.step(own, [ids.subarray(start)], Math.max(wanted, 1));
                if (wanted === 0)
                    continue;
                const { logSums } = own;
                const logits = {
                    at: (i) => data.subarray(i * vocabSize, (i + 1) * vocabSize),
                    logSum: (i) => logSums[i],
                };
                yield { sequence: s, start: ids.length - wanted, count: wanted, logits };
            }
        },
        score: (sequences) => scoreSequences(policy, sequences),
    };
    return policy;
}
/** Sources as rows of one batch, shorter ones padded behind the mask. */
function stacked(sources) {
    const [first] = sources;
    if (first && sources.length === 1)
        return first;
    const longest = sources.reduce((n, { mask }) => Math.max(n, mask.shape[1]), 0);
    const mask = hostTensor('int32', [sources.length, longest]);
    for (const [b, source] of sources.entries())
        mask.data.set(source.mask.data, b * longest);
    const cross = {};
    for (const [name, { shape }] of Object.entries(first?.cross ?? {})) {
        const [, heads, , d] = shape;
        const whole = hostTensor('float32', [sources.length, heads, longest, d]);
        for (const [b, source] of sources.entries()) {
            const { data, shape: own } = source.cross[name];
            const n = own[2] * d;
            for (let h = 0; h < heads; h++)
                whole.data.set(data.subarray(h * n, (h + 1) * n), (b * heads + h) * longest * d);
        }
        cross[name] = whole;
    }
    return { cross, mask };
}
/** Keys, values and mask of as many rows, all but the source's length still to be filled. */
function widened({ feeds }, batch) {
    const cross = {};
    for (const [name, { shape }] of Object.entries(feeds))
        if (name.startsWith('cross.'))
            cross[name] = hostTensor('float32', [batch, ...shape.slice(1)]);
    const mask = hostTensor('int32', [batch, feeds.source_mask.shape[1]]);
    mask.data.fill(1);
    return [cross, mask];
}
/** Copies the source and the reply so far of a row. Both states have sources of one length and replies of one capacity. */
function copyRow(from, source, to, target) {
    for (const [name, { data, shape }] of Object.entries(from.feeds)) {
        const each = shape.slice(1).reduce((n, d) => n * d, 1);
        to.feeds[name].data.set(data.subarray(source * each, (source + 1) * each), target * each);
    }
    to.lengths[target] = from.lengths[source];
}
function sameSource(a, b) {
    if (a === b)
        return true;
    if (!a || !b || a.ids.length !== b.ids.length)
        return false;
    return commonPrefix(a, b) === a.ids.length && a.media.length === b.media.length;
}
function noSource() {
    throw new SensoriumError('generate.input', 'an encoder-decoder was given no source', {
        expected: 'a prompt with a source and the start token in its ids',
        hint: 'Put what the encoder reads into source',
    });
}
//# sourceMappingURL=seq2seq-policy.js.map