import type { Tensor } from '../tensor.js';
/** The value of `x`, which is not computed from before `other` is known. Sizes are fixed. Costs a copy of x; `other` gets no gradient. */
export declare function after(x: Tensor, other: Tensor): Tensor;
