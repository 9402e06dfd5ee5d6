import { type Tensor } from '../../graph/index.js';
import { type Linear } from '../../nn/index.js';
import type { BlockAdapter, BlockContext } from '../parts.js';
import type { SelfAttention } from './attention.js';
/** Applies a projection with whatever adapters do to it. */
export type Project = (name: string, linear: Linear, x: Tensor) => Tensor;
/** What a strategy gives for the queries of a layer. */
export interface Attended {
    /** [batch, n, heads * d]. */
    out: Tensor;
    /** Turned queries and the output by head, [batch, heads, n, d], and what scores are multiplied by; undefined where a strategy does not give them. */
    heads?(): {
        q: Tensor;
        out: Tensor;
        scale: number;
    };
}
/** The adapters of one layer in one graph. Every method without adapters is the plain computation. */
export declare class Adapted {
    private readonly adapters;
    readonly context: BlockContext;
    /** Path of the layer, for messages. */
    private readonly path;
    constructor(adapters: readonly BlockAdapter[], context: BlockContext, 
    /** Path of the layer, for messages. */
    path: string);
    /** True where adapters act on projections, which then have to see all tokens in their places. */
    get projects(): boolean;
    /** The residual stream before the layer. */
    before(x: Tensor): Tensor;
    readonly project: Project;
    /** What goes into the output projection of attention. Errors: `model.extension` for an adapter that needs heads where there are none. */
    attended({ out, heads }: Attended, layer?: SelfAttention): Tensor;
    /** The feed-forward of a layer; x: what goes into it. */
    feed(x: Tensor, plain: (x: Tensor) => Tensor): Tensor;
}
