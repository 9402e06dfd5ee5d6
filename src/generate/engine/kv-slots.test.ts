// The key-value memory laid out anew: what rows hold stays, what they do not hold is zero, whatever was there before.

import { expect, it } from 'vitest';
import type { Program } from '../../runtime/compile.js';
import { hostTensor } from '../../util/host.js';
import { KvSlots } from './kv-slots.js';

const [HEADS, DIM] = [2, 3];
const program = {
  inputs: ['cross.0.key', 'cross.0.value', 'past.0.key', 'past.0.value'].map((name) => ({
    name,
    dtype: 'float32',
    shape: ['batch', HEADS, 'capacity', DIM],
  })),
} as unknown as Program;

/** Row `row` of a source of n positions: every number says where it belongs. */
const source = (row: number, n: number) => {
  const tensor = (what: number) =>
    hostTensor(
      'float32',
      [1, HEADS, n, DIM],
      Float32Array.from({ length: HEADS * n * DIM }, (_, i) => 1000 * row + 100 * what + i + 1),
    );
  return { 'cross.0.key': tensor(1), 'cross.0.value': tensor(2) };
};

it('keeps what rows hold when they become wider and narrower, and zeroes the rest', () => {
  const kv = new KvSlots(program, 1, 24, 'cross');
  const lengths = [3, 1, 4];
  const expectRows = (): void => {
    const { past } = kv.view(0, lengths.length);
    for (const [slot, n] of lengths.entries())
      for (const [name, { data }] of Object.entries(source(slot, n)))
        for (let h = 0; h < HEADS; h++) {
          const at = (slot * HEADS + h) * kv.capacity * DIM;
          const row = Array.from(past[name]?.data.subarray(at, at + kv.capacity * DIM) ?? []);
          const held = Array.from(data.subarray(h * n * DIM, (h + 1) * n * DIM));
          expect(row).toEqual([...held, ...new Array(kv.capacity * DIM - held.length).fill(0)]);
        }
  };
  kv.layOut(4, []);
  kv.view(0, 6).past['cross.0.key']?.data.fill(Number.NaN);
  kv.view(0, 6).past['cross.0.value']?.data.fill(Number.POSITIVE_INFINITY);
  lengths.forEach((n, slot) => {
    kv.put(slot, source(slot, n));
  });
  expectRows();
  for (const capacity of [8, 5, 7, 4]) {
    kv.layOut(capacity, lengths);
    expect(kv.capacity).toBe(capacity);
    expectRows();
  }
  kv.move(2, 0, 4);
  kv.move(1, 2, 1);
  kv.clear(2, 1);
  const [zero, , two] = [0, 1, 2].map((slot) => kv.view(slot, 1).past['cross.0.value']?.data ?? []);
  expect(zero?.slice(0, 12)).toEqual(source(2, 4)['cross.0.value'].data.slice(0, 12));
  expect(Array.from(two ?? []).filter((x) => x !== 0)).toEqual(Array.from(source(1, 1)['cross.0.value'].data));
  expect(kv.bytes).toBe(2 * HEADS * 24 * DIM * 4);
  expect(Object.keys(kv.view(0, 1).past)).toEqual(['cross.0.key', 'cross.0.value']);
});
