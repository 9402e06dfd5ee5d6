// Slots: order, bounds, and that leaving always makes room.

import { describe, expect, it } from 'vitest';
import { Slots } from './slots.js';

const settled = async (promise: Promise<void>): Promise<boolean> => {
  let done = false;
  void promise.then(
    () => {
      done = true;
    },
    () => {},
  );
  await new Promise((resolve) => setImmediate(resolve));
  return done;
};

describe('slots', () => {
  it('run as many as there are, in the order of coming', async () => {
    const slots = new Slots({ slots: 2, maxQueue: 2 });
    const [a, b, c, d] = [slots.enter(), slots.enter(), slots.enter(), slots.enter()];
    expect([slots.running, slots.queued]).toEqual([2, 2]);
    expect(await Promise.all([a, b, c, d].map((t) => settled(t.ready)))).toEqual([true, true, false, false]);
    b.release();
    b.release(); // a second time gives nothing away
    expect(await Promise.all([c, d].map((t) => settled(t.ready)))).toEqual([true, false]);
    a.release();
    c.release();
    d.release();
    expect([slots.running, slots.queued]).toEqual([0, 0]);
  });

  it('send away who finds the queue full, with a time to come back', () => {
    const slots = new Slots({ slots: 1, maxQueue: 1 });
    slots.enter();
    slots.enter();
    expect(() => slots.enter()).toThrow(expect.objectContaining({ status: 429, apiCode: 'queue_full', retryAfter: expect.any(Number) }));
    expect(() => new Slots({ slots: 0, maxQueue: 0 }).enter()).toThrow(expect.objectContaining({ status: 429 }));
  });

  it('forget who leaves the queue, through the signal or by release', async () => {
    const slots = new Slots({ slots: 1, maxQueue: 2 });
    const running = slots.enter();
    const controller = new AbortController();
    const waiting = slots.enter(controller.signal);
    const other = slots.enter();
    controller.abort(new Error('gone'));
    await expect(waiting.ready).rejects.toThrow('gone');
    expect(slots.queued).toBe(1);
    waiting.release();
    other.release();
    expect(slots.queued).toBe(0);
    running.release();
    expect(slots.running).toBe(0);
    expect(() => slots.enter(controller.signal)).toThrow('gone');
  });

  it('keep a slot that was given before the signal until it is released', async () => {
    const slots = new Slots({ slots: 1, maxQueue: 1 });
    const first = slots.enter();
    const controller = new AbortController();
    const second = slots.enter(controller.signal);
    first.release();
    await second.ready;
    controller.abort();
    expect(slots.running).toBe(1);
    second.release();
    expect(slots.running).toBe(0);
  });
});
