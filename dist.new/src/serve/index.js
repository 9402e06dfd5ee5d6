// The server's public face.
export { Mllm } from '../generate/index.js';
export { isPublicAddress } from './addresses.js';
export { createApp } from './app.js';
export { ClipEmbedder } from './clip-embedder.js';
export * from './engine.js';
export { ApiError } from './errors.js';
export { FILE_LIMITS } from './files.js';
export { KeyRing, parseKeys } from './keys.js';
export { ModelEngine } from './model-engine.js';
export { folderEmbedder, folderModel } from './model-source.js';
export { openApiDocument } from './openapi.js';
export { hostAllowed, safeFetch } from './safe-fetch.js';
export { serve } from './server.js';
export { Slots } from './slots.js';
export { keepTidy } from './tidy.js';
//# sourceMappingURL=index.js.map