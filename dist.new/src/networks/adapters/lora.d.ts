import type { Parameter } from '../../graph/index.js';
import { type Linear, type LoraOptions, type Module } from '../../nn/index.js';
import { type HostTensor } from '../../util/host.js';
import { type TargetRules } from './targets.js';
/** Options of `lora`, with peft's defaults. */
export interface LoraRequest extends TargetRules {
    rank: number;
    /** The term is scaled by alpha / rank. Default 8. */
    alpha?: number;
    /** Share of inputs left out of the term in training. Default 0. */
    dropout?: number;
    /** Scale by alpha / sqrt(rank) instead. Default false. */
    rslora?: boolean;
    /** Learn the lengths of the weight's rows apart from their directions. Default false. */
    dora?: boolean;
    /** Other ranks and alphas, by name, end of a name, or regular expression. */
    rankPattern?: Readonly<Record<string, number>>;
    alphaPattern?: Readonly<Record<string, number>>;
}
/** A low-rank adapter that is not attached yet: plain data, part of a recipe's identity. */
export interface LoraSpec extends Required<Omit<LoraRequest, 'layers' | 'layersPattern'>>, Pick<LoraRequest, 'layers' | 'layersPattern'> {
    readonly kind: 'lora';
}
/**
 * Low-rank adapters (Hu et al. 2021) as peft describes them. Errors: `adapter.spec` for a value out of range.
 * @example lora({ rank: 16, targets: ['q_proj', 'v_proj'] })
 */
export declare function lora(request: LoraRequest): LoraSpec;
/** Low-rank adapters on a network. */
export interface AttachedLora {
    readonly spec: LoraSpec;
    /** The layers that have one, by path. */
    readonly layers: ReadonlyMap<string, Linear>;
    /** Modules that are trained whole, by path. */
    readonly saved: ReadonlyMap<string, Module>;
    /** Parameters that were added. */
    readonly parameters: readonly Parameter[];
    /** Their values: at first A at random and B zero. */
    readonly values: ReadonlyMap<Parameter, HostTensor<'float32'>>;
    /** What there is to train: `parameters` and those of `saved`. */
    readonly trained: readonly Parameter[];
    /** Numbers in `trained`. */
    readonly count: number;
}
export interface AttachOptions {
    /** Of A. Each parameter has a stream of its own, by its name. */
    seed: number;
    /** Values of the network's own parameters; DoRA begins with the lengths of their rows. */
    values?: ReadonlyMap<Parameter, HostTensor>;
}
/**
 * Puts low-rank adapters on the linear layers that `spec` names. Every graph traced from the network afterwards has them; their
 * parameters are named `LAYER.lora_A.weight`, `LAYER.lora_B.weight` and `LAYER.lora_magnitude_vector`. Call it on a network whose
 * parameters are named. Errors: `adapter.target`, `adapter.pattern`, `adapter.exists` for layers that have one, `adapter.quantized` for
 * DoRA on a quantized weight, `util.memory`.
 */
export declare function attachLora(network: Module, asked: LoraSpec, { seed, values }: AttachOptions): AttachedLora;
/**
 * Puts one low-rank adapter on each of some linear layers, by path. Errors: `adapter.exists`, `util.memory`; then nothing is changed.
 */
export declare function placeLoras(network: Module, options: ReadonlyMap<string, LoraOptions>): Map<string, Linear>;
/** An adapter with what follows from its parts. */
export declare function attachedLora(o: Pick<AttachedLora, 'spec' | 'layers' | 'saved' | 'values'>): AttachedLora;
/** Takes the adapters off again. */
export declare function detachLora({ layers }: Pick<AttachedLora, 'layers'>): void;
