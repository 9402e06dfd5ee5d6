// Multimodal families: what their processors do, and a folder read whole.

export { BlipProcessor } from '../../networks/families/blip/processor.js';
export * from '../../networks/families/llava/processor.js';
export * from '../../networks/families/llava/tiles-processor.js';
export type { PreparedGrid } from '../../networks/families/qwen-vl/processor.js';
export * from '../../networks/processor.js';
export * from './folder.js';
