import type { FinishContext } from '../src/cli/recipe-module.js';
/** Saves and measures a run: 100 rows of each POPE sampler, 80 of each type of question; the blind row stands with the quickstart. */
export declare function finish({ result, dir, signal }: FinishContext): Promise<void>;
declare const _default: import("../src/train/recipe.js").Recipe;
export default _default;
