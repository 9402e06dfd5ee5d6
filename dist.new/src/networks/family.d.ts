import type { z } from 'zod';
import type { Module } from '../nn/index.js';
import type { MultimodalProcessor, ProcessorSource } from './processor.js';
/** Renames parameters both ways; the identity where our names are transformers'. */
export interface ParameterNames {
    /** Our name to the name in the file. */
    toFile(name: string): string;
    /** The name in the file to ours. */
    toOurs(name: string): string;
}
/** What a network is for, which decides what can open it. */
export type FamilyKind = 'causal' | 'seq2seq' | 'multimodal' | 'encoder';
/** One architecture. */
export interface Family<C = unknown, N extends Module = Module> {
    /** `model_type` in config.json. */
    readonly modelType: string;
    /** Class names of transformers that `architectures` may give; the first is the one we write. */
    readonly architectures: readonly string[];
    /** Further classes whose files hold this network: base classes, other heads, names of before. */
    readonly alsoFor?: readonly string[];
    readonly kind: FamilyKind;
    /** Checks config.json and fills in what the transformers class has as defaults. */
    readonly config: z.ZodType<C>;
    build(config: NoInfer<C>): N;
    /** The name map for a file that holds these tensors. Default: the identity. */
    names?(inFile: ReadonlySet<string>): ParameterNames | undefined;
    /**
     * The names of the attributes of the transformers class, which adapters are saved under, where published checkpoints have others. Default:
     * what `names` gives for a file with ours.
     */
    modules?(config: NoInfer<C>): ParameterNames;
    /** Parameters that share another's weights when the file leaves one of them out: name to name. */
    tied?(config: NoInfer<C>): Readonly<Record<string, string>>;
    /** Tensors of the file that the network has no use for, by the names in the file or by ours. */
    readonly ignore?: readonly RegExp[];
    /** Makes the processor of a folder, for families that take media. */
    processor?(source: ProcessorSource<never, never>): Promise<MultimodalProcessor>;
}
/** Registers an architecture; later rows of the same `model_type` are refused. Returns the row. */
export declare function defineFamily<C, N extends Module>(row: Family<C, N>): Family<C, N>;
/** All rows, in the order in which they were defined. */
export declare function families(): readonly Family[];
/**
 * The row for a config.json: by `model_type`, or by `architectures` where the file has no type.
 * Errors: `model.architecture`, with all that are supported and the closest in kind and size.
 */
export declare function familyOf(config: Readonly<Record<string, unknown>>, place?: string): Family;
/** The family of a config.json, with the config checked. Errors: `model.architecture`, `model.config`. */
export declare function readFamily(raw: Readonly<Record<string, unknown>>, place?: string): {
    family: Family;
    config: unknown;
};
