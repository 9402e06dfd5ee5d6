// Inference passes: products with quantised weights and rows of quantised tables become ONNX Runtime's quantised operators, and
// products of one input become one product.

import type { HostTensor } from '../util/host.js';
import { hostTensor } from '../util/host.js';
import { silu } from './ops/activation.js';
import { add, mul } from './ops/arithmetic.js';
import { cachedAttentionOp } from './ops/decode.js';
import { split, transposeOp } from './ops/layout.js';
import { matMulOp } from './ops/matmul.js';
import { gatherBlocksOp, matMulInt8Op, matMulNBitsOp, quantizeRowsOp } from './ops/quantized.js';
import { type BlockMatrix, type PackedTensor, stackBlocks } from './packed.js';
import type { Rewrite } from './passes.js';
import { Constant, constant, type Node, Parameter, type Tensor } from './tensor.js';

/** How a program computes with quantised weights. */
export interface PackedOptions {
  /** The quantised value of a parameter; undefined leaves products with it as they are. */
  weight(p: Parameter): PackedTensor | undefined;
  /** Values of other frozen parameters: biases are joined with the products that they belong to. */
  value?(p: Parameter): HostTensor | undefined;
  /** Which form a product takes where a weight has both. Default 'blocks'. */
  products?: 'blocks' | 'channels';
  /**
   * Multiply uint8 by uint8: for processors without VNNI, where products of uint8 and int8 overflow. The sums are the same. Default false.
   */
  unsigned?: boolean;
  /** Join q, k, v and gate, up into one product each. Default true. */
  join?: boolean;
  /** Look rows up in quantised tables; else the table is dequantised. Default true. */
  tables?: boolean;
}

/** A quantised product and what it was made of. */
interface Product {
  x: Tensor;
  matrix: BlockMatrix;
  level: number;
}

/** Joined matrices by their parts, so that programs that join the same parts share the result. */
const stacks = new WeakMap<BlockMatrix, { parts: readonly BlockMatrix[]; whole: BlockMatrix }[]>();

function stackOf(parts: readonly BlockMatrix[]): BlockMatrix {
  const [first] = parts as [BlockMatrix];
  const known = stacks.get(first) ?? [];
  const found = known.find((s) => s.parts.length === parts.length && s.parts.every((p, i) => p === parts[i]));
  if (found) return found.whole;
  const whole = stackBlocks(parts);
  stacks.set(first, [...known, { parts: [...parts], whole }]);
  return whole;
}

/** Matrices of int8 as uint8 around 128. */
const unsignedCodes = new WeakMap<HostTensor<'int8'>, HostTensor<'uint8'>>();

function shifted(codes: HostTensor<'int8'>): HostTensor<'uint8'> {
  const known = unsignedCodes.get(codes);
  if (known) return known;
  const out = hostTensor('uint8', codes.shape);
  for (let i = 0; i < out.data.length; i++) out.data[i] = (codes.data[i] as number) + 128;
  unsignedCodes.set(codes, out);
  return out;
}

/** The parameter W of a product x Wᵀ. */
export function productWeight(node: Node, inputs: readonly Tensor[]): Parameter | undefined {
  if (node.op !== matMulOp) return undefined;
  const wt = inputs[1] as Tensor;
  const weight = wt.node?.op === transposeOp && wt.rank === 2 ? wt.node.inputs[0] : undefined;
  return weight instanceof Parameter ? weight : undefined;
}

/** The table of a lookup of rows, where it is a parameter. */
export function tableOf(node: Node, inputs: readonly Tensor[]): Parameter | undefined {
  return node.op.name === 'gather' && inputs[0] instanceof Parameter && inputs[0].rank === 2 ? inputs[0] : undefined;
}

