// The first thing that a runtime is asked: one addition, whose result is known.

import { SensoriumError } from '../util/errors.js';
import { hostTensor } from '../util/host.js';
import { smallModel, value } from './probe-models.js';
import type { Runtime } from './runtime.js';

/** One addition, checked: a library that loads but computes nonsense is not usable. Errors: `runtime.probe`. */
export async function smokeTest(runtime: Runtime): Promise<void> {
  const bytes = smallModel([{ opType: 'Add', inputs: ['x', 'x'], outputs: ['y'] }], {
    inputs: [value('x', ['n'])],
    outputs: [value('y', ['n'])],
  });
  const session = await runtime.load(bytes);
  try {
    const { y } = await session.run({ x: hostTensor('float32', [3], [1, 2, 3]) });
    const got = [...((y?.data as Float32Array | undefined) ?? [])].join();
    if (got !== '2,4,6')
      throw new SensoriumError('runtime.probe', `the ${runtime.name} runtime computes wrong results`, { expected: '2,4,6', got });
  } finally {
    session.dispose();
  }
}
