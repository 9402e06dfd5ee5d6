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

  it('are taken in turns by owners, whoever came first', async () => {
    const slots = new Slots({ slots: 2, maxQueue: 10 });
    const order: string[] = [];
    const enter = (owner: string, name: string) => {
      const ticket = slots.enter(undefined, owner);
      void ticket.ready.then(() => order.push(name));
      return ticket;
    };
    const many = [1, 2, 3, 4].map((i) => enter('many', `many${i}`));
    const few = [1, 2].map((i) => enter('few', `few${i}`));
    for (const ticket of [many[0], many[1], few[0], many[2]]) {
      await settled(Promise.resolve());
      ticket?.release();
    }
    await settled(Promise.resolve());
    expect(order).toEqual(['many1', 'many2', 'few1', 'many3', 'few2', 'many4']);
  });

  it('of a full queue are shared: who has most in it gives one up to who has less', async () => {
    const slots = new Slots({ slots: 1, maxQueue: 3 });
    slots.enter(undefined, 'many');
    const waiting = [1, 2, 3].map(() => slots.enter(undefined, 'many'));
    for (const { ready } of waiting) ready.catch(() => {}); // some are sent away
    expect(() => slots.enter(undefined, 'many')).toThrow(expect.objectContaining({ status: 429 }));
    const refused = expect(waiting[2]?.ready).rejects.toMatchObject({ status: 429, apiCode: 'queue_full' });
    slots.enter(undefined, 'few');
    await refused;
    expect(slots.queued).toBe(3);
    // Two and one are even enough.
    expect(() => slots.enter(undefined, 'few')).toThrow(expect.objectContaining({ status: 429 }));
    expect(() => slots.enter(undefined, 'third')).not.toThrow();
    expect(() => slots.enter(undefined, 'fourth')).toThrow(expect.objectContaining({ status: 429 }));
  });
});
