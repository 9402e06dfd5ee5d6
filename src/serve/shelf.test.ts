// The shelf by itself: one load for all who ask, room made by what was idle longest, failures that pass, waiters that leave.

import { describe, expect, it } from 'vitest';
import { MemoryBudget } from './memory.js';
import { RETRY_MS, Shelf, type ShelfEvent, type Shelved } from './shelf.js';
import { ManualClock } from './testing.js';

interface Thing {
  name: string;
  disposed: boolean;
}

/** A shelf of things of known sizes, which load when the test says so. */
function makeShelf(limit: number, reserve = 0) {
  const clock = new ManualClock();
  const memory = new MemoryBudget(limit, reserve);
  const events: string[] = [];
  const onEvent = ({ type, name }: ShelfEvent): void => void events.push(`${type} ${name}`);
  const shelf = new Shelf({ memory, clock, onEvent });
  const add = (
    name: string,
    size: number,
    options: { load?: (signal: AbortSignal) => Promise<void>; known?: number; maxWaiting?: number } = {},
  ) => {
    const { load = async () => {}, known = size, maxWaiting = 10 } = options;
    return shelf.add<Thing>({
      name,
      bytes: known,
      maxWaiting,
      bytesOf: () => size,
      load: async (signal) => {
        await load(signal);
        return { name, disposed: false };
      },
      unload: async (thing) => {
        thing.disposed = true;
      },
    });
  };
  return { clock, memory, shelf, events, add };
}

/** A gate that tests open. */
function gate(): { opened: Promise<void>; open: (error?: Error) => void } {
  let open: (error?: Error) => void = () => {};
  const opened = new Promise<void>((resolve, reject) => {
    open = (error) => (error ? reject(error) : resolve());
  });
  return { opened, open };
}

const use = async (item: Shelved<Thing>): Promise<Thing> => {
  const { value, release } = await item.lease();
  release();
  return value;
};

