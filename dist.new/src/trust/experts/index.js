// Experts for photographs: the cache of assets, detectors, agreement between them, a reader of printed text.
export { agree, agreeingDetector } from './agreement.js';
export * from './assets.js';
export { ASSET_NAMES, ASSETS } from './catalog.js';
export { COCO_LABELS } from './network.js';
export { DETECTOR_NAMES, openDetector, openReader } from './open.js';
//# sourceMappingURL=index.js.map