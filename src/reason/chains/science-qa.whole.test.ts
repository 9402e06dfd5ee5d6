// ScienceQA from a user's folder through both stages of Multimodal-CoT: trained on rationales and answers, asked in two stages, scored by subject and grade.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conversations, mixture } from '../../data/index.js';
import { scienceQa } from '../../evaluate/benchmarks/science-qa.js';
import { type PartialResponder, responderOf, runBenchmarks } from '../../evaluate/index.js';
import { Mllm } from '../../generate/mllm.js';
import { open } from '../../model/index.js';
import { defineRecipe, type OpenedState, runRecipe, saveTrained, stage } from '../../train/index.js';
import { withChain } from './with-chain.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-two-stages-'));
  const problem = (split: string, i: number) => ({
    ...{ question: `Is ${i} even?`, choices: ['yes', 'no'], answer: i % 2, hint: '', image: null, split },
    ...{ subject: i % 2 ? 'natural science' : 'social science', grade: i < 14 ? 'grade3' : 'grade8' },
    ...{ lecture: 'Even numbers end in 0, 2, 4, 6 or 8.', solution: `${i} ends in ${i % 10}.` },
  });
  const ids = Array.from({ length: 16 }, (_, i) => i + 1);
  const splitOf = (id: number): string => (id > 12 ? 'test' : 'train');
  await writeFile(join(dir, 'problems.json'), JSON.stringify(Object.fromEntries(ids.map((id) => [id, problem(splitOf(id), id)]))));
  const lists = { train: ids.filter((id) => splitOf(id) === 'train'), test: ids.filter((id) => splitOf(id) === 'test') };
  await writeFile(join(dir, 'pid_splits.json'), JSON.stringify(lists));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('ScienceQA of a user', () => {
  it('trains both stages, is asked in both, and is scored by subject and grade', async () => {
    const part = (form: 'QCM-LE' | 'QCMLE-A') => ({ name: form, media: false, data: conversations(dir, { form }) });
    const recipe = defineRecipe({
      name: 'two-stages',
      model: open('models/sensorium-tiny'),
      stages: [
        stage.instruct({
          ...{ train: ['language'], steps: 2, batch: 4, lr: 1e-3, maxLength: 256, blindEvery: 0 },
          data: mixture({ parts: [part('QCM-LE'), part('QCMLE-A')] }),
        }),
      ],
    });
    const result = await runRecipe(recipe, { dir: join(dir, 'run') });
    expect(result.summaries[0]?.steps).toBe(2);
    const model = await Mllm.load(await saveTrained(result.state as OpenedState, join(dir, 'run')));
    const responder = await responderOf(model);
    try {
      const asked: string[] = [];
      const heard: PartialResponder = {
        replies: async (conversations, options) => {
          for (const messages of conversations) asked.push(JSON.stringify(messages.at(-1)?.content));
          return responder.replies(conversations, { ...options, maxTokens: 8 });
        },
      };
      const benchmarks = [scienceQa({ data: [join(dir, 'problems.json'), join(dir, 'pid_splits.json')] })];
      const [scored] = await runBenchmarks({ responder: withChain(heard, { chain: 'two-stage' }), benchmarks, baselines: false });
      const counts = new Map(scored?.scores.model?.map(({ name, n }) => [name, n]));
      expect(scored?.n).toBe(4);
      for (const [name, n] of [
        ['natural science', 2],
        ['social science', 2],
        ['language science', 0],
        ['no context', 4],
        ['grades 1-6', 1],
        ['grades 7-12', 3],
      ] as const)
        expect(counts.get(`accuracy, ${name}`), name).toBe(n);
      // The words of training: the first question ends where the rationale begins, the second one has it in front of the answer.
      expect(asked.filter((text) => text.endsWith('\\nRationale:"'))).toHaveLength(4);
      expect(asked.filter((text) => text.endsWith('\\nAnswer:"'))).toHaveLength(4);
    } finally {
      await responder.dispose();
      await model.dispose();
    }
  });
});
