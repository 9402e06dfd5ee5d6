// How ONNX Runtime runs the programs of training: what it keeps in memory beside the values.
import { packsWeights } from './flops.js';
/**
 * Options of a program of training. Activations are allocated one by one from the arena: with a memory pattern ONNX Runtime allocates
 * them so in the first run, and in one block beside what that left from the second on, which is twice the memory for 2 % less time.
 * Frozen matrices are read where they lie, unless products of few rows gain from packed copies (`packsWeights`).
 */
export function trainingSession(outputs) {
    const inPlace = !packsWeights(Object.values(outputs));
    return { memoryPattern: false, ...(inPlace ? { config: { 'session.disable_prepacking': '1' } } : {}) };
}
//# sourceMappingURL=session.js.map