// A reward model trained on golden checkpoints equals PyTorch's: scores and losses of five steps, with images and as transformers' sequence classification.

import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Mllm } from '../src/generate/mllm.js';
import { type Model, openModel, type Sequence, saveModel } from '../src/model/index.js';
import { endAdapter, RewardHead, rewardHead } from '../src/networks/index.js';
import { learnedReward, RewardModel, rewardModel, selectParameters } from '../src/train/index.js';
import { rewardLoss } from '../src/train/objectives/reward.js';
import { scoreSamples } from '../src/train/online/reward.js';
import { readAtEnd } from '../src/train/reward-samples.js';
import type { HostTensor } from '../src/util/host.js';
import { loadWeights, readAll, readConfig, saveFolder } from '../src/weights/index.js';
import { messagesOf, type TrainingGolden, type TrainingRow, trainSequences } from './golden/training.js';

const BAR = 1e-4;
const STEPS = 5;

interface Run {
  model: string;
  losses: number[];
  /** Of each pair before each step, and after the last: chosen, rejected. */
  scores: [number, number][][];
  /** The matrix after the last step. */
  head: number[];
}
interface Facts {
  optimizer: TrainingGolden['optimizer'];
  margins: number[];
  centering: number;
  images: Run & { pairs: { chosen: TrainingRow['messages']; rejected: TrainingRow['messages']; ids: [number[], number[]] }[] };
  classifier: Run & { pairs: [number[], number[]][] };
}
const facts = JSON.parse(readFileSync(join(import.meta.dirname, 'golden/training/reward.json'), 'utf8')) as Facts;

const folder = (name: string): string => join(import.meta.dirname, 'golden/families', name);

const headOf = (model: Model): RewardHead => endAdapter(model.network, RewardHead) as RewardHead;

/** The model with a head whose matrix is that of the script: sin(i) / 4. */
async function opened(name: string): Promise<Model> {
  const model = await openModel(folder(name), { adapters: [rewardHead()] });
  const { data } = model.values.get(headOf(model).score.weight) as HostTensor<'float32'>;
  for (let i = 0; i < data.length; i++) data[i] = Math.sin(i + 1) / 4;
  return model;
}

const close = (got: ArrayLike<number>, expected: readonly number[]): void => {
  for (const [i, v] of expected.entries()) expect(Math.abs((got[i] as number) - v), `${i}: ${got[i]} for ${v}`).toBeLessThan(BAR);
};

const dirs: string[] = [];
afterEach(async () => {
  for (const dir of dirs.splice(0)) await rm(dir, { recursive: true, force: true });
});

/** Trains on the pairs, and scores before and after. Returns the values that training ended with. */
async function trainedAs(run: Run, model: Model, pairs: readonly (readonly Sequence[])[]) {
  const samples = pairs.map((pair) => pair.map(readAtEnd));
  const before = new RewardModel(model, { batch: 2 * pairs.length });
  close(await before.sequenceScores(samples.flat()), (run.scores[0] as [number, number][]).flat());
  await before.dispose();
  const margins = new Map(samples.map(([chosen], i) => [chosen as Sequence, facts.margins[i] as number]));
  const loss = rewardLoss({ head: headOf(model), centering: facts.centering, marginOf: (s) => margins.get(s) as number });
  const network = model.network as Parameters<typeof selectParameters>[0];
  const trained = selectParameters(network, ['all', 'adapters'], 'test');
  const { losses, state } = await trainSequences(model, { samples, trained, loss, optimizer: facts.optimizer, steps: STEPS });
  expect(losses).toHaveLength(STEPS + 1);
  close(losses, run.losses);
  close(state.value(headOf(model).score.weight).data, run.head);
  const after = new RewardModel(model, { values: state.values, batch: 4 });
  const scores = await after.sequenceScores(samples.flat());
  await after.dispose();
  close(scores, (run.scores[STEPS] as [number, number][]).flat());
  return { state, samples, scores };
}

