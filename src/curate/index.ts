// Pretraining data: filtered, deduplicated and captioned in one streaming pipeline.

export { type CalibrateOptions, type ClipCalibration, calibrateClip } from './calibrate.js';
export { type Captioner, type CaptionLoop, modelCaptioner, responderCaptioner } from './captioner.js';
export { curate } from './curate.js';
export { type DedupOptions, type DedupReport, dedup } from './dedup.js';
export { DUPLICATE_BY, type DuplicateBy } from './duplicates.js';
export type { FilterChoice, FilterRow, Settings } from './filter.js';
export { FILTERS, parseFilters } from './filters/index.js';
export { type Bits64, bitsToHex, dHash, hamming, hexToBits, pHash } from './image-hash.js';
export type { CurateEmbedder, CurateOptions, CurateReport, Labeler } from './options.js';
export { CURATE_RECIPES, type CurateRecipe, curateRecipe } from './recipes.js';
export { type RocThreshold, rocThreshold } from './roc.js';
export { writeSamplePage } from './sample-page.js';
export { curateShares, MOST_SHARES, type SharedOptions, startShareWorker } from './shares.js';
export { SINKS, type SinkName } from './sinks/index.js';
export { TRANSFORMS } from './transforms.js';
