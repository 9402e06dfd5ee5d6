import type { ResampledRows, Resampling } from './resample.js';
/** The same as `resample`. */
export declare function resamplePlainly({ image: { width, data }, rows, columns, across, down, color }: Resampling, result: ResampledRows): void;
