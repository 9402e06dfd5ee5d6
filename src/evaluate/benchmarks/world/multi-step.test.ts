// The benchmark of questions of several steps: balanced rows, true answers, scores by kind.

import { expect, test } from 'vitest';
import { loadSprites, MULTI_STEP_KINDS } from '../../../world/index.js';
import { worldScenes } from '../../world-source.js';
import { rowsOf } from '../files-testing.js';
import { worldMultiStep } from './multi-step.js';

test('rows of each kind with balanced answers, scored by the answer behind the reasoning', async () => {
  const bench = worldMultiStep(worldScenes(await loadSprites(), { seed: 3 }));
  const rows = await rowsOf(bench, { n: 8 });
  expect(rows).toHaveLength(8 * MULTI_STEP_KINDS.length);
  for (const kind of ['compare-counts', 'two-hop-kind'])
    expect(rows.filter((row) => row.kind === kind && row.truth === 'yes')).toHaveLength(4);
  const value = (replies: (row: (typeof rows)[number]) => string, name = 'accuracy'): number | undefined =>
    bench.score(rows.map((row) => ({ ...row, reply: replies(row) }))).find((score) => score.name === name)?.value;
  expect(value(({ truth }) => truth)).toBe(1);
  expect(value(({ truth }) => `<think>yes 1 red</think>The answer is ${truth}.`)).toBe(1);
  expect(value(() => 'yes', 'accuracy, compare-counts')).toBe(0.5);
  expect(value(() => '')).toBe(0);
});
