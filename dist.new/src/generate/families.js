// What families' processors offer to users of generation.
export { BlipProcessor } from '../networks/families/blip/processor.js';
export * from '../networks/families/llava/processor.js';
export * from '../networks/families/llava/tiles-processor.js';
export * from '../networks/processor.js';
//# sourceMappingURL=families.js.map