// The server's public face.

export { Mllm } from '../generate/index.js';
export type { AdapterChoice } from './adapters.js';
export { isPublicAddress } from './addresses.js';
export { createApp } from './app.js';
export { ClipEmbedder, type Embedded, nearestTo } from './clip-embedder.js';
export type { RequestLimits, RequestRecord, ServerContext } from './context.js';
export * from './engine.js';
export { ApiError, type ApiErrorDetails } from './errors.js';
export { FILE_LIMITS, type FileLimits } from './files.js';
export { type ApiKey, KeyRing, parseKeys } from './keys.js';
export { ModelEngine, type ModelEngineOptions } from './model-engine.js';
export {
  type EmbedderSource,
  folderEmbedder,
  folderModel,
  folderTranscriber,
  type LoadedLater,
  type ModelSource,
  type TranscriberSource,
} from './model-source.js';
export { openApiDocument } from './openapi.js';
export { type FetchOptions, hostAllowed, safeFetch } from './safe-fetch.js';
export { ServedTranscriber } from './served-transcriber.js';
export { type RunningServer, type ServeOptions, serve } from './server.js';
export type { ShelfEvent } from './shelf.js';
export { type SlotLimits, Slots, type Ticket } from './slots.js';
export { keepTidy } from './tidy.js';
