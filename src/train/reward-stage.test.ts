// A stage of reward models: it tells good replies from bad ones by images and facts, resumes to the bit, and names rows that are not pairs.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Conversation, conversations } from '../data/index.js';
import { lora, open } from '../models.js';
import { rewardHead } from '../networks/index.js';
import type { RunEvent } from './events.js';
import { defineRecipe } from './recipe.js';
import { rewardModel } from './reward-model.js';
import { factsOf, rewardSamples, withFacts } from './reward-samples.js';
import { runRecipe } from './run.js';
import { stage } from './stages.js';
import { saveTrained, type TrainedModel } from './trained-model.js';

const BASE = resolve('test/golden/families/llava/clip');
const at = { file: 'rows.jsonl', row: 3 };

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-reward-'));
  const row = (i: number): object => ({
    messages: [
      { role: 'user', content: `number ${i}` },
      { role: 'assistant', content: 'a cat' },
    ],
    rejected_response: 'a dog',
    ...(i % 2 ? { facts: ['the cat', 'is in'], margin: 0.5 } : {}),
  });
  await writeFile(join(dir, 'pairs.jsonl'), Array.from({ length: 6 }, (_, i) => `${JSON.stringify(row(i))}\n`).join(''));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const train = async (name: string, o: { stopAfter?: number; resume?: boolean; lowRank?: boolean; head?: boolean } = {}) => {
  const adapters = [...(o.lowRank ? [lora({ rank: 2, targets: ['q_proj'] })] : []), ...(o.head === false ? [] : [rewardHead()])];
  const recipe = defineRecipe({
    model: open(BASE, { adapters }),
    stages: [
      stage.reward({
        ...{ data: conversations(join(dir, 'pairs.jsonl')), train: ['adapters', 'language'], batch: 3, steps: 6, lr: 0.01 },
        ...{ shuffle: true, logEvery: 1, checkpointEvery: 3, blindEvery: 0 },
      }),
    ],
  });
  const events: RunEvent[] = [];
  const stop = new AbortController();
  const running = runRecipe(recipe, {
    dir: join(dir, name),
    resume: o.resume,
    signal: stop.signal,
    onEvent: (event) => {
      events.push(event);
      if (event.type === 'step' && event.step === o.stopAfter) stop.abort();
    },
  });
  const done = await (o.stopAfter === undefined ? running : running.catch(() => undefined));
  const steps = events.flatMap((e) => (e.type === 'step' ? [{ loss: e.loss, metrics: e.metrics }] : []));
  return { steps, state: done?.state as TrainedModel };
};

describe('a stage of reward models', () => {
  it('learns what is preferred and resumes to the bit', async () => {
    const { steps } = await train('whole');
    expect(steps[0]?.loss).toBeCloseTo((Math.log(2) + Math.log(1 + Math.exp(0.5))) / 2, 0);
    expect(steps.at(-1)?.metrics).toMatchObject({ accuracy: 1 });
    await train('halves', { stopAfter: 3 });
    expect((await train('halves', { resume: true })).steps.slice(-3)).toEqual(steps.slice(-3));
  });

  it('is saved whole with its adapters merged, and scores texts', async () => {
    const { state } = await train('lora', { lowRank: true });
    const saved = await saveTrained(state, join(dir, 'lora'));
    expect(saved).toBe(join(dir, 'lora/model'));
    const judge = await rewardModel(saved);
    const messages = [{ role: 'user' as const, content: 'number 3' }];
    const [cat, dog] = await judge.scores(['a cat', 'a dog'].map((reply) => ({ messages, reply, facts: ['the cat', 'is in'] })));
    await judge.dispose();
    expect(cat).toBeGreaterThan(dog as number);
  });

  it('needs a head', async () => {
    await expect(train('headless', { head: false })).rejects.toMatchObject({ code: 'train.recipe' });
  });
});

describe('rows of pairs', () => {
  it('have facts, as a text or a list, behind the question', () => {
    const row = (facts: unknown): Pick<Conversation, 'extra' | 'at'> => ({ at, extra: { facts } }) as never;
    expect(factsOf(row('a cat'))).toEqual(['a cat']);
    expect(factsOf(row(['a cat', ' ']))).toEqual(['a cat']);
    expect(factsOf(row(undefined))).toEqual([]);
    expect(factsOf({ at, extra: { captions: ['a dog'] } })).toEqual(['a dog']);
    expect(() => factsOf(row([1]))).toThrow(expect.objectContaining({ code: 'train.data' }));
    const asked = { role: 'user' as const, content: [{ type: 'text' as const, text: 'What?' }] };
    const [first, second] = withFacts([asked, { role: 'assistant', content: 'Hm' }], ['a cat']);
    expect(first?.content).toEqual([...asked.content, { type: 'text', text: '\nFacts:\na cat' }]);
    expect(second?.content).toBe('Hm');
    expect(withFacts([asked], [])).toEqual([asked]);
  });

  it.each([
    ['the same reply twice', { rejected: 'a cat' }],
    ['a margin that is not a number', { rejected: 'a dog', margin: 'much' }],
    ['no second reply', {}],
  ])('with %s are refused', async (_, extra) => {
    const { processor } = await open(BASE).open({ seed: 0 });
    const messages = [
      { role: 'user', content: 'number 1' },
      { role: 'assistant', content: 'a cat' },
    ] as Conversation['messages'];
    const data = { length: 1, describe: {}, get: async () => ({ id: '1', messages, extra, at }) as Conversation };
    await expect(rewardSamples().samples(data, processor)(0)).rejects.toMatchObject({ code: 'train.data' });
  });
});
