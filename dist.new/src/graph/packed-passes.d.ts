import type { HostTensor } from '../util/host.js';
import { type PackedTensor } from './packed.js';
import type { Rewrite } from './passes.js';
import { type Node, Parameter, type Tensor } from './tensor.js';
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
}
/** The parameter W of a product x Wᵀ. */
export declare function productWeight(node: Node, inputs: readonly Tensor[]): Parameter | undefined;
/** The table of a lookup of rows, where it is a parameter. */
export declare function tableOf(node: Node, inputs: readonly Tensor[]): Parameter | undefined;
/** The rewrites; to be put before the usual ones. */
export declare function packedRewrites(options: PackedOptions): Rewrite[];
