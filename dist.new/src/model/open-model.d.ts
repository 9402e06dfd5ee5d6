import type { Parameter } from '../graph/index.js';
import type { ImageLimits } from '../media/index.js';
import { type AttachedLora, type Family, type FamilyKind, type TokenBudget } from '../networks/index.js';
import { type MultimodalProcessor } from '../networks/processor.js';
import type { Module } from '../nn/index.js';
import { ChatTemplate, type NewToken, Tokenizer } from '../text/index.js';
import type { HostTensor } from '../util/host.js';
import { type FolderContents, type HubOptions, type LoadNetworkOptions, type NameMap } from '../weights/index.js';
import { type GenerationConfig } from './generation-config.js';
import { type Vocabulary } from './grow-vocabulary.js';
import { Processor } from './processor.js';
/** How a model writes: a decoder over text or over text and media, or an encoder-decoder. */
export type ModelKind = 'causal' | 'multimodal' | 'seq2seq';
/** A model: what every recipe, command and server holds. */
export interface Model {
    readonly kind: ModelKind;
    /** The folder that it was opened from; empty for a model that was built. */
    readonly dir: string;
    readonly family: Family;
    /** config.json as the family reads it, and as it is in the file. */
    readonly config: unknown;
    readonly raw: Readonly<Record<string, unknown>>;
    readonly network: Module;
    readonly values: ReadonlyMap<Parameter, HostTensor>;
    /** Names of parameters in the folder's weights. */
    readonly names: NameMap;
    /** True for weights that were stored in fewer bits. */
    readonly quantized: boolean;
    readonly tokenizer?: Tokenizer;
    readonly template?: ChatTemplate;
    /** True for a classifier of texts without a language model's head, which scores and writes nothing. */
    readonly headless?: boolean;
    /** What the family does with images and videos. */
    readonly media?: MultimodalProcessor;
    readonly processor: Processor;
    /** Settings of generation_config.json, and the ids that end a reply. */
    readonly generation: GenerationConfig;
    /** Low-rank adapters on the network; their values are among `values`. */
    readonly adapters: readonly AttachedLora[];
    /** Tokens that the folder does not have; undefined where none were asked for. */
    readonly vocabulary?: Vocabulary;
    /** Of a model that was built: what its folder holds beside config and weights. */
    readonly files?: Omit<FolderContents, 'config' | 'weights' | 'extra'>;
}
/** How a model is opened. */
export interface OpenModelOptions {
    /** Default: every kind that writes text. */
    kinds?: readonly FamilyKind[];
    /** Jinja source in place of the folder's chat template. */
    template?: string;
    limits?: ImageLimits;
    /** Adapters in peft's layout, as folders or ids of the hub, and new ones: `lora({ rank })`, `gatedCrossAttention()`. */
    adapters?: LoadNetworkOptions['adapters'];
    /** Tokens to add, ordinary ones unless they are `{ content, special: true }`: see `growVocabulary`. */
    tokens?: readonly (string | NewToken)[];
    /** Tokens that an image may have at most: redundant ones are merged or pruned behind the connector (`setTokenBudget`). Default: all. */
    imageTokens?: TokenBudget;
    /** Of new adapters. Default 0. */
    seed?: number;
    signal?: AbortSignal;
    /** How a model of the hub is fetched. */
    hub?: HubOptions;
}
/** The language model of a network: itself, or the part of that name. */
export declare function languageModel<N extends Module = Module>(network: Module): N & {
    config: {
        vocab_size: number;
    };
};
/** How models of a family write, by its row and config. Throws `model.architecture` for an encoder, which writes nothing. */
export declare function modelKind(family: Family, config: unknown, place: string): ModelKind;
/**
 * Opens a folder in Hugging Face layout, or a model of the hub (`org/name`, `org/name@revision`); for the folder of an adapter its base,
 * with the adapter. Text-only folders may lack a tokenizer or a chat template. Errors: `model.architecture`, `model.config`, `media.config`, `weights.*`, `text.*`, each naming the file.
 */
export declare function openModel(name: string, options?: OpenModelOptions): Promise<Model>;
