// Every benchmark over files runs with a model: its rows fit the model, its scores are whole, silence is seen as silence.

import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Mllm } from '../../generate/mllm.js';
import type { FileSource } from '../file-rows.js';
import { scoreSchema } from '../report/schema.js';
import { type ModelResponder, responderOf } from '../responder.js';
import { runBenchmarks } from '../runner.js';
import { folder } from './files-testing.js';
import { FILE_BENCHMARKS } from './index.js';
import { writeExamples } from './official-examples-testing.js';

const files = folder();
const judge = {
  name: 'scripted',
  replies: async (prompts: readonly string[]) => prompts.map(() => 'Relevancy: 5\nAccuracy: 5\nRating: 5\nScore: 3\nLevel: B'),
};
/** Videos need a model that takes them. */
const VIDEOS = 'video-chatgpt';
const names = FILE_BENCHMARKS.map((open) => open({ data: [] }).name);

describe('benchmarks over files with a model', () => {
  let model: Mllm;
  let responder: ModelResponder;
  let examples: Record<string, FileSource>;
  beforeAll(async () => {
    model = await Mllm.load(resolve(import.meta.dirname, '../../../models/sensorium-tiny'));
    responder = await responderOf(model, { slots: 4 });
    examples = await writeExamples(files);
  });
  afterAll(async () => {
    await responder.dispose();
    await model.dispose();
  });

  test('all names differ, and each has an example', () => {
    expect(new Set(names).size).toBe(names.length);
    expect(Object.keys(examples).sort()).toEqual([...names].sort());
  });

  test.each(names.filter((name) => name !== VIDEOS))('%s', async (name) => {
    const open = FILE_BENCHMARKS[names.indexOf(name)] as (typeof FILE_BENCHMARKS)[number];
    const [result] = await runBenchmarks({ benchmarks: [open(examples[name] as FileSource)], responder, judge, maxTokens: 3, seed: 1 });
    expect(result?.n).toBeGreaterThan(0);
    for (const [who, scores] of Object.entries(result?.scores ?? {})) {
      expect(scores.map((score) => scoreSchema.safeParse(score).success && Number.isFinite(score.value))).toEqual(scores.map(() => true));
      expect(scores.every(({ low, value, high }) => low <= value && value <= high)).toBe(true);
      expect(scores.map((score) => score.name)).toEqual(result?.scores.model?.map((score) => score.name));
      const unread = scores.find((score) => /^(?:unparsed|unreadable,)/.test(score.name));
      expect(unread, who).toBeDefined();
      if (who === 'silent' && name !== 'own') expect(unread?.value).toBe(1);
    }
    expect(Object.keys(result?.scores ?? {})).toContain('silent');
  });
});
