// Caches on a device against the same calls on host memory: what rows hold, and that moving them lets nothing cross.

import { beforeAll, expect, it } from 'vitest';
import { hostDevice } from '../../test/webgpu/host-device.js';
import type { Program } from '../runtime/compile.js';
import { type DeviceTensor, isOnDevice } from '../runtime/runtime.js';
import { selectRuntime } from '../runtime/select.js';
import { hostTensor } from '../util/host.js';
import { Rng } from '../util/rng.js';
import { KvSlots } from './engine/kv-slots.js';
import { ResidentSlots } from './engine/resident-slots.js';
import { ResidentCache } from './resident-cache.js';

const PLANES = [
  { name: '0.key', heads: 2, dim: 3 },
  { name: '0.value', heads: 1, dim: 4 },
];
let runtime: ReturnType<typeof hostDevice>;
let program: Program;
beforeAll(async () => {
  runtime = hostDevice(await selectRuntime('native', 'cpu'));
  const inputs = PLANES.map(({ name, heads, dim }) => ({
    name: `past.${name}`,
    dtype: 'float32',
    shape: ['batch', heads, 'capacity', dim],
  }));
  program = { inputs, runtime } as unknown as Program;
});

/** What rows hold: `row plane` -> numbers. */
async function contents(slots: ResidentSlots, rows: number): Promise<number[][]> {
  const span = slots.span(0, rows, rows);
  const planes = await slots.step(span, async ({ past, present }) => {
    // A step that changes nothing.
    for (const [name, tensor] of Object.entries(past))
      await (present[name.replace('past', 'present')] as DeviceTensor).write(await (tensor as DeviceTensor).read());
    return Promise.all(Object.values(past).map((t) => (isOnDevice(t) ? t.read() : t)));
  });
  return planes.map(({ data, shape }) => Array.from(data as Float32Array).slice(0, (data.length / (shape[0] as number)) * rows));
}

const floatsOf = (n: number): number => PLANES.reduce((sum, { heads, dim }) => sum + heads * dim * n, 0);

it('does what host memory does, whatever the order', async () => {
  const rng = new Rng('resident');
  const [rows, capacity] = [6, 12];
  const [host, device] = [new KvSlots(program, rows, capacity), new ResidentSlots(program, rows, capacity, 'past')];
  // On the host the rest of a row that was moved over stays: it is cleared here, as nobody reads it.
  const move = (from: number, to: number, n: number): void => {
    for (const kv of [host, device]) {
      kv.move(from, to, n);
      kv.clear(to, n);
    }
  };
  for (let round = 0; round < 60; round++) {
    const what = rng.int(5);
    const slot = rng.int(rows);
    if (what === 0) move(slot, rng.int(rows), rng.int(capacity));
    else if (what === 1) for (const kv of [host, device]) kv.clear(slot, 3 + (round % 4));
    else if (what === 2) {
      const n = 1 + rng.int(5);
      const tensors = Object.fromEntries(
        PLANES.map(({ name, heads, dim }) => [
          `past.${name}`,
          hostTensor(
            'float32',
            [1, heads, n, dim],
            Float32Array.from({ length: heads * n * dim }, () => rng.uniform(-1, 1)),
          ),
        ]),
      );
      for (const kv of [host, device]) kv.put(slot, tensors);
    } else if (what === 3) {
      // Two blocks, one after the other, from a row to another one.
      const to = rng.int(rows);
      for (const kv of [host, device])
        for (const at of [0, 4]) {
          const block = new Float32Array(floatsOf(4));
          kv.read(slot, at, 4, block);
          kv.write(to, at + 2, 4, block);
        }
    }
    if (round % 7 === 6) {
      const view = Object.values(host.view(0, rows).past).map(({ data }) => Array.from(data));
      expect(await contents(device, rows)).toEqual(view);
    }
  }
  const rest = device.bytes;
  expect(rest).toBe(2 * floatsOf(capacity) * rows * 4);
  device.dispose();
  expect(runtime.memory.held).toBe(0);
});

it('forks rows, grows and is laid out anew without anything of it crossing', async () => {
  const cache = new ResidentCache(runtime, PLANES, { rows: 2, capacity: 64 });
  const source = new ResidentCache(runtime, PLANES, { rows: 1, capacity: 64 });
  const block = Float32Array.from({ length: floatsOf(40) }, (_, i) => i + 1);
  source.write(0, 0, 40, block);
  await source.flush();
  const before = { ...runtime.memory.traffic };
  cache.copyFrom(source, 0, 1, 40);
  source.clear(0); // afterwards: the copy has what was there
  cache.resize(4);
  cache.move(1, 3, 30);
  cache.layOut(96, [0, 40, 0, 30]);
  await cache.flush();
  const { uploaded, downloaded } = runtime.memory.traffic;
  expect(downloaded).toBe(before.downloaded);
  expect(uploaded - before.uploaded).toBeLessThan(2000); // numbers of rows and positions; the block alone has 1,600 floats
  const back = [new Float32Array(floatsOf(40)), new Float32Array(floatsOf(40))] as const;
  cache.read(1, 0, 40, back[0]);
  cache.read(3, 0, 40, back[1]);
  await cache.flush();
  expect(back[0]).toEqual(block);
  expect(back[1].filter((v) => v !== 0).length).toBe(floatsOf(30));
  for (const one of [cache, source]) one.dispose();
  expect(runtime.memory.held).toBe(0);
});
