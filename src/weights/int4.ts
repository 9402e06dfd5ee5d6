// Four-bit weights on the fly: products with frozen float matrices are quantized while the program is compiled.

import { type BlockMatrix, PackedTensor, type Parameter, packedRewrites, quantizeBlocks, type Rewrite } from '../graph/index.js';
import type { HostTensor } from '../util/host.js';

/** Weights per scale. */
export const INT4_BLOCK = 32;

/** A matrix in 4-bit blocks. */
export type Int4Matrix = BlockMatrix;

/** Quantizes a matrix [outputs, inputs] to four bits: see `quantizeBlocks`. */
export function quantizeInt4(weight: HostTensor, block: number = INT4_BLOCK): Int4Matrix {
  return quantizeBlocks(weight, { bits: 4, block });
}

/** How weights are quantized for inference. */
export interface Int4Options {
  /** Values of the frozen parameters; only products with these are rewritten. */
  values: ReadonlyMap<Parameter, HostTensor>;
  /** Multiply in int8 (default: fastest) or in float32. */
  compute?: 'float32' | 'int8';
  /** Join q, k, v and gate, up into one product each. Default true. */
  pack?: boolean;
  /** Values that are quantized already, to share them between programs; filled as parameters are met. */
  cache?: Map<Parameter, Int4Matrix>;
}

/** Below this many rows or columns a product gains nothing (low-rank adapters, small heads). */
export const LEAST = 64;

/**
 * Rewrites for 4-bit inference; to be put before the usual ones. x Wᵀ with a frozen W of at least 64x64 becomes MatMulNBits;
 * the projections that feed one cached attention, and the two that meet in silu(gate) * up, become one product.
 */
export function int4Rewrites(options: Int4Options): Rewrite[] {
  const { values, compute = 'int8', pack = true, cache = new Map<Parameter, Int4Matrix>() } = options;
  const tensors = new Map<Parameter, PackedTensor>();
  const weight = (p: Parameter): PackedTensor | undefined => {
    const known = tensors.get(p);
    if (known) return known;
    const value = values.get(p);
    const [outputs = 0, inputs = 0] = p.dims;
    if (!value || value instanceof PackedTensor || inputs % INT4_BLOCK !== 0 || Math.min(outputs, inputs) < LEAST) return undefined;
    const blocks = cache.get(p) ?? quantizeInt4(value);
    cache.set(p, blocks);
    const made = new PackedTensor([outputs, inputs], { blocks, level: compute === 'int8' ? 4 : 1 });
    tensors.set(p, made);
    return made;
  };
  return packedRewrites({ weight, value: (p) => values.get(p), join: pack, tables: false });
}
