// Runs a traced graph on onnxruntime-node, the official binding, so that graph tests need no runtime of ours.

import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { type LowerOptions, lower, type Tensor } from '../../src/graph/index.js';
import type { DType, HostTensor } from '../../src/util/host.js';

/** A lowered graph that can be run several times; `dispose` it. */
export interface Evaluator {
  run(feeds: Readonly<Record<string, HostTensor>>): Promise<Record<string, HostTensor>>;
  dispose(): Promise<void>;
}

/** Lowers and loads named outputs. `optimize` is ONNX Runtime's own level; 'all' as in production. */
export async function evaluator(
  outputs: Readonly<Record<string, Tensor>>,
  options: LowerOptions & { optimize?: 'disabled' | 'all'; threads?: number } = {},
): Promise<Evaluator> {
  const { optimize = 'all', threads = 1, ...rest } = options;
  const { bytes, inputs } = lower(outputs, rest);
  const session = await InferenceSession.create(bytes, {
    graphOptimizationLevel: optimize,
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  return {
    async run(feeds) {
      const given: Record<string, OrtTensor> = {};
      for (const { name } of inputs) {
        const t = feeds[name];
        if (!t) throw new Error(`no feed for '${name}'`);
        given[name] = new OrtTensor(t.dtype as 'float32', t.data as Float32Array, [...t.shape]);
      }
      const got = await session.run(given);
      const out: Record<string, HostTensor> = {};
      for (const [name, t] of Object.entries(got)) out[name] = { dtype: t.type as DType, shape: [...t.dims], data: t.data as Float32Array };
      return out;
    },
    dispose: () => session.release(),
  };
}

/** Lowers, loads, runs once and lets go. */
export async function evaluate(
  outputs: Readonly<Record<string, Tensor>>,
  feeds: Readonly<Record<string, HostTensor>> = {},
  options: LowerOptions & { optimize?: 'disabled' | 'all'; threads?: number } = {},
): Promise<Record<string, HostTensor>> {
  const program = await evaluator(outputs, options);
  try {
    return await program.run(feeds);
  } finally {
    await program.dispose();
  }
}
