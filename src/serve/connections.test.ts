// Bounds of open connections, with sockets that are only made to believe that they are open.

import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { Connections } from './connections.js';

class FakeSocket extends EventEmitter {
  destroyed = false;
  constructor(
    readonly remoteAddress: string,
    readonly name: string,
    readonly busy = false,
  ) {
    super();
  }
  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

function connections(limits: { max: number; maxPerAddress: number }) {
  const set = new Connections((socket) => (socket as unknown as FakeSocket).busy, limits);
  const all: FakeSocket[] = [];
  const add = (address: string, name: string, busy = false): FakeSocket => {
    const socket = new FakeSocket(address, name, busy);
    all.push(socket);
    set.add(socket as unknown as Socket);
    return socket;
  };
  const cut = (): string[] => all.filter(({ destroyed }) => destroyed).map(({ name }) => name);
  return { set, add, cut };
}

it('of one address are bounded: its oldest idle one makes room, and where all are busy the new one is cut', () => {
  const { set, add, cut } = connections({ max: 100, maxPerAddress: 3 });
  add('a', 'busy', true);
  add('a', 'idle');
  add('a', 'late', true);
  add('b', 'other');
  add('a', 'new', true);
  expect(cut()).toEqual(['idle']);
  add('a', 'newer', true);
  expect(cut()).toEqual(['idle', 'newer']);
  expect(set.size).toBe(4);
});

it('are bounded in all, at the cost of the address that has the most', () => {
  const { set, add, cut } = connections({ max: 4, maxPerAddress: 3 });
  for (const name of ['1', '2', '3']) add('many', name);
  const last = add('one', 'first');
  add('one', 'second');
  expect(cut()).toEqual(['1']);
  last.destroy();
  expect(set.size).toBe(3);
  add('two', 'third');
  expect([set.size, cut()]).toEqual([4, ['1', 'first']]);
});
