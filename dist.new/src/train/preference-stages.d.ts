import { type KtoStrengths } from './objectives/kto.js';
import { type PairLossName, type PairStrengths } from './objectives/pair-losses.js';
import { type ConversationStage } from './stage-options.js';
type Strengths = {
    [K in keyof PairStrengths]: number | undefined;
};
/** Options of `stage.dpo` beside those of conversations. Strengths that are left out have the loss's own defaults. */
export interface PairStage extends ConversationStage, Strengths {
    loss: PairLossName;
    /** Folder in which scores of the reference are kept. Default: one below that of the run. */
    scores: string;
}
/** Losses of pairs that are measured from where training began, in one stage; `loss` names one. */
export declare const dpo: (options?: (Partial<import("./options.js").TrainOptions & PairStage> & {
    name?: string;
}) | undefined) => import("./recipe.js").StageSpec;
/** A stage of the loss of this name, which has no reference. */
export declare function pairStage(name: 'orpo' | 'simpo' | 'cpo'): (options?: (Partial<import("./options.js").TrainOptions & ConversationStage & Strengths> & {
    name?: string;
}) | undefined) => import("./recipe.js").StageSpec;
/** Kahneman-Tversky optimization: rows with one reply and whether it is a good one. */
export declare const ktoStage: (options?: (Partial<import("./options.js").TrainOptions & ConversationStage & KtoStrengths & Pick<PairStage, "scores">> & {
    name?: string;
}) | undefined) => import("./recipe.js").StageSpec;
export {};
