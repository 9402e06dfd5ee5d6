// What differs between two runs, told key by key: inside lists of objects too, not as whole lists.

import { expect, it } from 'vitest';
import { differences } from './identity.js';

it('names the keys that differ, also in lists of objects', () => {
  const one = { model: { adapters: [{ rank: 4, targets: 'q_proj' }] }, betas: [0.9, 0.999], leftOut: [] };
  const two = { model: { adapters: [{ rank: 8, targets: 'q_proj' }] }, betas: [0.9, 0.98], leftOut: [3] };
  expect(differences(one, two)).toEqual([
    { key: 'model.adapters.0.rank', before: '4', after: '8' },
    { key: 'betas', before: '[0.9,0.999]', after: '[0.9,0.98]' },
    { key: 'leftOut', before: '[]', after: '[3]' },
  ]);
  expect(differences(one, structuredClone(one))).toEqual([]);
  expect(differences(one, { ...one, model: { adapters: [] } })).toContainEqual({ key: 'model.adapters', before: 'absent', after: '[]' });
});
