export { agree, agreeingDetector } from './agreement.js';
export * from './assets.js';
export { ASSET_NAMES, ASSETS, type Asset, type AssetFile, type AssetName, type AssetPackage } from './catalog.js';
export { COCO_LABELS, type OpenDetector } from './network.js';
export { DETECTOR_NAMES, type ExpertOptions, type NamedDetector, openDetector, openReader } from './open.js';
export type { OpenReader } from './reader.js';
