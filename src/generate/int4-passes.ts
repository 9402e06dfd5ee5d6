// Inference passes: products with frozen weights become 4-bit products, and those of one input become one product.

import {
  cachedAttentionOp,
  constant,
  matMulNBitsOp,
  matMulOp,
  mul,
  Parameter,
  type Rewrite,
  silu,
  split,
  type Tensor,
  transposeOp,
} from '../graph/index.js';
import type { HostTensor } from '../util/host.js';
import { INT4_BLOCK, type Int4Matrix, quantizeInt4, stackInt4 } from './quantize.js';

/** How weights are quantised for inference. */
export interface Int4Options {
  /** Values of the frozen parameters; only products with these are rewritten. */
  values: ReadonlyMap<Parameter, HostTensor>;
  /** Multiply in int8 (default: fastest) or in float32. */
  compute?: 'float32' | 'int8';
  /** Join q, k, v and gate, up into one product each. Default true. */
  pack?: boolean;
  /** Values that are quantised already, to share them between programs; filled as parameters are met. */
  cache?: Map<Parameter, Int4Matrix>;
}

/** Below this many rows or columns a product gains nothing (low-rank adapters, small heads). */
const LEAST = 64;

/** A quantised product and what it was made of. */
interface Product {
  x: Tensor;
  matrix: Int4Matrix;
}

/**
 * Rewrites for 4-bit inference; to be put before the usual ones. x Wᵀ with a frozen W of at least 64x64 becomes MatMulNBits;
 * the projections that feed one cached attention, and the two that meet in silu(gate) * up, become one product.
 */
export function int4Rewrites(options: Int4Options): Rewrite[] {
  const { values, compute = 'int8', pack = true, cache = new Map<Parameter, Int4Matrix>() } = options;
  const products = new Map<Tensor, Product>();

  const multiply = (x: Tensor, matrix: Int4Matrix): Tensor => {
    const { inputs, outputs, block } = matrix;
    const y = matMulNBitsOp.one([x, constant(matrix.packed), constant(matrix.scales)], { inputs, outputs, block, compute });
    products.set(y, { x, matrix });
    return y;
  };

  const quantizeProduct: Rewrite = (node, inputs) => {
    if (node.op !== matMulOp) return undefined;
    const [x, wt] = inputs as [Tensor, Tensor];
    const weight = wt.node?.op === transposeOp && wt.rank === 2 ? wt.node.inputs[0] : undefined;
    if (!(weight instanceof Parameter)) return undefined;
    const value = values.get(weight);
    const [outputs = 0, width = 0] = weight.dims;
    if (!value || width % INT4_BLOCK !== 0 || Math.min(outputs, width) < LEAST) return undefined;
    let matrix = cache.get(weight);
    if (!matrix) {
      matrix = quantizeInt4(value);
      cache.set(weight, matrix);
    }
    return [multiply(x, matrix)];
  };

  /** One product instead of several of the same input, each used only here. */
  const join = (parts: readonly (Tensor | undefined)[], single: (t: Tensor) => boolean): { y: Tensor; sizes: number[] } | undefined => {
    const known = parts.map((t) => (t && single(t) ? products.get(t) : undefined));
    const [first] = known;
    if (!first || known.some((p) => p?.x !== first.x)) return undefined;
    const matrices = (known as Product[]).map((p) => p.matrix);
    return { y: multiply(first.x, stackInt4(matrices)), sizes: matrices.map((m) => m.outputs) };
  };

  const packAttention: Rewrite = (node, inputs, single) => {
    if (node.op !== cachedAttentionOp || node.attrs.packed) return undefined;
    const joined = join(inputs.slice(0, 3), single);
    return (
      joined &&
      cachedAttentionOp([joined.y, ...inputs.slice(3)], {
        ...(node.attrs as { heads: number; kvHeads: number; scale: number }),
        packed: true,
      })
    );
  };

  const packGate: Rewrite = (node, inputs, single) => {
    if (node.op.name !== 'mul') return undefined;
    const [a, b] = inputs as [Tensor, Tensor];
    const [activated, up] = a.node?.op.name === 'silu' ? [a, b] : [b, a];
    if (activated.node?.op.name !== 'silu' || !single(activated)) return undefined;
    const joined = join([activated.node.inputs[0], up], single);
    if (!joined) return undefined;
    const [gate, rest] = split(joined.y, joined.sizes, -1) as [Tensor, Tensor];
    return [mul(silu(gate), rest)];
  };

  return pack ? [quantizeProduct, packAttention, packGate] : [quantizeProduct];
}
