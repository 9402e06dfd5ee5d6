import type { Format } from '../format.js';
/** LLaVA JSON. */
export declare const llava: Format;
