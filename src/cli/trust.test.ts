// Options of `sensorium trust`: seeds, other models, and what belongs to the scene world or to files alone.

import { expect, test } from 'vitest';
import { main } from './main.js';
import { besideOption, ofSeed, seedsOption } from './trust.js';

const usage = expect.objectContaining({ code: 'cli.usage' });

test('seeds', () => {
  expect(seedsOption({ seed: '4' })).toEqual([4]);
  expect(seedsOption({ seed: '0', seeds: '1,2, 3' })).toEqual([1, 2, 3]);
  for (const seeds of ['1,1', '', '1,x', '1.5']) expect(() => seedsOption({ seed: '0', seeds })).toThrow(usage);
});

test('other models by name', () => {
  expect(besideOption(undefined)).toEqual([]);
  expect(besideOption('tuned=runs/a/model, b=org/name')).toEqual([
    ['tuned', 'runs/a/model'],
    ['b', 'org/name'],
  ]);
  for (const wrong of ['tuned', '=a', 'a=', 'vcd=a', 'a=x,a=y']) expect(() => besideOption(wrong)).toThrow(usage);
});

test.each([
  ['--images', 'x'],
  ['--question', 'What?'],
  ['--data', 'x.json', '--prior', '0.5'],
  ['--data', 'x.json', '--split', 'test'],
  ['--methods', 'opera'],
])('what does not belong together ends with a usage error: %s %s %s %s', async (...flags) => {
  expect(await main(['trust', ...flags.filter((flag) => flag !== undefined)])).toBe(2);
});

test('the seed in the name of a model', () => {
  expect(ofSeed('runs/lrv-{seed}/model', 2)).toBe('runs/lrv-2/model');
  expect(ofSeed('runs/lrv/model', 2)).toBe('runs/lrv/model');
});
