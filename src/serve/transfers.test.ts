// Places, bytes and transfers of a server, with a clock that is moved by hand.

import { describe, expect, it } from 'vitest';
import { Admission, type AdmissionLimits, Places } from './admission.js';
import { ManualClock } from './testing.js';
import { Transfers } from './transfers.js';

const KIB = 1024;
const busy = expect.objectContaining({ status: 429, apiCode: 'queue_full', retryAfter: 1 });

function transfers(limits: { max?: number; maxPerClient?: number } = {}) {
  const clock = new ManualClock();
  const rules = { graceMs: 5000, intervalMs: 10_000, minBytes: 10 * KIB, pressureMs: 2000, pressureRate: 16 * KIB };
  const set = new Transfers({ max: 4, maxPerClient: 4, ...rules, ...limits }, clock);
  const cut: string[] = [];
  const begin = (client: string, name = client) => set.begin(client, () => cut.push(name));
  return { clock, set, cut, begin };
}

describe('transfers', () => {
  it('are cut when an interval after the grace moves too little, and go on as long as each moves enough', () => {
    const { clock, set, cut, begin } = transfers();
    begin('idle');
    const drip = begin('drip');
    const steady = begin('steady');
    for (let second = 0; second < 14; second++) {
      clock.advance(1000);
      drip.moved(100);
      steady.moved(2 * KIB);
    }
    expect(cut).toEqual([]);
    clock.advance(2000);
    expect(cut).toEqual(['idle', 'drip']);
    for (let second = 0; second < 60; second++) {
      steady.moved(2 * KIB);
      clock.advance(1000);
    }
    expect([cut.length, set.size, set.cut]).toEqual([2, 1, 2]);
    clock.advance(30_000);
    expect([cut.at(-1), set.size]).toEqual(['steady', 0]);
  });

  it('that end are forgotten, and ending twice gives nothing away', () => {
    const { clock, set, cut, begin } = transfers({ max: 2 });
    const [a, b] = [begin('a'), begin('b')];
    a.end();
    a.end();
    expect(set.size).toBe(1);
    begin('c');
    expect(() => begin('d')).toThrow(busy);
    b.end();
    expect(() => begin('d')).not.toThrow();
    clock.advance(1000);
    expect(cut).toEqual([]);
  });

  it('make room for a new one by their slowest, once it is old enough to tell', () => {
    const { clock, cut, begin } = transfers({ max: 3 });
    const [fast, slow] = [begin('fast'), begin('slow')];
    begin('silent');
    expect(() => begin('new')).toThrow(busy);
    clock.advance(3000);
    fast.moved(300 * KIB);
    slow.moved(3 * KIB);
    begin('new');
    begin('newer');
    expect(cut).toEqual(['silent', 'slow']);
    expect(() => begin('newest')).toThrow(busy); // one is fast, two are too young
  });

  it('of one client take no more than its share, and its own make room', () => {
    const { clock, cut, begin } = transfers({ max: 10, maxPerClient: 2 });
    begin('one', 'first');
    begin('one', 'second');
    begin('other');
    expect(() => begin('one')).toThrow(busy);
    clock.advance(3000);
    begin('one', 'third');
    expect(cut).toEqual(['first']);
  });

  it('that stop after a quick beginning make room, too', () => {
    const { clock, cut, begin } = transfers({ max: 2 });
    const quick = begin('quick');
    const steady = begin('steady');
    quick.moved(20 * 1024 * KIB);
    for (let second = 0; second < 12; second++) {
      clock.advance(1000);
      steady.moved(40 * KIB);
    }
    begin('new');
    expect(cut).toEqual(['quick']);
  });
});

describe('places', () => {
  it('are bounded in all and for each client', () => {
    const places = new Places(3, 2, 'requests');
    const leave = places.enter('a');
    places.enter('a');
    expect(() => places.enter('a')).toThrow(busy);
    places.enter('b');
    expect(places.full).toBe(true);
    expect(() => places.enter('c')).toThrow(busy);
    leave();
    leave();
    expect(places.size).toBe(2);
    places.enter('c');
    expect(() => places.enter('d')).toThrow(busy);
  });
});

describe('bytes of bodies', () => {
  const limits: AdmissionLimits = {
    maxPending: 4,
    maxHeldBytes: 100,
    maxBodies: 4,
    maxUploads: 4,
    maxDownloads: 4,
    maxReads: 4,
    transfers: {},
  };
  const full = expect.objectContaining({ status: 503, apiCode: 'memory_full', retryAfter: 2 });

  it('are bounded together, whoever holds them', () => {
    const admission = new Admission(limits, new ManualClock());
    const [first, second, third] = [admission.hold('a'), admission.hold('b'), admission.hold('c')];
    first.resize(60);
    second.resize(30);
    expect(() => third.resize(11)).toThrow(full);
    expect(() => second.resize(41)).toThrow(full);
    second.resize(40);
    expect([admission.heldBytes, admission.refusal]).toEqual([100, 'the memory for bodies is full']);
    first.release();
    first.release();
    expect(admission.heldBytes).toBe(40);
    second.resize(5);
    expect([admission.heldBytes, admission.refusal]).toEqual([5, undefined]);
  });

  it('are taken from senders who do not send', () => {
    const clock = new ManualClock();
    const admission = new Admission(limits, clock);
    const holds = ['a', 'b'].map((name) => {
      const hold = admission.hold(name);
      hold.resize(50);
      admission.bodies.begin(name, () => hold.release());
      return hold;
    });
    const third = admission.hold('c');
    expect(() => third.resize(50)).toThrow(full);
    clock.advance(3000);
    third.resize(50);
    expect([holds.length, admission.bodies.size, admission.heldBytes]).toEqual([2, 1, 100]);
  });

  it('are shared: one client leaves a quarter to the others, and its own slow senders make room for it', () => {
    const clock = new ManualClock();
    const admission = new Admission(limits, clock);
    const hold = admission.hold('one');
    hold.resize(75);
    const more = admission.hold('one');
    expect(() => more.resize(1)).toThrow(full);
    const other = admission.hold('other');
    other.resize(5);
    admission.uploads.begin('other', () => other.release());
    admission.uploads.begin('one', () => hold.release());
    clock.advance(3000);
    more.resize(20);
    expect([admission.uploads.size, admission.heldBytes]).toEqual([1, 20 + 5]);
  });
});
