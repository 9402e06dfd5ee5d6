import { expect, test } from 'vitest';
import { allSteps } from '../util/slices.js';
import { writeJson } from './write-json.js';

const long = Array.from({ length: 1000 }, (_, i) => ({ token: `é"${i}`, logprob: -i / 7, bytes: [1, 2], none: undefined }));

test.each([
  ['a short answer', { a: 1, b: undefined, c: [undefined, null] }],
  ['a long list', { head: 'x', list: long, not: undefined, end: true }],
  ['lists in a list', [long, [], {}, [long.map(({ token }) => token)]]],
  ['a wide object', Object.fromEntries(long.map((one, i) => [`key ${i}`, one]))],
  ['numbers', Array.from({ length: 1000 }, (_, i) => i / 3)],
  ['a list of what JSON cannot say', new Array(100).fill(undefined)],
])('%s is written as JSON.stringify writes it', (_name, value) => {
  expect(allSteps(writeJson(value))).toBe(JSON.stringify(value));
});

test('long lists take many steps', () => {
  const steps = writeJson({ choices: [{ logprobs: { content: long } }] });
  let n = 0;
  while (!steps.next().done) n++;
  expect(n).toBeGreaterThan(50);
});
