// --adapter NAME=DIR as it is written: once, again, with commas, and wrongly.

import { expect, it } from 'vitest';
import { readAdapterChoices } from './serve-adapters.js';

it('reads adapters in every spelling', () => {
  const [a, b, c] = [
    { name: 'a', dir: 'x/a' },
    { name: 'b', dir: 'b=1' },
    { name: 'c', dir: 'org/c' },
  ];
  expect(readAdapterChoices(['model', '--port', '0'])).toEqual([]);
  expect(readAdapterChoices(['model', '--adapter', 'a=x/a', '--adapter=b=b=1', '--port', '0'])).toEqual([a, b]);
  expect(readAdapterChoices(['--adapter', 'a=x/a, c=org/c'])).toEqual([a, c]);
  expect(readAdapterChoices(['--', '--adapter', 'a=x/a'])).toEqual([]);
});

it('refuses what is no name and folder, and a name that is given twice', () => {
  for (const words of [
    ['--adapter'],
    ['--adapter', 'x/a'],
    ['--adapter', '=x'],
    ['--adapter', 'a='],
    ['--adapter', 'a b=x'],
    ['--adapter=a=x,'],
  ])
    expect(() => readAdapterChoices(words), words.join(' ')).toThrow(expect.objectContaining({ place: '--adapter' }));
  expect(() => readAdapterChoices(['--adapter', 'a=x', '--adapter', 'a=y'])).toThrow(expect.objectContaining({ got: 'a' }));
});
