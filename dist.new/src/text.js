// sensorium/text: tokenizers, chat templates, samples and batches.
export * from './text/index.js';
//# sourceMappingURL=text.js.map