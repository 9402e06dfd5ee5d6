// Rewards by name: what each gives, and rows and names that cannot be.

import { describe, expect, it } from 'vitest';
import type { Conversation } from '../../data/index.js';
import type { RewardSample } from '../../train/online/reward.js';
import { scoreSamples } from '../../train/online/reward.js';
import { makeScene } from '../../world/index.js';
import { reward } from './index.js';

const row = (answer: string | undefined, extra: Record<string, unknown> = {}, question = 'What?'): Conversation => ({
  id: '0',
  messages: [{ role: 'user', content: question }, ...(answer === undefined ? [] : [{ role: 'assistant' as const, content: answer }])],
  extra,
  at: { file: 'data.jsonl', row: 3 },
});

const sample = (reply: string, of: Conversation): RewardSample => ({
  messages: of.messages.slice(0, 1),
  reply,
  ...(of.messages[1] ? { answer: of.messages[1].content as string } : {}),
  row: of,
  tokens: 3,
  truncated: false,
});

const score = async (name: string, of: Conversation, ...replies: string[]): Promise<readonly number[]> =>
  scoreSamples(
    reward(name),
    replies.map((reply) => sample(reply, of)),
    { place: 'test' },
  );

describe('rewards', () => {
  it('exact compares answers in any usual words', async () => {
    expect(await score('exact', row('3', {}, 'How many?'), '3', 'three', 'There are 3.', '4', '')).toEqual([1, 1, 1, 0, 0]);
    expect(() => reward('exact').check?.(row(undefined))).toThrow(expect.objectContaining({ code: 'train.data' }));
  });

  it('choice reads letters and the words of options', async () => {
    const asked = row('B', { options: ['a red cup', 'a blue dog'] });
    expect(await score('choice', asked, 'B', '(b)', 'a blue dog', 'A', 'neither')).toEqual([1, 1, 1, 0, 0]);
    const listed = row('B', {}, 'Which?\nA. a red cup\nB. a blue dog');
    expect(await score('choice', listed, 'a blue dog', 'a red cup')).toEqual([1, 0]);
  });

  it('boxes-iou measures the overlap, and counts boxes that are too many', async () => {
    const asked = row('[0.0, 0.0, 0.5, 0.5]');
    const [whole, half, two, none] = await score(
      'boxes-iou',
      asked,
      'It is at [0, 0, 0.5, 0.5].',
      '[0, 0, 0.5, 0.25]',
      '[0, 0, 0.5, 0.5] [0.6, 0.6, 0.9, 0.9]',
      'on the left',
    );
    expect([whole, half, two, none].map((x) => Number(x?.toFixed(6)))).toEqual([1, 0.5, 0.5, 0]);
    expect(() => reward('boxes-iou').check?.(row('on the left'))).toThrow(expect.objectContaining({ code: 'train.data' }));
  });

  it('claims are checked by labels', async () => {
    const asked = row(undefined, { objects: ['dog', 'cup'] });
    const [both, one, wrong, silent] = await score('claims', asked, 'A dog and a cup.', 'A dog.', 'A car.', 'Nothing.');
    expect(both).toBeCloseTo(1, 6);
    expect(one).toBeCloseTo(2 / 3, 6);
    expect([wrong, silent]).toEqual([0, 0]);
    expect(() => reward('claims').check?.(row('a dog'))).toThrow(expect.objectContaining({ code: 'train.data' }));
    expect(() => reward('claims').check?.(row('', { objects: ['gryphon'] }))).toThrow(expect.objectContaining({ code: 'train.data' }));
  });

  it('claims with a beta below 1 weigh what is false more than what is missed', async () => {
    const asked = row('', { objects: ['dog', 'cup', 'car', 'bus'] });
    const [missed, made] = await score('claims:0.5', asked, 'A dog and a cup.', 'A dog, a cup, a car, a bus and a cat.');
    expect(missed).toBeCloseTo((1.25 * 0.5) / (0.25 + 0.5), 10); // P 1, R 1/2
    expect(made).toBeCloseTo((1.25 * 0.8) / (0.25 * 0.8 + 1), 10); // P 4/5, R 1
    for (const wrong of ['claims:0', 'claims:x', 'claims:'])
      expect(() => reward(wrong)).toThrow(expect.objectContaining({ code: 'train.reward' }));
  });

  it('claims are checked by a scene of the world', async () => {
    const scene = makeScene(3, { split: 'train', seed: 1 });
    const asked = row(undefined, { scene });
    expect(() => reward('claims').check?.(asked)).not.toThrow();
    const [silent] = await score('claims', asked, 'Hello.');
    expect(silent).toBe(0);
  });

  it('format is a regular expression', async () => {
    expect(await score('format:^\\d+$', row('3'), '3', 'three')).toEqual([1, 0]);
    expect(await score('format:^<think>.*</think>', row('3'), '<think>a:\nb</think> 3')).toEqual([1]);
  });

  it.each(['exakt', 'format', 'format:(', 'exact:5', ''])("refuses '%s'", (name) => {
    expect(() => reward(name)).toThrow(expect.objectContaining({ code: 'train.reward' }));
  });
});

describe('the scores of a reward', () => {
  it('come in time or not at all', async () => {
    const never = { name: 'never', score: () => new Promise<number[]>(() => {}), timeout: 1 };
    await expect(scoreSamples(never, [sample('a', row('a'))], { place: 'test' })).rejects.toMatchObject({ code: 'train.reward' });
  });

  it('name the row of a number that is not finite', async () => {
    const odd = { name: 'odd', score: () => [Number.POSITIVE_INFINITY] };
    await expect(scoreSamples(odd, [sample('a', row('a'))], { place: 'test' })).rejects.toMatchObject({
      code: 'train.reward',
      got: expect.stringContaining('row 3'),
    });
  });
});
