// sensorium/data: data sets: samples, readers, writers, filters and deduplication.
export * from './curate/index.js';
export * from './data/index.js';
//# sourceMappingURL=data.js.map