// Data sets on disk: samples, readers and writers.

export { type CheckOptions, checkData, type DataCheck } from './check.js';
export { type ConversationOptions, conversations } from './conversations.js';
export {
  type Conversation,
  type ConversationSet,
  type DataSource,
  type Dataset,
  type MediaContent,
  type MediaOrigin,
  mediaOf,
} from './dataset.js';
export { type JsonRow, type JsonRowsOptions, jsonRows } from './json-rows.js';
export { LLAVA_FILE, type LlavaOptions, readLlava, writeLlava } from './llava.js';
export { readParquet, writeParquet } from './parquet.js';
export { type BadRow, type ReadOptions, RowError, type RowPlace } from './row.js';
export {
  type DataSample,
  messagesOf,
  type SampleImage,
  type SampleMessage,
  type SamplePart,
  type Samples,
  type SampleTurn,
  type WriteOptions,
} from './sample.js';
export { contactSheet } from './sheet.js';
export { checkTarget, writeDataFile, writeDataFolder } from './target.js';
export { worldSamples } from './world.js';
