// sensorium/data: data sets: samples, readers and writers.

export * from './data/index.js';
