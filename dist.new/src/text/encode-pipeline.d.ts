import type { AddedTokenJson, TokenizerJson } from './bpe-train.js';
/** What a pipeline is made from. */
export interface PipelineSource {
    json: TokenizerJson;
    /** Ids of the model's own tokens. */
    ids: ReadonlyMap<string, number>;
    /** Added tokens that are not special. */
    ordinary: readonly AddedTokenJson[];
    /** Special tokens: text never becomes one of them. */
    special: ReadonlySet<string>;
    /** A byte-level model has a token for every byte; that one is missing is an error. */
    byteLevel: boolean;
    config: Readonly<Record<string, unknown>>;
    place: string;
}
/** Encodes plain texts. Throws what the library throws for parts that it does not know. */
export declare class EncodePipeline {
    private readonly unnormalized;
    private readonly normalized;
    private readonly normalize;
    private readonly words;
    private readonly model;
    constructor(source: PipelineSource);
    /** Ids of a text. `isLater`: it does not begin the whole, and gets no space where only the first text gets one. */
    encode(text: string, isLater?: boolean): number[];
}
