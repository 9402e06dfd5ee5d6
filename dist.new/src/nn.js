// sensorium/nn: layers, and the Module that models and connectors are made of.
export * from './nn/index.js';
//# sourceMappingURL=nn.js.map