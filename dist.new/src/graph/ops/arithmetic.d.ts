import { Tensor } from '../tensor.js';
export type Operand = Tensor | number;
/** Lifts a number to a scalar constant of the other operand's dtype. */
export declare function lift(x: Operand, like: Operand): Tensor;
/** a + b, broadcast. */
export declare const add: (a: Operand, b: Operand) => Tensor;
/** a - b, broadcast. */
export declare const sub: (a: Operand, b: Operand) => Tensor;
/** a * b, broadcast. */
export declare const mul: (a: Operand, b: Operand) => Tensor;
/** a / b, broadcast. */
export declare const div: (a: Operand, b: Operand) => Tensor;
/** a ** b for a > 0 (the gradient for b needs log a). */
export declare const pow: (a: Operand, b: Operand) => Tensor;
/** Larger of two; ties give the whole gradient to a. */
export declare const maximum: (a: Operand, b: Operand) => Tensor;
/** Smaller of two; ties give the whole gradient to a. */
export declare const minimum: (a: Operand, b: Operand) => Tensor;
export declare const neg: (x: Tensor) => Tensor;
export declare const abs: (x: Tensor) => Tensor;
/** -1, 0 or 1; its gradient is zero. */
export declare const sign: (x: Tensor) => Tensor;
/** x itself, which gradients do not pass: a constant where the loss is differentiated. */
export declare const detach: (x: Tensor) => Tensor;
export declare const floor: (x: Tensor) => Tensor;
/** Half to even; its gradient is zero. */
export declare const round: (x: Tensor) => Tensor;
export declare const exp: (x: Tensor) => Tensor;
export declare const log: (x: Tensor) => Tensor;
export declare const sqrt: (x: Tensor) => Tensor;
/** 1 / x. */
export declare const reciprocal: (x: Tensor) => Tensor;
export declare const sin: (x: Tensor) => Tensor;
export declare const cos: (x: Tensor) => Tensor;
export declare const tanh: (x: Tensor) => Tensor;
export declare const sigmoid: (x: Tensor) => Tensor;
export declare const erf: (x: Tensor) => Tensor;
/** log(1 + exp(x)). */
export declare const softplus: (x: Tensor) => Tensor;
/** x * x. */
export declare function square(x: Tensor): Tensor;
/** 1 / sqrt(x). */
export declare function rsqrt(x: Tensor): Tensor;
/** x limited to [min, max]; infinite bounds are left out. */
export declare function clip(x: Tensor, min?: number, max?: number): Tensor;
declare module '../tensor.js' {
    interface Tensor {
        add(b: Operand): Tensor;
        sub(b: Operand): Tensor;
        mul(b: Operand): Tensor;
        div(b: Operand): Tensor;
        pow(b: Operand): Tensor;
        neg(): Tensor;
        abs(): Tensor;
        exp(): Tensor;
        log(): Tensor;
        sqrt(): Tensor;
        tanh(): Tensor;
        sigmoid(): Tensor;
        square(): Tensor;
        clip(min?: number, max?: number): Tensor;
    }
}
