import type { Rng } from '../util/rng.js';
import { type LrvFacts, type LrvLanguage, type LrvTurn } from './lrv-templates.js';
export * from './lrv-templates.js';
/** How instructions are drawn. */
export interface LrvOptions {
    language: LrvLanguage;
    rng: Rng;
    /** Most instructions; fewer where the facts give no more. Default 5. */
    turns?: number;
    /** Share of wrong ones. Default 0.5. */
    negatives?: number;
}
/** Instructions about one image, none twice: the kinds of wrong ones, the forms and the templates with equal chances. Errors: `data.option`. */
export declare function lrvTurns(facts: LrvFacts, { language, rng, turns, negatives }: LrvOptions): LrvTurn[];
/** Throws `data.option` for numbers out of range. */
export declare function checkLrv({ turns, negatives }: {
    turns?: number;
    negatives?: number;
}): void;
