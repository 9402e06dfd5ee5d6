// Gradient graphs of every objective on a device: no node falls back, losses, metrics and gradients are the CPU's.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareGraphs } from './webgpu/compare.js';
import { OBJECTIVES } from './webgpu/objectives.js';
import { useSoftwareDriver } from './webgpu/software.js';

const isHere = useSoftwareDriver();

describe.runIf(isHere)('objectives on a device', () => {
  it.each(Object.keys(OBJECTIVES))('%s', async (name) => {
    await compareGraphs('objectives', name, await (OBJECTIVES[name] as (typeof OBJECTIVES)[string])());
  });
});

/** Files of objectives whose gradients are compared under another name, or that are parts of others. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  advantages: 'numbers on the host',
  'flow-matching': 'flow matching',
  group: 'grpo',
  language: 'supervised: the same graph over packed rows',
  pairs: 'dpo',
  'pair-losses': 'all losses of pairs',
};

it('there is none that is not compared', () => {
  const dir = join(import.meta.dirname, '..', 'src', 'train', 'objectives');
  const files = readdirSync(dir).flatMap((f) => (f.endsWith('.ts') && !f.endsWith('.test.ts') ? [f.slice(0, -3)] : []));
  expect(files.filter((name) => !(name in OBJECTIVES) && !(name in ELSEWHERE))).toEqual([]);
});
