import type { Format } from '../format.js';
/** WebDataset. Written: one tar file. */
export declare const webdataset: Format;
