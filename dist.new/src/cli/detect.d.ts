import type { ReadLine } from '../trust/reader.js';
import type { TruthBox } from '../trust/truth.js';
import type { Detection } from '../trust/verifier.js';
/** A box as whole pixels. */
export declare const shownBox: (box: TruthBox) => string;
/** What was found as aligned lines. */
export declare function detectionLines(objects: readonly Detection[], lines: readonly ReadLine[]): string;
declare const _default: import("citty").CommandDef<{
    image: {
        type: "positional";
        description: string;
        required: false;
        valueHint: string;
    };
    detector: {
        type: "string";
        description: string;
        valueHint: string;
    };
    threshold: {
        type: "string";
        description: string;
        valueHint: string;
    };
    ocr: {
        type: "boolean";
        description: string;
    };
    objects: {
        type: "boolean";
        description: string;
        default: true;
    };
    draw: {
        type: "string";
        description: string;
        valueHint: string;
    };
    json: {
        type: "boolean";
        description: string;
    };
}>;
export default _default;
