// Rows keep the numbers that they have in their file, whatever was left out before them.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { conversations } from '../data/index.js';
import { openModel } from '../model/index.js';
import { fineTuneObjective } from './fine-tune.js';
import { inspectConversations, someRows } from './inspect.js';
import { OpenedState } from './opened-state.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-rows-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

it('keeps them in batches, those that are held out too', async () => {
  const turns = (reply: string) => [
    { role: 'user', content: 'Hi there' },
    { role: 'assistant', content: reply },
  ];
  const good = Array.from({ length: 6 }, (_, i) => ({ messages: turns(`yo ${i}`) }));
  const long = { messages: turns('yes '.repeat(200)) };
  // Row 0 has no reply, row 2 cannot be encoded in so few tokens.
  const rows = [{ messages: turns('') }, good[0], long, ...good.slice(1)];
  const path = join(dir, 'rows.jsonl');
  await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const set = await conversations(path, { skipBad: true }).open();
  expect([0, 1, 2].map((index) => set.at?.(index).row)).toEqual([1, 2, 3]);
  const model = await openModel('test/golden/families/qwen2-vl/untied');
  const report = await inspectConversations(set, model.processor, { maxLength: 512, holdout: 0, seed: 0 });
  expect(report.unusable.map(({ row }) => row)).toEqual([2]);
  const data = someRows(set, report.usable);
  const stage = { dir, stage: { name: 'x' }, runtime: undefined } as unknown as Parameters<typeof fineTuneObjective>[0];
  const options = { train: ['language'], data, maxLength: 512, holdout: 2, seed: 0, batch: 4, accumulate: 1 };
  const objective = await fineTuneObjective(stage, new OpenedState(model, { seed: 0 }), options);
  const held = await objective.held?.objective.batch(0);
  const trained = await objective.batch(0);
  expect([...(trained.rows ?? []), ...(held?.rows ?? [])].sort()).toEqual([1, 3, 4, 5, 6, 7]);
  objective.dispose?.();
  set.dispose();
});
