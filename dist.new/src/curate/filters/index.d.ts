import { type FilterChoice, type FilterContext, type FilterRow, type Settings, type Test } from '../filter.js';
/** Every filter. */
export declare const FILTERS: readonly FilterRow[];
/** A chosen filter with all of its settings. */
export interface ChosenFilter {
    row: FilterRow;
    settings: Settings;
}
/** A filter by its name. Errors: `curate.option`. */
export declare function filterNamed(name: string): FilterRow;
/** Settings with the defaults of a filter. Errors: `curate.option` for a setting that it does not have, or of another type. */
export declare function settingsOf(row: FilterRow, given?: Settings): Settings;
/** Filters in the order in which they run, each once: a later choice of the same name adds its settings. Errors: `curate.option`. */
export declare function chosenFilters(choices: readonly FilterChoice[]): ChosenFilter[];
/** A filter that is ready to look at rows. */
export interface RunningFilter extends Test {
    name: string;
    needs: FilterRow['needs'];
    hash: boolean;
}
/** Filters made ready. */
export declare const runningFilters: (chosen: readonly ChosenFilter[], context: FilterContext) => RunningFilter[];
/**
 * Filters written in a line: `size:min=200,aspect:max=3,clip`. Errors: `curate.option`.
 */
export declare function parseFilters(text: string): FilterChoice[];
