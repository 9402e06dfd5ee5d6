// T5 for transformers.js: the encoder, and a decoder that is fed encoder states at every step but computes their keys and values once.
import { add, cast, concat, cumSum, input, lessEqual, sub, sum, where, zeros } from '../../graph/index.js';
import { paddingBias } from '../../networks/index.js';
const BATCH = 'batch_size';
const NEW = 'sequence_length';
const PAST = 'past_sequence_length';
const SOURCE = 'encoder_sequence_length';
/** Encoder states whose keys and values are in the cache: none at the first step, then all; and the others. */
const KNOWN = 'encoder_past_length';
const LEFT = 'encoder_left_length';
/** Both together, as joining them names it. */
export const ALL_SOURCE = `(${KNOWN}+${LEFT})`;
/** The input of the traced decoder that `withEncoderStates` puts a cut of the encoder states in the place of. */
const LEFT_STATES = 'encoder_states_left';
const STATES = 'encoder_hidden_states';
/** input_ids and attention_mask [batch, source] -> last_hidden_state [batch, source, width]. */
export function t5Encoder(network) {
    const mask = cast(input('attention_mask', [BATCH, SOURCE], 'int64'), 'int32');
    return { last_hidden_state: network.encode(network.embed(input('input_ids', [BATCH, SOURCE], 'int64')), mask) };
}
/**
 * input_ids [batch, n], encoder_attention_mask and past_key_values.LAYER.{decoder,encoder}.{key,value} -> logits and present.*. Those of the
 * encoder are what this step computed: transformers.js keeps the ones of the first step.
 */
export function t5Decoder(network) {
    const { num_heads: heads, d_kv } = network.config;
    const outputs = {};
    const grown = (layer, of, what, known, fresh) => concat([input(`past_key_values.${layer}.${of}.${what}`, [BATCH, heads, known, d_kv]), fresh], 2);
    const past = sum(add(zeros([PAST], 'int32'), 1));
    const keys = sub(cumSum(add(concat([zeros([PAST], 'int32'), zeros([NEW], 'int32')], 0), 1), 0), 1);
    const queries = add(sub(cumSum(add(zeros([NEW], 'int32'), 1), 0), 1), past).reshape([1, NEW, 1]);
    const states = input(LEFT_STATES, [BATCH, LEFT, network.width]);
    const cross = network.crossKeysValues(states).map((fresh, layer) => {
        outputs[`present.${layer}.encoder.key`] = fresh.k;
        outputs[`present.${layer}.encoder.value`] = fresh.v;
        return { k: grown(layer, 'encoder', 'key', KNOWN, fresh.k), v: grown(layer, 'encoder', 'value', KNOWN, fresh.v) };
    });
    const hidden = network.decodeOver(network.embed(input('input_ids', [BATCH, NEW], 'int64')), {
        delta: sub(keys, queries),
        mask: where(lessEqual(keys, queries), 0, -1e9).unsqueeze(1),
        own: (layer, { k, v }) => {
            const all = { k: grown(layer, 'decoder', 'key', PAST, k), v: grown(layer, 'decoder', 'value', PAST, v) };
            outputs[`present.${layer}.decoder.key`] = all.k;
            outputs[`present.${layer}.decoder.value`] = all.v;
            return all;
        },
        cross,
        crossBias: paddingBias(cast(input('encoder_attention_mask', [BATCH, ALL_SOURCE], 'int64'), 'int32')),
    });
    return { logits: network.logits(hidden), ...outputs };
}
/** The lowered decoder with the input `encoder_hidden_states` [batch, source, width], of which it takes what the cache does not have. */
export function withEncoderStates(model) {
    const one = (name, value) => ({ name, dtype: 'int64', dims: [1], data: () => BigInt64Array.of(value) });
    const [end, axis] = [one('encoder_states_end', 2n ** 63n - 1n), one('encoder_states_axis', 1n)];
    const known = 'encoder_states_known';
    return {
        ...model,
        inputs: model.inputs.map((i) => i.name === LEFT_STATES ? { ...i, name: STATES, shape: i.shape.map((d) => (d === LEFT ? SOURCE : d)) } : i),
        nodes: [
            { opType: 'Shape', name: known, inputs: ['past_key_values.0.encoder.key'], outputs: [known], attributes: { start: 2, end: 3 } },
            { opType: 'Slice', name: LEFT_STATES, inputs: [STATES, known, end.name, axis.name], outputs: [LEFT_STATES] },
            ...model.nodes,
        ],
        tensors: [...model.tensors, end, axis],
    };
}
//# sourceMappingURL=onnx-t5.js.map