import type { FilterChoice } from './filter.js';
import type { TransformName } from './transforms.js';
/** A named list of filters. */
export interface CurateRecipe {
    readonly name: string;
    /** One line for `--help`. */
    readonly about: string;
    readonly filters: readonly FilterChoice[];
    /** What is done to the captions of the rows that stay. */
    readonly transforms?: readonly TransformName[];
    /** What the publication did beside it, and this does not. */
    readonly without: string;
}
/** Every recipe. */
export declare const CURATE_RECIPES: readonly CurateRecipe[];
/** A recipe by its name. Errors: `curate.option`. */
export declare function curateRecipe(name: string): CurateRecipe;
