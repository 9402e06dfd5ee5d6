import type { Tensor } from '../graph/index.js';
import { Module } from './module.js';
/** What a `Sequential` is made of: a layer, or a function without parameters (an activation, or nothing at all). */
export type Step = (Module & {
    forward(x: Tensor): Tensor;
}) | ((x: Tensor) => Tensor);
/** nn.Identity: keeps the numbers of the steps behind it. */
export declare const identity: (x: Tensor) => Tensor;
/** x goes through the steps in order. The parameters of step i are named `i.…`; functions have none, but keep their number. */
export declare class Sequential extends Module {
    #private;
    constructor(...steps: readonly Step[]);
    forward(x: Tensor): Tensor;
}
