// Rollouts: what is drawn, its log-probabilities beside those that training computes, and weights that change in between.

import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Parameter } from '../../graph/index.js';
import { open, type Sequence } from '../../model/index.js';
import { lora } from '../../networks/adapters/index.js';
import { loadSprites, world } from '../../world/index.js';
import { Reference } from '../reference.js';
import { selectParameters } from '../select.js';
import { OpenedState } from '../trained-model.js';
import { sceneConversations } from '../world-samples.js';
import { type PromptRow, promptRows } from './prompts.js';
import { CompletionRecorder } from './recorder.js';
import { completed, placeholders, type Rollout, Rollouts } from './rollout.js';

const FOLDER = resolve('models/sensorium-tiny');

describe('rollouts', () => {
  let state: OpenedState;
  let rollouts: Rollouts;
  let reference: Reference;
  let prompts: PromptRow[];
  let adapters: readonly Parameter[];
  let values: Float32Array;
  const ask = (temperature?: number, seeds = [1, 2]): Promise<Rollout[][]> =>
    rollouts.sample(
      prompts.map(({ sequence }) => ({ sequence, seeds })),
      temperature === undefined ? {} : { temperature },
    );
  const sequencesOf = (drawn: Rollout[][]): Sequence[] =>
    drawn.flatMap((group, i) => group.map(({ ids }) => completed((prompts[i] as PromptRow).sequence, ids)));

  beforeAll(async () => {
    const model = await open(FOLDER, { adapters: [lora({ rank: 2, targets: ['q_proj', 'v_proj'] })] }).open({ seed: 0 });
    state = new OpenedState(model, { seed: 0, keep: true });
    adapters = selectParameters(model.network as unknown as Parameters<typeof selectParameters>[0], ['adapters'], 'test');
    rollouts = new Rollouts({ model: state.trained(), trained: new Set(adapters), maxTokens: 6 });
    ({ values } = state.pack(adapters));
    const data = sceneConversations(world.instructions({ scenes: 2, turns: 1 }), { sprites: await loadSprites() });
    const prompt = promptRows(data, model.processor, { maxPrompt: 200 });
    prompts = [await prompt(0), await prompt(1)];
    reference = new Reference({ model: state.trained(), values: state.values, maxLength: 128, pad: 0 });
  });
  afterAll(async () => {
    await rollouts.dispose();
    await reference.dispose();
  });

  it('are the same for the same seeds and others for others, with the log-probabilities that training computes', async () => {
    const drawn = await ask();
    expect(await ask()).toEqual(drawn);
    expect(await ask(undefined, [3, 4])).not.toEqual(drawn);
    const scores = await reference.tokenLogProbs(sequencesOf(drawn));
    drawn.flat().forEach(({ ids, logProbs }, i) => {
      expect(ids.length).toBeGreaterThan(0);
      expect(scores[i]).toHaveLength(ids.length);
      logProbs.forEach((v, t) => {
        expect(Math.abs(v - (scores[i]?.[t] as number))).toBeLessThan(1e-4);
      });
    });
  });

  it('have their log-probabilities at the temperature of sampling', async () => {
    const drawn = await ask(0.7);
    const scores = await reference.tokenLogProbs(sequencesOf(drawn), 0.7);
    for (const [i, { logProbs }] of drawn.flat().entries())
      for (const [t, v] of logProbs.entries()) expect(Math.abs(v - (scores[i]?.[t] as number))).toBeLessThan(1e-4);
  });

  it('follow the weights, without another program', async () => {
    const before = await ask(0, [1]);
    const kept = values.slice();
    for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) + Math.sin(i) * 0.3;
    const moved = await ask(0, [1]);
    const after = new Reference({ model: state.trained(), values: state.values, maxLength: 128, pad: 0 });
    try {
      const scores = await after.tokenLogProbs(sequencesOf(moved));
      for (const [i, { logProbs }] of moved.flat().entries())
        for (const [t, v] of logProbs.entries()) expect(Math.abs(v - (scores[i]?.[t] as number))).toBeLessThan(1e-4);
    } finally {
      await after.dispose();
    }
    expect(moved.flat()[0]?.logProbs).not.toEqual(before.flat()[0]?.logProbs);
    values.set(kept);
    expect(await ask(0, [1])).toEqual(before);
  });

  it('never have placeholders, however likely', async () => {
    const forbidden = placeholders(state.model);
    expect(forbidden).toContain(state.model.media?.imageTokenId);
    for (const end of state.model.generation.endIds) expect(forbidden).not.toContain(end);
    const recorder = new CompletionRecorder(1, forbidden);
    const logits = new Float32Array(1024);
    for (const id of forbidden) logits[id] = 50;
    recorder.process(logits, { promptIds: [], ids: [], step: 0 });
    for (const id of forbidden) expect(logits[id]).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe('the entropy of a completion', () => {
  it('is that of its distributions', () => {
    const recorder = new CompletionRecorder(2, []);
    recorder.process(new Float32Array(8), { promptIds: [], ids: [], step: 0 });
    recorder.process(Float32Array.from([200, 0, 0, 0]), { promptIds: [], ids: [], step: 1 });
    expect(recorder.entropy(1)).toBeCloseTo(Math.log(8), 5);
    expect(recorder.entropy(2)).toBeCloseTo(Math.log(8) / 2, 5);
    // 8 equal logits: log(1/8) at any temperature.
    expect(recorder.logProb(0, -Math.log(8))).toBeCloseTo(-Math.log(8), 5);
  });
});
