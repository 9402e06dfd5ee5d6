// Pacing: quick runs stay on the JS thread, slow ones leave it, and other events get their turn.

import { describe, expect, it, vi } from 'vitest';
import { input, mul } from '../graph/index.js';
import { hostTensor } from '../util/host.js';
import { compile } from './compile.js';
import { Pace } from './pace.js';

describe('Pace', () => {
  const feeds = { x: hostTensor('float32', [3], [1, 2, 3]) };
  const double = (runtime: 'native' | 'node') => compile({ y: mul(input('x', [3]), 2) }, { runtime });

  it('keeps quick runs on the JS thread after the first, and lets other events be handled between them', async () => {
    const program = await double('native');
    const [here, elsewhere] = [vi.spyOn(program, 'runNow'), vi.spyOn(program, 'run')];
    const pace = new Pace(() => 0); // a clock that stands: every run is quick
    const into = { y: hostTensor('float32', [3]) };
    await pace.run(program, feeds, into); // elsewhere
    for (let run = 1; run <= 3; run++) {
      let handled = false;
      setImmediate(() => {
        handled = true;
      });
      await pace.run(program, feeds, into);
      expect([here.mock.calls.length, handled]).toEqual([run, true]);
    }
    expect([...into.y.data]).toEqual([2, 4, 6]);
    expect(elsewhere).toHaveBeenCalledTimes(1);
    program.dispose();
  });

  it('moves slow runs off the JS thread', async () => {
    const program = await double('native');
    const [here, elsewhere] = [vi.spyOn(program, 'runNow'), vi.spyOn(program, 'run')];
    const times: number[] = [];
    const pace = new Pace(() => times.shift() as number);
    for (const took of [1, 1000, 1, 1]) {
      times.push(0, took);
      await pace.run(program, feeds, { y: hostTensor('float32', [3]) });
    }
    expect(times).toEqual([]);
    // First elsewhere; then here, which was slow; so elsewhere again, which was quick.
    expect([elsewhere.mock.calls.length, here.mock.calls.length]).toEqual([2, 2]);
    program.dispose();
  });

  it('works over a runtime that has one way only', async () => {
    const program = await double('node');
    const pace = new Pace();
    for (let i = 0; i < 3; i++) {
      const { y } = await pace.run(program, feeds, {});
      expect([...(y?.data ?? [])]).toEqual([2, 4, 6]);
    }
    program.dispose();
  });

  it('passes failures on', async () => {
    const program = await double('native');
    const pace = new Pace();
    const wrong = { x: hostTensor('int32', [3]) };
    await expect(pace.run(program, wrong, {})).rejects.toThrow(/float32/);
    await pace.run(program, feeds, {});
    await expect(pace.run(program, wrong, {})).rejects.toThrow(/float32/);
    program.dispose();
  });
});
