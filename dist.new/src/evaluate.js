// sensorium/evaluate: metrics, benchmarks and reports.
export * from './evaluate/index.js';
//# sourceMappingURL=evaluate.js.map