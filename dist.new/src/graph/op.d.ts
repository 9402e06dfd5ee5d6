import type { AttributeValue } from '../onnx/model.js';
import type { DType, HostTensor } from '../util/host.js';
import type { Dim, Node, Tensor, ValueSpec } from './tensor.js';
/** Writes ONNX nodes for one op; handed to `emit`. */
export interface Emitter {
    /** Adds a node and returns the name of its first output. */
    op(opType: string, inputs: readonly string[], attributes?: Record<string, AttributeValue>, domain?: string): string;
    /** Adds a node with several outputs; `wanted[i] === false` leaves an optional output out ('' is returned for it). */
    ops(opType: string, inputs: readonly string[], wanted: readonly boolean[], attributes?: Record<string, AttributeValue>, domain?: string): string[];
    /** An int64 vector constant (axes, shapes). */
    ints(values: readonly number[]): string;
    /** A scalar constant. */
    scalar(value: number, dtype?: DType): string;
    /** A constant tensor. */
    value(tensor: HostTensor): string;
    /** An int64 vector holding `dims`, computed at run time where they are names. */
    dims(dims: readonly Dim[]): string;
    /** True when output `i` of the node is used by anything. */
    used(i: number): boolean;
}
/** What a gradient rule sees. */
export interface VjpContext<A> {
    /** Inputs of the node. */
    x: readonly Tensor[];
    /** Outputs of the node. */
    y: readonly Tensor[];
    /** Gradient of the loss with respect to output 0. */
    dy: Tensor;
    /** Gradients of all outputs (undefined where nothing depends on it). */
    dys: readonly (Tensor | undefined)[];
    attrs: A;
}
/** Gradients for the inputs, in order; null where there is none. May be broadcast shapes: `grad` sums them back. */
export type Vjp<A> = (context: VjpContext<A>) => readonly (Tensor | null)[];
export interface OpRow<A extends object = object> {
    readonly name: string;
    infer(inputs: readonly Tensor[], attrs: A): readonly ValueSpec[];
    /** Returns the ONNX value names of the outputs. */
    emit(e: Emitter, inputs: readonly string[], attrs: A, node: Node): readonly string[];
    /** null: not differentiable (integers, comparisons, fused inference ops). Leaving it out does not type-check. */
    readonly vjp: Vjp<A> | null;
}
/** Every op by name; tests walk it to see that none is left unchecked. */
export declare const registry: Map<string, OpRow<never>>;
/** An op row with its call: `op(inputs, attrs)` gives its outputs. */
export type Op<A extends object> = OpRow<A> & {
    (inputs: readonly Tensor[], attrs: A): Tensor[];
    one(inputs: readonly Tensor[], attrs: A): Tensor;
};
/** Registers a row and makes it callable. */
export declare function defineOp<A extends object = Record<string, never>>(row: OpRow<A>): Op<A>;
