// On a device: gradients through weights in four bits, what doctor compares, and nodes that stay on the CPU because their kernel was found wrong.

import { describe, expect, it } from 'vitest';
import { input, silu } from '../src/graph/index.js';
import { qloraProblem } from '../src/graph/qlora-testing.js';
import { compile } from '../src/runtime/compile.js';
import { checkKernels, wrongKernels } from '../src/runtime/device-check.js';
import { randomTensor } from '../src/runtime/probe-models.js';
import type { Runtime } from '../src/runtime/runtime.js';
import { selectRuntime } from '../src/runtime/select.js';
import type { HostTensor } from '../src/util/host.js';
import { place, watched } from './webgpu/placement.js';
import { useSoftwareDriver } from './webgpu/software.js';

const isHere = useSoftwareDriver();

describe.runIf(isHere)('on a device', () => {
  it('gradients come through weights in four bits, all of them there', async () => {
    const { outputs, frozen, feeds } = qloraProblem(4);
    const onCpu = await compile(outputs, { frozen, products: 'exact', runtime: await selectRuntime('native', 'cpu') });
    const wanted = await onCpu.run(feeds);
    onCpu.dispose();
    const placed = await place(outputs, feeds, { frozen, products: 'exact', runtime: await selectRuntime('native', 'webgpu') });
    expect(placed.onCpu).toEqual([]);
    for (const name of Object.keys(outputs)) {
      const [got, want] = [placed.values[name] as HostTensor<'float32'>, wanted[name] as HostTensor<'float32'>];
      const most = want.data.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
      for (const [i, v] of want.data.entries()) expect(Math.abs((got.data[i] as number) - v), name).toBeLessThan(1e-4 * most);
    }
  });

  it('what doctor compares agrees with the CPU', async () => {
    const [gpu, cpu] = [await selectRuntime('native', 'webgpu'), await selectRuntime('native', 'cpu')];
    expect(wrongKernels({ kernels: await checkKernels(gpu, cpu) })).toEqual([]);
  });

  it('nodes of a kernel that was found wrong stay on the CPU, and the others do not', async () => {
    const gpu = await selectRuntime('native', 'webgpu');
    const { runtime, placed } = watched(Object.create(gpu, { onHost: { value: new Set(['silu']) } }) as Runtime);
    const x = input('x', [4, 8]);
    const program = await compile({ y: silu(x.add(1)).sub(2) }, { runtime });
    const given = randomTensor('kept', [4, 8]);
    const { y } = await program.run({ x: given });
    program.dispose();
    for (const [i, v] of (given.data as Float32Array).entries()) expect(y?.data[i]).toBeCloseTo((v + 1) / (1 + Math.exp(-v - 1)) - 2, 5);
    const { onCpu: kept, onDevice } = placed();
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.every((node) => node.includes('silu'))).toBe(true);
    expect(onDevice).toBeGreaterThan(0);
  });
});