/** The rewrites; to be put before the usual ones. */
export function packedRewrites(options: PackedOptions): Rewrite[] {
  const { weight, value = () => undefined, products: form = 'blocks', unsigned = false, join: joins = true, tables = true } = options;
  const products = new Map<Tensor, Product>();
  const leaves = new Map<HostTensor, Constant>();
  /** One leaf for each tensor, so that one that is used twice is packed once. */
  const leaf = (t: HostTensor): Constant => {
    const found = leaves.get(t) ?? constant(t);
    leaves.set(t, found);
    return found;
  };

  const multiply = ({ x, matrix, level }: Product): Tensor => {
    const { inputs, outputs, block, bits } = matrix;
    const y = matMulNBitsOp.one([x, leaf(matrix.packed), leaf(matrix.scales)], { inputs, outputs, block, bits, level });
    products.set(y, { x, matrix, level });
    return y;
  };

  const quantizedProduct: Rewrite = (node, inputs) => {
    const parameter = productWeight(node, inputs);
    const packed = parameter && weight(parameter);
    if (!packed) return undefined;
    const [x] = inputs as [Tensor];
    const { blocks, channels, level = 4 } = packed.forms;
    if (channels && (form === 'channels' || !blocks)) {
      const [codes, scales] = quantizeRowsOp([x], {}) as [Tensor, Tensor];
      const matrix = unsigned ? shifted(channels.codes) : channels.codes;
      return matMulInt8Op([codes, scales, leaf(matrix), leaf(channels.scales)], {});
    }
    return blocks && [multiply({ x, matrix: blocks, level })];
  };

  const flat = new Map<BlockMatrix, HostTensor<'uint8'>>();
  const quantizedTable: Rewrite = (node, inputs) => {
    const parameter = tableOf(node, inputs);
    const blocks = parameter && weight(parameter)?.forms.blocks;
    if (!blocks) return undefined;
    const { outputs, inputs: width, bits, block, packed, scales } = blocks;
    const rows = flat.get(blocks) ?? { dtype: 'uint8', shape: [outputs, (width * bits) / 8], data: packed.data };
    flat.set(blocks, rows);
    return gatherBlocksOp([leaf(rows), inputs[1] as Tensor, leaf(scales)], { inputs: width, block, bits });
  };

  /** A product, or one with a bias, that nothing else uses. */
  const part = (t: Tensor | undefined, single: (t: Tensor) => boolean): { product: Product; bias?: HostTensor } | undefined => {
    if (!t || !single(t)) return undefined;
    const product = products.get(t);
    if (product) return { product };
    if (t.node?.op.name !== 'add') return undefined;
    for (const [i, j] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const [under, b] = [t.node.inputs[i] as Tensor, t.node.inputs[j] as Tensor];
      const found = products.get(under);
      const bias = b instanceof Parameter ? value(b) : b instanceof Constant ? b.value : undefined;
      if (found && single(under) && bias?.dtype === 'float32' && bias.data.length === found.matrix.outputs) return { product: found, bias };
    }
    return undefined;
  };

  /** One product instead of several of the same input, each used only here. */
  const join = (ts: readonly (Tensor | undefined)[], single: (t: Tensor) => boolean): { y: Tensor; sizes: number[] } | undefined => {
    const parts = ts.map((t) => part(t, single));
    const first = parts[0]?.product;
    if (!first) return undefined;
    for (const p of parts) {
      if (p?.product.x !== first.x || p.product.level !== first.level) return undefined;
      if (p.product.matrix.bits !== first.matrix.bits || p.product.matrix.block !== first.matrix.block) return undefined;
    }
    const known = parts as { product: Product; bias?: HostTensor }[];
    const matrices = known.map((p) => p.product.matrix);
    const sizes = matrices.map((m) => m.outputs);
    const y = multiply({ ...first, matrix: stackOf(matrices) });
    if (known.every((p) => !p.bias)) return { y, sizes };
    const bias = known.flatMap((p, i) => (p.bias ? [...(p.bias.data as Float32Array)] : new Array<number>(sizes[i] as number).fill(0)));
    return { y: add(y, constant(hostTensor('float32', [bias.length], bias))), sizes };
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

  return [quantizedProduct, ...(tables ? [quantizedTable] : []), ...(joins ? [packAttention, packGate] : [])];
}
