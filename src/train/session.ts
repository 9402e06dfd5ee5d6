// How ONNX Runtime runs the programs of training: what it keeps in memory beside the values.

import type { Tensor } from '../graph/index.js';
import type { CompileOptions } from '../runtime/compile.js';
import type { LoadOptions } from '../runtime/runtime.js';
import { packsWeights } from './flops.js';

/**
 * Options of a program of training. Activations are allocated one by one from the arena: with a memory pattern ONNX Runtime allocates
 * them so in the first run, and in one block beside what that left from the second on, which is twice the memory for 2 % less time.
 * Products with quantized weights are of floats. Frozen matrices are read where they lie, unless products of few rows gain from packed copies (`packsWeights`).
 */
export function trainingSession(
  outputs: Readonly<Record<string, Tensor>>,
): Pick<LoadOptions, 'memoryPattern' | 'config'> & Pick<CompileOptions, 'products'> {
  const inPlace = !packsWeights(Object.values(outputs));
  return { memoryPattern: false, products: 'exact', ...(inPlace ? { config: { 'session.disable_prepacking': '1' } } : {}) };
}
