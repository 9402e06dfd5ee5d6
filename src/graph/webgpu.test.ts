// The lowering for devices, evaluated on the CPU: what it writes in place of an op computes what the op computes, and has no int64 in it.

import { describe, expect, test } from 'vitest';
import { check } from '../../test/graph/check.js';
import { evaluate } from '../../test/graph/evaluate.js';
import { rows } from '../../test/graph/rows.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { input, lower, sin, type Tensor, webgpuTarget } from './index.js';

/** Rows of ops that are lowered otherwise; int8 products and float64 are not for devices. */
const lowered = rows.filter((row) => row.op in webgpuTarget.emit);

/** Runs a graph as a device would be given it, with whole numbers in int32. */
async function onDevice(outputs: Readonly<Record<string, Tensor>>, feeds: Readonly<Record<string, HostTensor>>) {
  const narrow = Object.entries(feeds).map(([name, t]): [string, HostTensor] => [
    name,
    t.dtype === 'int64' ? hostTensor('int32', t.shape, Int32Array.from(t.data as BigInt64Array, Number)) : t,
  ]);
  const got = await evaluate(outputs, Object.fromEntries(narrow), { target: webgpuTarget });
  for (const [name, t] of Object.entries(got))
    if (outputs[name]?.dtype === 'int64') got[name] = hostTensor('int64', t.shape, BigInt64Array.from(t.data as Int32Array, BigInt));
  return got;
}

describe('the lowering for devices', () => {
  test.each(lowered.map((row) => [`${row.op}: ${row.case}`, row] as const))('%s', (_, row) => check(row, { evaluate: onDevice }));

  test('covers every op that it names', () => {
    const tested = new Set(lowered.map(({ op }) => op));
    expect(Object.keys(webgpuTarget.emit).filter((op) => !tested.has(op))).toEqual([]);
  });

  test('keeps int64 out of inputs and outputs', () => {
    const ids = input('ids', [4], 'int64');
    const { model } = lower({ next: ids.add(input('more', [4], 'int64')) }, { target: webgpuTarget });
    expect([...model.inputs, ...model.outputs].map(({ dtype }) => dtype)).toEqual(['int32', 'int32', 'int32']);
  });

  test('has the sine of large angles', async () => {
    const angles = Float32Array.from({ length: 200 }, (_, i) => (i - 100) * 97.31);
    const { y } = await onDevice({ y: sin(input('x', [200])) }, { x: hostTensor('float32', [200], angles) });
    (y as HostTensor<'float32'>).data.forEach((v, i) => {
      expect(v).toBeCloseTo(Math.sin(angles[i] as number), 5);
    });
  });
});
