// Snapshots: every change in place is found, whatever it is.

import { expect, it } from 'vitest';
import { isSame, snapshot } from './snapshot.js';

const make = () => ({
  a: [1, { b: 'text', c: null, d: undefined }],
  bytes: new Uint8Array(2),
  e: {} as Record<string, unknown>,
  f: Number.NaN,
});

it('is the same until something is changed in place', () => {
  const changes: Record<string, (value: ReturnType<typeof make>) => unknown> = {
    'a text': (v) => Object.assign(v.a[1] as object, { b: 'other' }),
    'a longer list': (v) => v.a.push(2),
    'a key more': (v) => Object.assign(v.e, { x: undefined }),
    'another kind': (v) => Object.assign(v, { e: [] }),
    'other bytes': (v) => Object.assign(v, { bytes: new Uint8Array(2) }),
    'a number': (v) => Object.assign(v, { f: 0 }),
  };
  for (const [name, change] of Object.entries(changes)) {
    const value = make();
    const before = snapshot(value);
    expect(isSame(before, value), name).toBe(true);
    change(value);
    expect(isSame(before, value), name).toBe(false);
  }
});
