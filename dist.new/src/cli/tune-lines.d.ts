import type { PreparedSft, SftOptions } from '../train/sft.js';
/** Lines about the data and what will be trained. */
export declare function dataLines({ report, train, model, bad, lr, recipe, method }: PreparedSft): string[];
/** What was saved, and how to ask it. `score`: held-out answers that are right, where that is what was learned. `more`: further lines. */
export declare function endLines(result: {
    saved: string;
    kind: string;
    seconds: number;
}, score: {
    n: number;
    before: number;
    after: number;
} | undefined, { model, page, more }: {
    model: string;
    page: string;
    more?: readonly string[];
}): string;
/** Options as the report lists them: those that are set, of the stage among them; not the text of a template, nor what it lists anyway. */
export declare function shownOptions({ options, template, tokens, model: _model, train: _train, epochs, ...rest }: SftOptions): Record<string, unknown>;
