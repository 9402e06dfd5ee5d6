// Data sets on disk: samples, readers and writers.

export { LLAVA_FILE, type LlavaOptions, readLlava, writeLlava } from './llava.js';
export { readParquet, writeParquet } from './parquet.js';
export type { DataSample, SampleImage, Samples, SampleTurn, WriteOptions } from './sample.js';
export { contactSheet } from './sheet.js';
export { writeDataFile, writeDataFolder } from './target.js';
export { worldSamples } from './world.js';
