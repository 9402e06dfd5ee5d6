// Inference passes: products with quantized weights and rows of quantized tables become ONNX Runtime's quantized operators, and
// products of one input become one product.

import type { HostTensor } from '../util/host.js';
import { hostTensor } from '../util/host.js';
import { silu } from './ops/activation.js';
import { add, minimum, mul } from './ops/arithmetic.js';
import { cast, less } from './ops/compare.js';
import { cachedAttentionOp } from './ops/decode.js';
import { arange } from './ops/gather.js';
import { slice, split, transposeOp } from './ops/layout.js';
import { matMul, matMulOp } from './ops/matmul.js';
import { gatherBlocksOp, matMulInt8Op, matMulNBitsOp, quantizeRowsOp } from './ops/quantized.js';
import { type BlockMatrix, type ChannelMatrix, type PackedTensor, stackBlocks, stackChannels } from './packed.js';
import type { Rewrite } from './passes.js';
import { Constant, constant, type Node, Parameter, type Tensor } from './tensor.js';

/** How a program computes with quantized weights. */
export interface PackedOptions {
  /** The quantized value of a parameter; undefined leaves products with it as they are. */
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
  /** Look rows up in quantized tables; else the table is dequantized. Default true. */
  tables?: boolean;
  /**
   * For training: products in float32, also those with a weight as it is, dy W, by which gradients come through x Wᵀ. They dequantize the weight
   * when dy is there, so that one float matrix lives at a time (Dettmers et al. 2023, QLoRA). Only of weights in blocks. Default false.
   */
  exact?: boolean;
}

/** A quantized product and what it was made of; `channels` are side by side. */
type Product = { x: Tensor } & ({ blocks: BlockMatrix; level: number } | { channels: readonly ChannelMatrix[] });

const outputsOf = (p: Product): number =>
  'blocks' in p ? p.blocks.outputs : p.channels.reduce((n, { scales }) => n + scales.data.length, 0);

/** Whether one product can take the place of both. */
function joinable(a: Product, b: Product): boolean {
  if (a.x !== b.x) return false;
  if ('channels' in a || 'channels' in b) return 'channels' in a && 'channels' in b;
  return a.level === b.level && a.blocks.bits === b.blocks.bits && a.blocks.block === b.blocks.block;
}

/** What is made of several objects, kept as long as the first of them, so that programs over the same ones share it. */
class Joined<T extends object, R> {
  private readonly known = new WeakMap<T, { parts: readonly T[]; whole: R }[]>();
  constructor(private readonly make: (parts: readonly T[]) => R) {}

  of(parts: readonly T[]): R {
    const [first] = parts as [T];
    const known = this.known.get(first) ?? [];
    const found = known.find((k) => k.parts.length === parts.length && k.parts.every((p, i) => p === parts[i]));
    if (found) return found.whole;
    const whole = this.make(parts);
    this.known.set(first, [...known, { parts: [...parts], whole }]);
    return whole;
  }
}

const stackedBlocks = new Joined(stackBlocks);
const stackedSigned = new Joined((parts: readonly ChannelMatrix[]) => stackChannels(parts));
const stackedUnsigned = new Joined((parts: readonly ChannelMatrix[]) => stackChannels(parts, 128));

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
  const { weight, value = () => undefined, products: form = 'blocks', unsigned = false, exact = false, tables = true } = options;
  const { join: joins = !exact } = options;
  const products = new Map<Tensor, Product>();
  const leaves = new Map<HostTensor, Constant>();
  /** One leaf for each tensor, so that one that is used twice is packed once. */
  const leaf = (t: HostTensor): Constant => {
    const found = leaves.get(t) ?? constant(t);
    leaves.set(t, found);
    return found;
  };

  const multiply = (product: Product): Tensor => {
    const { x } = product;
    let y: Tensor;
    if ('blocks' in product) {
      const { inputs, outputs, block, bits, packed, scales } = product.blocks;
      y = matMulNBitsOp.one([x, leaf(packed), leaf(scales)], { inputs, outputs, block, bits, level: product.level });
    } else {
      const [codes, scales] = quantizeRowsOp([x], {}) as [Tensor, Tensor];
      const matrix = (unsigned ? stackedUnsigned : stackedSigned).of(product.channels);
      y = matMulInt8Op.one([codes, scales, leaf(matrix.codes), leaf(matrix.scales)], {});
    }
    products.set(y, product);
    return y;
  };

  const quantizedProduct: Rewrite = (node, inputs) => {
    const parameter = productWeight(node, inputs);
    const packed = parameter && weight(parameter);
    if (!packed) return undefined;
    const [x] = inputs as [Tensor];
    const { blocks, channels, level = 4 } = packed.forms;
    if (exact) return blocks && [multiply({ x, blocks, level: 1 })];
    if (channels && (form === 'channels' || !blocks)) return [multiply({ x, channels: [channels] })];
    return blocks && [multiply({ x, blocks, level })];
  };

  const flat = new Map<BlockMatrix, HostTensor<'uint8'>>();
  const rowsOf = (blocks: BlockMatrix, ids: Tensor): Tensor => {
    const { outputs, inputs: width, bits, block, packed, scales } = blocks;
    const rows = flat.get(blocks) ?? { dtype: 'uint8', shape: [outputs, (width * bits) / 8], data: packed.data };
    flat.set(blocks, rows);
    return gatherBlocksOp.one([leaf(rows), ids, leaf(scales)], { inputs: width, block, bits });
  };

  const quantizedTable: Rewrite = (node, inputs) => {
    const parameter = tableOf(node, inputs);
    const blocks = parameter && weight(parameter)?.forms.blocks;
    if (!blocks) return undefined;
    return [rowsOf(blocks, inputs[1] as Tensor)];
  };

  const transposedProduct: Rewrite = (node, inputs) => {
    const [dy, parameter] = inputs as [Tensor, Tensor];
    if (!exact || node.op !== matMulOp || !(parameter instanceof Parameter)) return undefined;
    const blocks = weight(parameter)?.forms.blocks;
    if (!blocks) return undefined;
    // All rows, from 0 on: zero is computed from dy, or ONNX Runtime would look them up once and keep the float matrix.
    const first = slice(dy.reshape([-1]), { axis: 0, end: 1 });
    const zero = minimum(cast(less(first, -3e38), 'int32'), 0);
    return [matMul(dy, rowsOf(blocks, add(arange(blocks.outputs), zero)))];
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
      if (found && single(under) && bias?.dtype === 'float32' && bias.data.length === outputsOf(found)) return { product: found, bias };
    }
    return undefined;
  };

  /** One product instead of several of the same input, each used only here. */
  const join = (ts: readonly (Tensor | undefined)[], single: (t: Tensor) => boolean): { y: Tensor; sizes: number[] } | undefined => {
    const parts = ts.map((t) => part(t, single));
    const first = parts[0]?.product;
    if (!first || !parts.every((p) => p && joinable(first, p.product))) return undefined;
    const known = parts as { product: Product; bias?: HostTensor }[];
    const sizes = known.map((p) => outputsOf(p.product));
    const y = multiply(
      'blocks' in first
        ? { ...first, blocks: stackedBlocks.of(known.map((p) => (p.product as typeof first).blocks)) }
        : { ...first, channels: known.flatMap((p) => (p.product as typeof first).channels) },
    );
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

  return [
    quantizedProduct,
    ...(exact ? [transposedProduct] : []),
    ...(tables ? [quantizedTable] : []),
    ...(joins ? [packAttention, packGate] : []),
  ];
}
