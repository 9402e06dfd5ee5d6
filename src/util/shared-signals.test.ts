// Many requests of one signal: one listener, which ends all of them, and none that stays behind.

import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { SharedSignals } from './shared-signals.js';

it('listens to a signal once, and no longer than it has members', () => {
  const ended: [string, unknown][] = [];
  const shared = new SharedSignals<string>((member, reason) => {
    ended.push([member, reason]);
    shared.leave(stop.signal, member);
  });
  const [stop, other] = [new AbortController(), new AbortController()];
  for (let i = 0; i < 40; i++) shared.join(stop.signal, String(i));
  shared.join(other.signal, 'other');
  shared.join(undefined, 'free');
  expect(getEventListeners(stop.signal, 'abort').length).toBe(1);
  for (let i = 2; i < 40; i++) shared.leave(stop.signal, String(i));
  shared.leave(other.signal, 'other');
  shared.leave(undefined, 'free');
  expect(getEventListeners(other.signal, 'abort').length).toBe(0);
  stop.abort('enough');
  expect(ended).toEqual([
    ['0', 'enough'],
    ['1', 'enough'],
  ]);
  expect(getEventListeners(stop.signal, 'abort').length).toBe(0);
});
