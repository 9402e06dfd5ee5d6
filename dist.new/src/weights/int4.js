// Four-bit weights on the fly: products with frozen float matrices are quantized while the program is compiled.
import { PackedTensor, packedRewrites, quantizeBlocks } from '../graph/index.js';
/** Weights per scale. */
export const INT4_BLOCK = 32;
/** Quantizes a matrix [outputs, inputs] to four bits: see `quantizeBlocks`. */
export function quantizeInt4(weight, block = INT4_BLOCK) {
    return quantizeBlocks(weight, { bits: 4, block });
}
/** Below this many rows or columns a product gains nothing (low-rank adapters, small heads). */
export const LEAST = 64;
/**
 * Rewrites for 4-bit inference; to be put before the usual ones. x Wᵀ with a frozen W of at least 64x64 becomes MatMulNBits;
 * the projections that feed one cached attention, and the two that meet in silu(gate) * up, become one product.
 */
export function int4Rewrites(options) {
    const { values, compute = 'int8', pack = true, cache = new Map() } = options;
    const tensors = new Map();
    const weight = (p) => {
        const known = tensors.get(p);
        if (known)
            return known;
        const value = values.get(p);
        const [outputs = 0, inputs = 0] = p.dims;
        if (!value || value instanceof PackedTensor || inputs % INT4_BLOCK !== 0 || Math.min(outputs, inputs) < LEAST)
            return undefined;
        const blocks = cache.get(p) ?? quantizeInt4(value);
        cache.set(p, blocks);
        const made = new PackedTensor([outputs, inputs], { blocks, level: compute === 'int8' ? 4 : 1 });
        tensors.set(p, made);
        return made;
    };
    return packedRewrites({ weight, value: (p) => values.get(p), join: pack, tables: false });
}
//# sourceMappingURL=int4.js.map