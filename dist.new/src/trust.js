// sensorium/trust: hallucination measured and corrected.
export * from './trust/index.js';
//# sourceMappingURL=trust.js.map