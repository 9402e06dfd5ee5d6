// Rotary position embedding (Su et al. 2021): the angles of positions, by layer, and heads turned by them.
import { constant, rotary } from '../../graph/index.js';
import { hostTensor } from '../../util/host.js';
import { stretched } from './rope-scaling.js';
/** theta^(-2 i / headDim) for each pair of a head (Su et al. 2021). */
export const plainFrequencies = (headDim, theta) => Array.from({ length: headDim / 2 }, (_, i) => theta ** ((-2 * i) / headDim));
/**
 * Frequencies of the pairs of a head that turn (all, or the first of them), for texts of up to `length` tokens, and what their cosines and sines
 * are multiplied by.
 */
export function frequenciesOf(c, length) {
    const { head_dim, partial_rotary_factor: part = 1, rope_scaling: s } = c;
    const turned = { ...c, head_dim: 2 * Math.floor((head_dim * part) / 2) };
    return s ? stretched(turned, s, length) : { frequencies: plainFrequencies(turned.head_dim, c.rope_theta), amplitude: 1 };
}
/** Cosines and sines for positions 0 … `positions` - 1 of sequences that are at most that long. */
export function ropeTable(c, positions) {
    const { frequencies, amplitude } = frequenciesOf(c, positions);
    const half = c.head_dim / 2;
    const cos = new Float32Array(positions * half).fill(1);
    const sin = new Float32Array(positions * half);
    for (let p = 0; p < positions; p++)
        frequencies.forEach((f, i) => {
            cos[p * half + i] = Math.cos(p * f) * amplitude;
            sin[p * half + i] = Math.sin(p * f) * amplitude;
        });
    return { cos: constant(hostTensor('float32', [positions, half], cos)), sin: constant(hostTensor('float32', [positions, half], sin)) };
}
/** The rotary settings of a layer; undefined where its heads are not turned. */
export function ropeOf(c, layer) {
    if (c.no_rope_layers?.[layer] === 0)
        return undefined;
    if (c.rope_local_base_freq === undefined || c.layer_types?.[layer] !== 'sliding_attention')
        return c;
    return { head_dim: c.head_dim, max_position_embeddings: c.max_position_embeddings, rope_theta: c.rope_local_base_freq };
}
/** LayerTables by layer; layers of the same settings share one, made when first asked for. */
export function tablesByLayer(c, make) {
    const made = new Map();
    return (layer) => {
        const rope = ropeOf(c, layer);
        if (!rope)
            return undefined;
        const key = JSON.stringify([rope.rope_theta, rope.rope_scaling ?? null]);
        const table = made.get(key) ?? make(rope);
        made.set(key, table);
        return table;
    };
}
/**
 * Turns heads [batch, heads, n, d] of a layer by the places `at` of their tokens (int [batch, n]) in its table. One table stands for all
 * layers that turn at all.
 */
export function rotator(c, { at, table }) {
    return (x, layer) => {
        const own = typeof table === 'function' ? table(layer) : ropeOf(c, layer) && table;
        return own ? rotary(x, at, own) : x;
    };
}
//# sourceMappingURL=rope.js.map