describe('a reward model', () => {
  it('trains on images as PyTorch does', async () => {
    const model = await opened(facts.images.model);
    const pairs: Sequence[][] = [];
    for (const { chosen, rejected, ids } of facts.images.pairs) {
      const pair = [chosen, rejected].map((messages) => model.processor.encode(messagesOf({ messages } as TrainingRow)));
      pairs.push(await Promise.all(pair));
      expect(pairs.at(-1)?.map((s) => [...s.ids])).toEqual(ids);
    }
    const { state, scores } = await trainedAs(facts.images, model, pairs);
    // Saved and opened again it scores conversations as it did.
    const dir = join(await mkdtemp(join(tmpdir(), 'sensorium-reward-')), 'model');
    dirs.push(dir);
    await state.save(dir);
    const judge = await rewardModel(dir, { batch: 3 });
    const items = facts.images.pairs.flatMap(({ chosen, rejected }) =>
      [chosen, rejected].map((messages) => {
        const all = messagesOf({ messages } as TrainingRow);
        return { messages: all.slice(0, -1), reply: textIn(all.at(-1)?.content) };
      }),
    );
    close(await judge.scores(items), [...scores]);
    await expect(judge.scores([{ messages: [{ role: 'user', content: 'a '.repeat(3000) }], reply: 'b' }])).rejects.toMatchObject({
      code: expect.stringMatching(/^(reward|text)\.length$/),
    });
    await judge.dispose();
  });

  it("trains as transformers' class for sequence classification, and is saved as one", async () => {
    const model = await opened(facts.classifier.model);
    expect(model.raw).toMatchObject({ architectures: ['LlamaForSequenceClassification'], num_labels: 1 });
    const pairs = facts.classifier.pairs.map((pair) => pair.map((ids): Sequence => ({ ids: Int32Array.from(ids), media: [] })));
    const { state, samples, scores } = await trainedAs(facts.classifier, model, pairs);
    const dir = join(await mkdtemp(join(tmpdir(), 'sensorium-reward-')), 'model');
    dirs.push(dir);
    await saveModel(model, dir, { values: state.values });
    const again = await openModel(dir);
    const head = headOf(again).score.weight;
    expect(again.names.toFile(head.name)).toBe('score.weight');
    const judge = new RewardModel(again);
    close(await judge.sequenceScores(samples.flat()), [...scores]);
    await judge.dispose();
    // As published, without the head of a language model: it scores all the same, and nothing can be asked of it.
    const bare = join(dir, '..', 'bare');
    const { 'lm_head.weight': headOfWords, ...weights } = await readAll(await loadWeights(dir));
    expect(headOfWords).toBeDefined();
    await saveFolder(bare, { config: await readConfig(dir), weights });
    const scorer = await rewardModel(bare);
    close(await scorer.sequenceScores(samples.flat()), [...scores]);
    await scorer.dispose();
    await expect(Mllm.load(bare)).rejects.toMatchObject({ code: 'model.architecture', got: 'LlamaForSequenceClassification' });
    expect(Mllm.of(await openModel(dir))).toBeDefined();
  });

  it('that gives anything but finite numbers is named, alone and as the reward of a stage', async () => {
    const model = await opened(facts.images.model);
    (model.values.get(headOf(model).score.weight) as HostTensor<'float32'>).data.fill(Number.NaN);
    const dir = join(await mkdtemp(join(tmpdir(), 'sensorium-reward-')), 'broken');
    dirs.push(dir);
    await saveModel(model, dir);
    const reward = learnedReward(dir);
    const at = { file: 'rows.jsonl', row: 3 };
    const messages = [{ role: 'user' as const, content: 'What?' }];
    const sample = { messages, reply: 'a cat', row: { id: '3', messages, at }, tokens: 2, truncated: false };
    await expect(scoreSamples(reward, [sample], { place: 'stage ppo' })).rejects.toMatchObject({
      code: 'reward.nonfinite',
      place: expect.stringContaining(dir),
      got: 'NaN',
    });
    await reward.dispose?.();
  });

  it('is told from a model without a head', async () => {
    await expect(rewardModel(folder('llama/untied'))).rejects.toMatchObject({ code: 'reward.model' });
  });
});

const textIn = (content: unknown): string => (content as { text: string }[]).map(({ text }) => text).join('');
