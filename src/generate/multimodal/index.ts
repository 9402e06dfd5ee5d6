// Multimodal families: what their processors do, and a folder read whole.

export { BlipProcessor } from './blip.js';
export * from './folder.js';
export * from './llava.js';
export * from './llava-tiles.js';
export * from './processor.js';
export type { PreparedGrid } from './qwen-vl.js';
