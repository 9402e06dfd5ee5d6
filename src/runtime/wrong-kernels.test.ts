// What doctor finds wrong on an adapter is recorded for that adapter alone, and programs name the nodes that stay on the CPU.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { input, silu } from '../graph/index.js';
import { compile } from './compile.js';
import { checkDevice, wrongKernels } from './device-check.js';
import type { LoadOptions, Runtime, Session } from './runtime.js';
import { selectRuntime } from './select.js';
import { readWrongKernels, writeWrongKernels } from './wrong-kernels.js';

let env: NodeJS.ProcessEnv;
beforeAll(() => {
  env = { SENSORIUM_CACHE: mkdtempSync(join(tmpdir(), 'kernels-')) };
});
afterAll(() => rmSync(env.SENSORIUM_CACHE as string, { recursive: true }));

it('finds kernels that are off or fail, by name, and keeps them for this adapter', async () => {
  const cpu = await selectRuntime('native', 'cpu');
  let loads = 0;
  const faulty: Runtime = Object.create(cpu, {
    load: {
      value: async (model: Uint8Array, options?: LoadOptions): Promise<Session> => {
        const nth = loads++;
        if (nth === 5) throw new Error('no such kernel');
        const session = await cpu.load(model, options);
        const run: Session['run'] = async (feeds, into) => {
          const out = await session.run(feeds, into);
          if (nth === 6) for (const { data } of Object.values(out)) (data as Float32Array)[0] = 7;
          return out;
        };
        return { inputs: session.inputs, outputs: session.outputs, run, dispose: () => session.dispose() };
      },
    },
  });
  const check = await checkDevice(faulty, cpu);
  const wrong = wrongKernels(check);
  expect(wrong).toEqual([
    { kernel: 'gelu', ops: ['gelu', 'erf'] },
    { kernel: 'silu', ops: ['silu', 'sigmoid'], difference: expect.any(Number) },
  ]);
  expect(check.kernels.find(({ kernel }) => kernel === 'gelu')?.error).toContain('no such kernel');
  const file = writeWrongKernels('one adapter', wrong, env) as string;
  expect(readWrongKernels('one adapter', env)).toEqual(wrong);
  expect(readWrongKernels('another driver', env)).toEqual([]);
  writeFileSync(file, '{"adapter": "one adapter", "wrong": [{"kernel": 3}]}');
  expect(readWrongKernels('one adapter', env)).toEqual([]);
  writeFileSync(file, 'torn');
  expect(readWrongKernels('one adapter', env)).toEqual([]);
  expect(writeWrongKernels('one adapter', [], env)).toBeUndefined(); // the driver was updated
  expect(readWrongKernels('one adapter', env)).toEqual([]);
});

it('names the nodes of these ops to the runtime', async () => {
  const cpu = await selectRuntime('native', 'cpu');
  const given: (readonly string[] | undefined)[] = [];
  const runtime: Runtime = Object.create(cpu, {
    onHost: { value: new Set(['silu']) },
    load: {
      value: (model: Uint8Array, options: LoadOptions = {}) => {
        given.push(options.onHost);
        return cpu.load(model, options);
      },
    },
  });
  const x = input('x', [2, 3]);
  const program = await compile({ y: silu(x.add(1)).mul(2) }, { runtime });
  program.dispose();
  expect(given).toHaveLength(1);
  expect(given[0]?.length).toBeGreaterThan(0);
  expect(given[0]?.every((name) => name.startsWith('silu'))).toBe(true);
});
