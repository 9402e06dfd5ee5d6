export { convertTfjs } from './convert.js';
export { readTfjs, type TfGraph, type TfNode, type TfValue, type TfWeight } from './graph.js';
export { TFJS_OPS } from './ops.js';
