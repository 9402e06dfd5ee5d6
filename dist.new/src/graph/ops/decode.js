// Inference-only attention: ONNX Runtime's GroupQueryAttention over a static key-value cache that it updates in place.
import { defineOp } from '../op.js';
import { shapeError, showShape } from '../shape.js';
/** The row of `cachedAttention`. */
export const cachedAttentionOp = defineOp({
    name: 'cachedAttention',
    infer: (inputs, { heads, kvHeads, packed }) => {
        const [q, pastKey, pastValue] = (packed ? [inputs[0], inputs[1], inputs[2]] : [inputs[0], inputs[3], inputs[4]]);
        if (heads % kvHeads !== 0)
            throw shapeError('cachedAttention', `${heads} heads are no multiple of ${kvHeads} key-value heads`);
        if (pastKey.dim(1) !== kvHeads)
            throw shapeError('cachedAttention', `the cache ${showShape(pastKey.shape)} must have ${kvHeads} heads`);
        if (pastKey.size(3) % 16 !== 0)
            throw shapeError('cachedAttention', `the head size ${pastKey.size(3)} must be a multiple of 16, which ONNX Runtime's kernel asks for`);
        const width = (heads + (packed ? 2 * kvHeads : 0)) * pastKey.size(3);
        if (q.dim(-1) !== width)
            throw shapeError('cachedAttention', `${showShape(q.shape)} must have ${width} columns`);
        const out = [...q.shape.slice(0, -1), heads * pastKey.size(3)];
        return [{ shape: out, dtype: q.dtype }, ...[pastKey, pastValue].map((x) => ({ shape: x.shape, dtype: x.dtype }))];
    },
    emit: (e, inputs, { heads, kvHeads, scale, window, rotated, packed }) => {
        const operands = packed ? [inputs[0], '', '', ...inputs.slice(1)] : inputs;
        return e.ops('GroupQueryAttention', operands, [true, true, true], {
            num_heads: heads,
            kv_num_heads: kvHeads,
            do_rotary: rotated ? 0 : 1,
            scale: { float: scale },
            ...(window ? { local_window_size: window } : {}),
        }, 'com.microsoft');
    },
    vjp: null,
});
/**
 * Causal attention of new queries over a cache. q: [batch, n, heads*d], k and v: [batch, n, kvHeads*d], rotated by
 * `table` at the positions where they go, or already rotated when there is none;
 * caches: [batch, kvHeads, capacity, d], `lengths`: int32 [batch] = total length - 1 after this call, `total`: int32 [] = largest total length.
 */
export function cachedAttention(x, table, attrs) {
    const operands = [x.q, x.k, x.v, x.pastKey, x.pastValue, x.lengths, x.total, ...(table ? [table.cos, table.sin] : [])];
    const [out, key, value] = cachedAttentionOp(operands, table ? attrs : { ...attrs, rotated: true });
    return { out, key, value };
}
//# sourceMappingURL=decode.js.map