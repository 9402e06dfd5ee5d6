import { Parameter, type Tensor } from '../graph/index.js';
import { Linear, type LinearAdapter } from './linear.js';
import { Module } from './module.js';
export interface LoraOptions {
    rank: number;
    /** The term is scaled by alpha / rank. */
    alpha: number;
    /** Scale by alpha / sqrt(rank) instead (Kalajdzievski 2023). */
    rslora?: boolean;
    /** Learn the length of each row of the weight apart from its direction (Liu et al. 2024). */
    dora?: boolean;
    /** Share of the inputs that are left out of the low-rank term in training. */
    dropout?: number;
}
/** The factor on the low-rank term. */
export declare function loraScale({ rank, alpha, rslora }: LoraOptions): number;
/**
 * y = x Wᵀ + b + scale · x Aᵀ Bᵀ (Hu et al. 2021); A: [rank, inputs], B: [outputs, rank], zeros at the start.
 * With DoRA the rows of W + scale · B A are given the lengths `lora_magnitude_vector`: [outputs].
 */
export declare class Lora extends Module implements LinearAdapter {
    readonly options: LoraOptions;
    lora_A: Linear;
    lora_B: Linear;
    lora_magnitude_vector?: Parameter;
    constructor(inputs: number, outputs: number, options: LoraOptions);
    get scale(): number;
    around(linear: Linear, x: Tensor): Tensor;
    /** Lengths of the rows of W + scale · B A: [outputs]. Gradients do not pass (Liu et al. 2024, section 4.3). */
    private rowLengths;
}
