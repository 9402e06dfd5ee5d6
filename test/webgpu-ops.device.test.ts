// Every op of the table on a device, forward and backward: no node falls back to the CPU but those that are listed, and values are right.

import { describe, expect, test } from 'vitest';
import { ACCEPTED_FALLBACKS, registry, topological } from '../src/graph/index.js';
import { selectRuntime } from '../src/runtime/select.js';
import { check } from './graph/check.js';
import { rows } from './graph/rows.js';
import { place } from './webgpu/placement.js';
import { useSoftwareDriver } from './webgpu/software.js';

const isHere = useSoftwareDriver();

describe.runIf(isHere).each([...registry.keys()])('%s', (name) => {
  const mine = rows.filter((row) => row.op === name);
  test.each(mine.map((row) => [row.case, row] as const))('%s', async (_, row) => {
    const runtime = await selectRuntime('native', 'webgpu');
    await check(row, {
      forward: 2e-5,
      backward: 2e-4,
      evaluate: async (outputs, feeds) => {
        const { values, onCpu } = await place(outputs, feeds, { runtime });
        const { nodes } = topological(Object.values(outputs));
        const reasons = [name, ...nodes.flatMap((n) => n.outputs.map((y) => y.dtype))].filter((r) => r in ACCEPTED_FALLBACKS);
        if (reasons.length === 0) expect(onCpu, 'nodes on the CPU').toEqual([]);
        return values;
      },
    });
  });
});
