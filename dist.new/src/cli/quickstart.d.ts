import type { BenchResult } from '../evaluate/runner.js';
import { type ViewEvent } from './run-view.js';
/** What `quickstart` of the recipe is given. */
export interface QuickstartOptions {
    dir: string;
    fromScratch: boolean;
    signal: AbortSignal;
    onEvent: (event: ViewEvent) => void;
}
/** What it returns: the content of report.json, of which the display uses this. */
export interface QuickstartResult {
    seconds: number;
    benchmarks: BenchResult[];
    /** Questions asked about image files when all is trained. */
    answers?: {
        image: string;
        question: string;
        answer: string;
        truth?: string;
    }[];
}
/** The recipe: `expectedSeconds` (from scratch or not) is printed before anything runs. */
export interface QuickstartModule {
    quickstart(options: QuickstartOptions): Promise<QuickstartResult>;
    expectedSeconds?: (options: {
        fromScratch: boolean;
    }) => number;
}
/** The end of a run in words: scores, answers, where things lie. */
export declare function renderResult(result: QuickstartResult, dir: string): string;
declare const _default: import("citty").CommandDef<{
    readonly dir: {
        readonly type: "string";
        readonly description: "folder of the run";
        readonly default: "runs/quickstart";
        readonly valueHint: "DIR";
    };
    readonly 'from-scratch': {
        readonly type: "boolean";
        readonly description: "train the vision encoder and the language model too";
    };
    readonly json: {
        readonly type: "boolean";
        readonly description: "print the report as JSON when done";
    };
}>;
export default _default;
