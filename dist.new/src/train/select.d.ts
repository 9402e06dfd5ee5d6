import type { Parameter } from '../graph/index.js';
import type { Parts } from '../networks/index.js';
import type { Module } from '../nn/index.js';
/** What a network offers to be selected from. */
export type Trainable = Module & {
    parts(): Parts;
    unused?(): Parameter[];
};
/** Names of parts; `layers.2-5` and patterns with `*` select, too. */
export declare const PART_NAMES: readonly ['all', 'vision', 'connector', 'language', 'embeddings', 'adapters'];
/** True for a parameter of an adapter, by its name as PEFT has it. */
export declare const isAdapter: (name: string) => boolean;
/**
 * The parameters that `names` select, in the network's order; those that no result depends on are left out. Adapters are selected by
 * `adapters`, and by patterns that spell their names, such as `*.lora_A.weight`. Errors: `train.option` for a name that selects nothing, with the nearest one.
 */
export declare function selectParameters(network: Trainable, names: readonly string[], place: string): Parameter[];
/**
 * The parameters among `all` that one name selects. Without a network there are no parts, only patterns and `adapters`.
 * Errors: `train.option` for a name that selects nothing, with the nearest one; `option` is where it was given.
 */
export declare function selectNamed(name: string, o: {
    network?: Trainable;
    all: readonly Parameter[];
    option: string;
    place: string;
}): Parameter[];
