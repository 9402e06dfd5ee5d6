// Cached decoding of encoder-decoders: the source is encoded once, its keys and values stay, and the reply grows token by token.
import { gather, input, logSumExp } from '../graph/index.js';
import { compile } from '../runtime/compile.js';
import { Pace } from '../runtime/pace.js';
import { SensoriumError } from '../util/errors.js';
import { hostTensor } from '../util/host.js';
import { stepTensors } from './step-tensors.js';
/** An encoder-decoder compiled into two programs: one for sources, one for replies. */
export class Seq2SeqDecoder {
    network;
    capacity;
    encoder;
    replies;
    constructor(network, capacity, encoder, 
    /** Compiled `replyGraph`: one session for every state and engine that runs on it. */
    replies) {
        this.network = network;
        this.capacity = capacity;
        this.encoder = encoder;
        this.replies = replies;
    }
    static async create({ network, values, capacity = 512, embed, runtime, threads }) {
        const options = { runtime, threads, frozen: values };
        const encoder = await compile(encodeGraph(network, embed), { ...options, name: 'encode' });
        try {
            const replies = await compile(replyGraph(network), { ...options, name: 'reply' });
            return new Seq2SeqDecoder(network, capacity, encoder, replies);
        }
        catch (error) {
            encoder.dispose();
            throw error;
        }
    }
    /** Encodes sources of any lengths: rows of token ids, and what `embed` takes beside them. */
    async begin(sources, more = {}) {
        const { cross, mask } = await this.encode(sources, more);
        return this.start(cross, mask);
    }
    /** The part of `begin` that computes. */
    async encode(sources, more = {}) {
        const n = sources.reduce((most, row) => Math.max(most, row.length), 0);
        if (n === 0)
            throw new SensoriumError('generate.input', 'there is nothing to encode', {
                expected: 'at least one source of at least one token',
                got: `${sources.length} sources`,
            });
        const ids = hostTensor('int32', [sources.length, n]);
        const mask = hostTensor('int32', [sources.length, n]);
        sources.forEach((row, b) => {
            ids.data.set(row, b * n);
            mask.data.fill(1, b * n, b * n + row.length);
        });
        return { cross: await this.encoder.run({ ids, source_mask: mask, ...more }), mask };
    }
    /** A state from keys and values that another encoder program made (`cross.LAYER.key` and `.value`). mask: int32 [batch, source]. */
    start(cross, mask) {
        const batch = mask.shape[0];
        const { num_heads, d_kv } = this.network.config;
        const feeds = { ...cross, source_mask: mask };
        const into = {};
        for (const layer of this.network.decoder.block.keys())
            for (const what of ['key', 'value']) {
                const buffer = hostTensor('float32', [batch, num_heads, this.capacity, d_kv]);
                feeds[`past.${layer}.${what}`] = buffer;
                into[`present.${layer}.${what}`] = buffer;
            }
        return { batch, lengths: new Int32Array(batch), logSums: new Float32Array(batch), feeds, into, pace: new Pace() };
    }
    /**
     * Appends tokens, as many to every reply, and returns the logits after the last: [batch, vocab]. `wanted`: of a single reply those after
     * so many of its last tokens, [wanted, vocab], instead.
     */
    async step(state, rows, wanted) {
        const n = rows[0]?.length ?? 0;
        if (rows.length !== state.batch || n === 0 || rows.some((row) => row.length !== n))
            throw new SensoriumError('generate.input', 'tokens do not fit the replies', {
                expected: `${state.batch} rows of one length, at least one token`,
                got: `rows of ${rows.map((row) => row.length).join(', ')}`,
            });
        const t = this.tensors(state, n, wanted ?? state.batch);
        let total = 0;
        for (let b = 0; b < state.batch; b++) {
            const after = state.lengths[b] + n;
            total = Math.max(total, after);
            t.ids.data.set(rows[b], b * n);
            t.lengths.data[b] = after - 1;
            if (wanted === undefined)
                t.last.data[b] = b * n + n - 1;
        }
        if (total > this.capacity)
            throw new SensoriumError('generate.context', 'the reply is longer than the cache', {
                expected: `at most ${this.capacity} tokens`,
                got: String(total),
                hint: 'Give a larger capacity, or generate fewer tokens',
            });
        for (let i = 0; wanted !== undefined && i < wanted; i++)
            t.last.data[i] = n - wanted + i;
        t.total.data[0] = total;
        const { logits, log_sum } = await state.pace.run(this.replies, t.feeds, t.into);
        for (let b = 0; b < state.batch; b++)
            state.lengths[b] = state.lengths[b] + n;
        state.logSums = log_sum.data;
        return logits;
    }
    tensors(state, n, picked) {
        const { batch, single } = state;
        const isSingle = n === 1 && picked === batch;
        if (isSingle && single)
            return single;
        const inputs = stepTensors(batch, n, { picked });
        const into = { ...state.into };
        const t = { ...inputs, feeds: { ...state.feeds, ...inputs }, into };
        if (isSingle) {
            into.logits = hostTensor('float32', [batch, this.network.config.vocab_size]);
            into.log_sum = hostTensor('float32', [batch]);
            state.single = t;
        }
        return t;
    }
    dispose() {
        this.encoder.dispose();
        this.replies.dispose();
    }
}
/** ids and mask [batch, source] -> keys and values of every decoder block. */
function encodeGraph(network, embed = (ids) => network.embed(ids)) {
    const at = (name) => input(name, ['batch', 'source'], 'int32');
    return crossOutputs(network, network.encode(embed(at('ids')), at('source_mask')));
}
/** What `Seq2SeqDecoder.start` takes, from encoder states [batch, source, width]: for encoders that read more than token ids. */
export function crossOutputs(network, encoded) {
    const pairs = network.crossKeysValues(encoded);
    return Object.fromEntries(pairs.flatMap(({ k, v }, layer) => [
        [`cross.${layer}.key`, k],
        [`cross.${layer}.value`, v],
    ]));
}
/** New tokens of replies over their caches -> logits of the last ones, their log-sums, and the updated caches. */
function replyGraph(network) {
    const { hidden, outputs } = network.decodeCached(network.embed(input('ids', ['batch', 'seq'], 'int32')));
    const last = gather(hidden.reshape([-1, network.width]), input('last', ['picked'], 'int32'));
    const logits = network.logits(last);
    return { logits, log_sum: logSumExp(logits, -1), ...outputs };
}
//# sourceMappingURL=seq2seq.js.map