import { z } from 'zod';
import { Parameter, type Tensor } from '../../graph/index.js';
import { Linear, Module } from '../../nn/index.js';
import type { EndAdapter } from '../parts.js';
/** Projections of the last hidden states of images and texts, and the temperature of their comparison. Nothing that is generated depends on it. */
export declare class HaclHead extends Module implements EndAdapter {
    /** Numbers of a feature. */
    readonly features: number;
    image_proj: Linear;
    text_proj: Linear;
    temperature: Parameter;
    constructor(width: number, 
    /** Numbers of a feature. */
    features: number);
    /** states: [n, width] -> features of length 1, [n, features]. */
    image(states: Tensor): Tensor;
    /** states: [n, width] -> features of length 1, [n, features]. */
    text(states: Tensor): Tensor;
    /** The temperature within its bounds: [1]. */
    bounded(): Tensor;
}
/** The head that `stage.hacl` needs (Jiang et al. 2023, arXiv:2312.06968). `features`: numbers of a feature, default 256. */
export declare const hacl: (options?: z.input<import("./registry.js").AdapterRow<{
    features: number;
}>['options']>) => import("./registry.js").AdapterSpec;
