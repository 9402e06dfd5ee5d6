// Pretraining data: filtered, deduplicated and captioned in one streaming pipeline.

export { type CalibrateOptions, type ClipCalibration, calibrateClip } from './calibrate.js';
export { type CurateEmbedder, type CurateOptions, type CurateReport, curate, type Labeler } from './curate.js';
export { type DedupOptions, type DedupReport, dedup } from './dedup.js';
export { DUPLICATE_BY, type DuplicateBy } from './duplicates.js';
export type { FilterChoice, FilterRow, Settings } from './filter.js';
export { FILTERS, parseFilters } from './filters/index.js';
export { type Bits64, bitsToHex, dHash, hamming, hexToBits, pHash } from './image-hash.js';
export { CURATE_RECIPES, type CurateRecipe, curateRecipe } from './recipes.js';
export { type RocThreshold, rocThreshold } from './roc.js';
export { writeSamplePage } from './sample-page.js';
export { SINKS, type SinkName } from './sinks/index.js';
export { TRANSFORMS } from './transforms.js';
