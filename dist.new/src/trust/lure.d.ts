import type { ExistenceClaim } from './claim.js';
import { type TokenLogProb } from './flags.js';
/** How often objects are named together in captions, and how often each is. */
export declare class CaptionCooccurrence {
    private readonly together;
    private readonly alone;
    /** Adds the objects of one caption. */
    add(objects: Iterable<string>): void;
    /** Captions with both over captions with either (the paper's co-occurrence score of a pair), 0 for objects never named. */
    of(a: string, b: string): number;
}
/** The three factors of one mention. */
export interface LureFactors {
    claim: ExistenceClaim;
    /** Sum of the co-occurrence with every other object of the text. */
    cooccurrence: number;
    /** -log p of the least probable token of the noun; undefined without log-probabilities. */
    uncertainty?: number;
    /** Where the noun begins, as a share of the text's length. */
    position: number;
}
/** The factors of all mentions of a text. */
export declare function lureFactors(text: string, claims: readonly ExistenceClaim[], { cooccurrence, tokens }?: {
    cooccurrence?: CaptionCooccurrence;
    tokens?: readonly TokenLogProb[];
}): LureFactors[];
/** The thresholds of the published inference: uncertainty over 0.9, or the last fifth of the text. */
export declare const LURE_THRESHOLDS: {
    readonly uncertainty: 0.9;
    readonly position: 0.8;
};
/** The mentions that the published inference masks. */
export declare function lureSuspects(factors: readonly LureFactors[], thresholds?: {
    uncertainty: number;
    position: number;
}): LureFactors[];
/** The text with each suspect noun as `[IDK]`: what a revisor gets beside the image. */
export declare function lureMask(text: string, suspects: readonly LureFactors[], mask?: string): string;
