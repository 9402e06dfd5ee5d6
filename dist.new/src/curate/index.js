// Pretraining data: filtered, deduplicated and captioned in one streaming pipeline.
export { calibrateClip } from './calibrate.js';
export { modelCaptioner, responderCaptioner } from './captioner.js';
export { curate } from './curate.js';
export { dedup } from './dedup.js';
export { DUPLICATE_BY } from './duplicates.js';
export { FILTERS, parseFilters } from './filters/index.js';
export { bitsToHex, dHash, hamming, hexToBits, pHash } from './image-hash.js';
export { CURATE_RECIPES, curateRecipe } from './recipes.js';
export { rocThreshold } from './roc.js';
export { writeSamplePage } from './sample-page.js';
export { curateShares, MOST_SHARES, startShareWorker } from './shares.js';
export { SINKS } from './sinks/index.js';
export { TRANSFORMS } from './transforms.js';
//# sourceMappingURL=index.js.map