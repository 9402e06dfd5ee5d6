// The figure of reward hacking: which points it has, where learned and true score part, and no figure without points.

import { describe, expect, it } from 'vitest';
import type { LoggedEvent } from '../../train/events.js';
import { parting, rewardCurve, rewardFigure } from './reward-figure.js';

const held = (step: number, reward: number, true_score?: number): LoggedEvent =>
  ({ type: 'held-out', stage: 'ppo', step, loss: 0, metrics: { reward, ...(true_score === undefined ? {} : { true_score }) } }) as never;
const step = (at: number, metrics: Record<string, number>): LoggedEvent =>
  ({ type: 'step', stage: 'ppo', step: at, loss: 0, metrics }) as never;

describe('the figure of reward hacking', () => {
  const events = [held(0, 1, 0.5), step(1, { reward: 1.2, true_score: 0.4 }), step(2, { kl: 1 }), held(10, 2, 0.7), held(20, 4, 0.3)];
  const curve = rewardCurve(events);

  it('has every measurement of both scores', () => {
    expect(curve.held.map((p) => [p.step, p.reward, p.truth])).toEqual([
      [0, 1, 0.5],
      [10, 2, 0.7],
      [20, 4, 0.3],
    ]);
    expect(curve.drawn).toEqual([{ step: 1, reward: 1.2, truth: 0.4 }]);
    const { text } = rewardFigure(curve);
    expect(text.match(/<circle/g)).toHaveLength(6);
    expect(text).toContain('best true score');
  });

  it('says where they part: the reward rises on while the true score falls', () => {
    expect(parting(curve)).toMatchObject({ best: { step: 10 }, last: { step: 20 }, apart: true });
    expect(parting(rewardCurve([held(0, 1, 0.5), held(10, 2, 0.7)]))).toMatchObject({ apart: false });
    expect(parting(rewardCurve([held(0, 1)]))).toBeUndefined();
  });

  it('is empty without points, and has one line where the truth is not known', () => {
    expect(rewardFigure(rewardCurve([])).text).toBe('');
    expect(rewardFigure(rewardCurve([held(0, 1), held(5, 1)])).text.match(/<circle/g)).toHaveLength(2);
  });
});
