import { z } from 'zod';
import type { Tensor } from '../../graph/index.js';
import { Linear, Module } from '../../nn/index.js';
import type { EndAdapter } from '../parts.js';
import { type AdapterSpec } from './registry.js';
/** One matrix, named as in transformers' classes for sequence classification. It begins at zero: every reply is worth the same. */
declare abstract class ScalarHead extends Module implements EndAdapter {
    score: Linear;
    constructor(width: number);
    /** states: [n, width] -> [n]. */
    read(states: Tensor): Tensor;
}
/** The score of a whole conversation, off the hidden state of its last token. */
export declare class RewardHead extends ScalarHead {
}
/** The reward that is still to come, off the hidden state before each token of a reply. It is of training alone: no folder keeps it. */
export declare class ValueHead extends ScalarHead {
}
/** A config.json as folders keep it: without the value head. */
export declare function withoutValueHead(raw: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
/** Makes a reward model of a decoder: `stage.reward` trains it, `rewardModel(folder)` scores with it. */
export declare const rewardHead: (options?: z.input<import("./registry.js").AdapterRow<Record<string, never>>['options']>) => AdapterSpec;
/** The value head that `stage.ppo` trains beside the policy. */
export declare const valueHead: (options?: z.input<import("./registry.js").AdapterRow<Record<string, never>>['options']>) => AdapterSpec;
/** The adapter of a class at the end of a network's decoder; undefined where there is none. */
export declare function endAdapter<A extends EndAdapter>(network: Module, of: new (...args: never[]) => A): A | undefined;
export {};
