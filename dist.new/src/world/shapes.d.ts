import type { StyleId } from './vocabulary.js';
/** `SHAPES[style][category]` = [width, height] of the visible drawing in a 128 x 128 square. */
export declare const SHAPES: Record<StyleId, readonly (readonly [number, number])[]>;