describe('a shelf', () => {
  it('loads once for all who ask at the same time', async () => {
    const { opened, open } = gate();
    const { add, events } = makeShelf(100);
    const a = add('a', 10, { load: () => opened });
    const asked = Array.from({ length: 5 }, () => a.lease());
    expect(a.state).toBe('loading');
    open();
    const leases = await Promise.all(asked);
    expect(new Set(leases.map(({ value }) => value)).size).toBe(1);
    expect([a.loads, a.bytes, a.state, events]).toEqual([1, 10, 'loaded', ['loaded a']]);
  });

  it('unloads what was idle longest, and no more than is needed', async () => {
    const { add, events, memory } = makeShelf(100);
    const [a, b, c, d] = [add('a', 40), add('b', 30), add('c', 30), add('d', 25)];
    for (const item of [a, b, c]) await use(item);
    const first = await use(a); // used last
    await use(d);
    expect(events).toEqual(['loaded a', 'loaded b', 'loaded c', 'unloaded b', 'loaded d']);
    expect(memory.models).toBe(95);
    await use(b); // 30 bytes: c goes, a and d were used later
    expect([a, b, c, d].map(({ state }) => state)).toEqual(['loaded', 'loaded', 'unloaded', 'loaded']);
    expect(await use(a)).toBe(first);
    expect([b.loads, b.unloads, c.unloads]).toEqual([2, 1, 1]);
  });

  it('unloads nothing that is in use, and nothing in vain', async () => {
    const { add, events } = makeShelf(100);
    const [a, b, c] = [add('a', 60), add('b', 30), add('c', 80)];
    const lease = await a.lease();
    await use(b);
    await expect(c.lease()).rejects.toMatchObject({ status: 503, apiCode: 'memory_full', retryAfter: 5 });
    expect(b.loaded).toBe(true);
    lease.release();
    lease.release();
    await use(c);
    expect(events).toEqual(['loaded a', 'loaded b', 'unloaded b', 'unloaded a', 'loaded c']);
  });

  it('refuses what can never fit without loading it, and learns how large a thing is', async () => {
    const { add, memory, events } = makeShelf(100, 20);
    const [large, grows, a] = [add('large', 81), add('grows', 90, { known: 10 }), add('a', 70)];
    const lease = await a.lease();
    await expect(large.lease()).rejects.toMatchObject({ status: 503, apiCode: 'memory_full', retryAfter: undefined });
    // It is loaded once to learn its size, and given up again.
    for (let i = 0; i < 2; i++) await expect(grows.lease()).rejects.toMatchObject({ apiCode: 'memory_full' });
    expect([grows.loads, events]).toEqual([0, ['loaded a', 'failed grows']]);
    expect([a.loaded, memory.models, memory.freeForModels]).toEqual([true, 70, 10]);
    lease.release();
  });

  it('keeps what is not its own', async () => {
    const { shelf, add } = makeShelf(100);
    const mine: Thing = { name: 'mine', disposed: false };
    const kept = shelf.keep('mine', mine, () => 60);
    await expect(add('a', 50).lease()).rejects.toMatchObject({ apiCode: 'memory_full', retryAfter: undefined });
    await shelf.close();
    expect([kept.value, mine.disposed]).toEqual([mine, false]);
  });

  it('counts what requests bring against models, and leaves them their reserve', async () => {
    const { add, memory } = makeShelf(100, 20);
    let bodies = 0;
    memory.count('requests', () => bodies);
    bodies = 50;
    await expect(add('a', 60).lease()).rejects.toMatchObject({ apiCode: 'memory_full', retryAfter: 5 });
    bodies = 0;
    await use(add('b', 80));
    expect([memory.allows(20), memory.allows(21)]).toEqual([true, false]);
  });

  it('tries again what failed, but not at once', async () => {
    let broken = true;
    const { add, clock, events } = makeShelf(100);
    const a = add('a', 10, {
      load: async () => {
        if (broken) throw new Error('no such file');
      },
    });
    const failed = { status: 503, apiCode: 'model_unavailable' };
    const both = await Promise.allSettled([a.lease(), a.lease()]);
    expect(both.map((one) => one.status === 'rejected' && one.reason.apiCode)).toEqual(['model_unavailable', 'model_unavailable']);
    expect([a.failures, a.state]).toEqual([1, 'failed']);
    broken = false;
    clock.advance(RETRY_MS - 1000);
    await expect(a.lease()).rejects.toMatchObject({ ...failed, retryAfter: 1 });
    clock.advance(1000);
    expect(a.state).toBe('unloaded');
    await use(a);
    expect([a.loads, a.failures, events]).toEqual([1, 1, ['failed a', 'loaded a']]);
  });

  it('forgets who leaves while it loads, and goes on for the others', async () => {
    const { opened, open } = gate();
    const { add } = makeShelf(100);
    const [a, b] = [add('a', 80, { load: () => opened, maxWaiting: 2 }), add('b', 80)];
    const leaving = new AbortController();
    const [gone, stays] = [a.lease(leaving.signal), a.lease()];
    await expect(a.lease()).rejects.toMatchObject({ status: 429, apiCode: 'queue_full' });
    leaving.abort(new Error('left'));
    await expect(gone).rejects.toThrow('left');
    open();
    (await stays).release();
    await use(b); // a has no user left
    expect(a.state).toBe('unloaded');
  });

  it('stays as it is when all who asked have left', async () => {
    const { opened, open } = gate();
    const { add } = makeShelf(100);
    const a = add('a', 80, { load: () => opened });
    const leaving = new AbortController();
    const gone = a.lease(leaving.signal);
    leaving.abort(new Error('left'));
    await expect(gone).rejects.toThrow('left');
    open();
    await use(a);
    expect([a.loads, a.state, a.idle]).toEqual([1, 'loaded', true]);
  });

  it('loads one thing at a time, so that two never count on the same room', async () => {
    let [now, most] = [0, 0];
    const { add } = makeShelf(100);
    const load = async (): Promise<void> => {
      most = Math.max(most, ++now);
      await Promise.resolve();
      now--;
    };
    const items = ['a', 'b', 'c'].map((name) => add(name, 60, { load }));
    const leases = await Promise.allSettled(items.map((item) => item.lease()));
    expect(leases.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(most).toBe(1);
  });

  it('unloads everything at its end, what is being loaded too', async () => {
    const { opened, open } = gate();
    const { shelf, add } = makeShelf(100);
    const [a, b] = [add('a', 10), add('b', 10, { load: () => opened })];
    const thing = await use(a);
    const asked = b.lease();
    const closing = shelf.close();
    open();
    await expect(asked).rejects.toMatchObject({ status: 503, apiCode: 'shutting_down' });
    await closing;
    expect([thing.disposed, a.state, b.state]).toEqual([true, 'unloaded', 'unloaded']);
    await expect(a.lease()).rejects.toMatchObject({ apiCode: 'shutting_down' });
  });

  it('ends a loading that listens, which is no failure', async () => {
    const { shelf, add, events } = makeShelf(100);
    const begun = gate();
    const load = (signal: AbortSignal): Promise<void> => {
      begun.open();
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const a = add('a', 10, { load });
    const asked = a.lease();
    asked.catch(() => {});
    await begun.opened;
    await shelf.close();
    await expect(asked).rejects.toMatchObject({ apiCode: 'shutting_down' });
    expect([a.failures, events]).toEqual([0, []]);
  });
});

describe('the memory by default', () => {
  it('is a part of what the machine or its control group has', async () => {
    const { defaultMemory } = await import('./memory.js');
    expect([defaultMemory(1000, 0), defaultMemory(1000, undefined), defaultMemory(1000, 2 ** 63), defaultMemory(1000, 500)]).toEqual([
      800, 800, 800, 400,
    ]);
  });
});
