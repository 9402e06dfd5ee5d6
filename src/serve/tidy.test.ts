// When memory is given back, with a clock and a process that are moved by hand; and that it can be.

import { expect, it } from 'vitest';
import { ManualClock } from './testing.js';
import { keepTidy } from './tidy.js';

const MIB = 2 ** 20;

function watched() {
  const clock = new ManualClock();
  const state = { resident: 200, needed: 200, collected: 0 };
  const stop = keepTidy({
    clock,
    resident: () => state.resident * MIB,
    collect: async () => {
      state.collected++;
      state.resident = state.needed;
    },
  });
  /** Moves on by a reading. */
  const look = async (): Promise<number> => {
    clock.advance(5000);
    await new Promise(setImmediate);
    return state.collected;
  };
  return { state, look, stop };
}

it('is given back when the process has grown and is quiet, not while it grows', async () => {
  const { state, look } = watched();
  expect(await look()).toBe(0);
  state.resident = 500;
  expect(await look()).toBe(0);
  state.resident = 800;
  expect(await look()).toBe(0);
  state.resident = 790;
  expect([await look(), state.resident]).toEqual([1, 200]);
  expect(await look()).toBe(1);
});

it('is searched for once where what has grown is needed', async () => {
  const { state, look, stop } = watched();
  state.resident = state.needed = 400;
  await look();
  expect([await look(), await look(), await look()]).toEqual([1, 1, 1]);
  state.resident = 420; // too little to search for
  expect([await look(), await look()]).toEqual([1, 1]);
  stop();
  state.resident = 900;
  expect([await look(), await look()]).toEqual([1, 1]);
});

it('is given back by this process', async () => {
  const clock = new ManualClock();
  const registry = new Set<string>();
  const finalizer = new FinalizationRegistry<string>((name) => void registry.add(name));
  (() => finalizer.register(new Uint8Array(1000), 'garbage'))();
  let resident = 100 * MIB;
  const stop = keepTidy({ clock, resident: () => resident });
  resident = 300 * MIB;
  for (let i = 0; i < 50 && registry.size === 0; i++) {
    resident += 30 * MIB;
    clock.advance(5000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    clock.advance(5000);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  stop();
  expect([...registry]).toEqual(['garbage']);
});
