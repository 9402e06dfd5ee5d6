import type { ConstraintLimits } from './errors.js';
import type { PackedGrammar } from './packed.js';
/** A form, and what its grammar depends on. */
export interface CompileInput {
    /** As JSON, without its limits. */
    readonly format: string;
    readonly limits: ConstraintLimits | undefined;
    readonly spellable: Uint8Array;
    readonly noLeadingSpace: boolean;
}
/** Compiles a form. Throws as `formatGrammar` does. */
export declare function compileFormat({ format, limits, spellable, noLeadingSpace }: CompileInput): PackedGrammar;
/** `compileFormat` in a worker thread. */
export declare const compileJob: import("../../util/jobs.js").Job<CompileInput, PackedGrammar>;
