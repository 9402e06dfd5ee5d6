// The check of a judge: an exact one, one that always says yes, one that takes the first, one that cannot be read.

import { describe, expect, it } from 'vitest';
import { makeScene } from '../world/scene.js';
import type { Score } from './benchmark.js';
import type { Judge } from './judge.js';
import { agreementLine, checkJudge, JUDGE_TASKS, type JudgeCheck } from './judge-check.js';
import { type ItemSource, pairItem, ratedItem, statementItem } from './judge-items.js';
import { haelmPrompt, pairPrompt, ratingPrompt, readHaelm, readPair, readRating } from './judge-prompts.js';

const scene = (index: number) => makeScene(index, { split: 'test', seed: 5 });
const source = (language: 'en' | 'zh' = 'en'): ItemSource => ({ scene, language, seed: 0 });
const N = 40;

const judge = (reply: (prompt: string) => string, more: Partial<Judge> = {}): Judge => ({
  name: 'scripted',
  replies: async (prompts) => prompts.map(reply),
  ...more,
});
const scoresOf = ({ scores }: JudgeCheck, task: string): Record<string, Score> =>
  Object.fromEntries((scores[task] ?? []).map((score) => [score.name, score]));

/** What an exact judge replies to each prompt of a check. */
function exact(language: 'en' | 'zh' = 'en'): Map<string, string> {
  const known = new Map<string, string>();
  for (let i = 0; i < N; i++) {
    const { references, candidate, truth } = statementItem(source(language), i);
    const word = language === 'zh' ? { yes: '是', no: '否' }[truth] : truth;
    for (const swapped of [false, true]) known.set(haelmPrompt(references, candidate, { language, swapped }), word);
    const rated = ratedItem(source(language), i);
    known.set(ratingPrompt(rated.references, rated.answer), `Explained.\nRating: ${rated.truth}`);
    const pair = pairItem(source(language), i);
    const [a, b] = pair.answers;
    known.set(pairPrompt(pair.references, [a, b]), `Better: ${'AB'[pair.better]}`);
    known.set(pairPrompt(pair.references, [b, a]), `Better: ${'BA'[pair.better]}`);
  }
  return known;
}

describe('checkJudge', () => {
  it.each(['en', 'zh'] as const)('an exact judge agrees in everything (%s)', async (language) => {
    const known = exact(language);
    const check = await checkJudge({ judge: judge((prompt) => known.get(prompt) ?? ''), scene, n: N, repeats: 2, language });
    expect(Object.keys(check.scores)).toEqual([...JUDGE_TASKS]);
    expect(scoresOf(check, 'statements')).toMatchObject({
      kappa: { value: 1 },
      accuracy: { value: 1, n: N },
      'says yes': { value: 0.5 },
      'order kept': { value: 1 },
      'repeats agree': { value: 1, n: N },
      unreadable: { value: 0 },
      'made-up relation found': { value: 1 },
    });
    expect(scoresOf(check, 'ratings')).toMatchObject({
      'weighted kappa': { value: 1 },
      accuracy: { value: 1 },
      'mean error': { value: 0 },
    });
    expect(scoresOf(check, 'pairs')).toMatchObject({
      accuracy: { value: 1 },
      'right in both orders': { value: 1 },
      'turned by the order': { value: 0 },
      'takes the first': { value: 0.5 },
    });
    expect(agreementLine(check)).toContain('kappa 1.00');
  });

  it('a judge that looks at nothing: yes, full marks, the first', async () => {
    const lazy = judge((prompt) => (prompt.includes('Rating') ? 'Rating: 5' : prompt.includes('Better') ? 'Better: A' : 'Yes.'));
    const check = await checkJudge({ judge: lazy, scene, n: N });
    expect(scoresOf(check, 'statements')).toMatchObject({ kappa: { value: 0 }, accuracy: { value: 0.5 }, 'says yes': { value: 1 } });
    expect(scoresOf(check, 'statements')['made-up existence found']?.value).toBe(0);
    expect(scoresOf(check, 'statements')['repeats agree']?.n).toBe(0);
    expect(scoresOf(check, 'ratings')).toMatchObject({ 'weighted kappa': { value: 0 }, 'mean error': { value: 2 } });
    expect(scoresOf(check, 'pairs')).toMatchObject({
      accuracy: { value: 0.5 },
      'right in both orders': { value: 0 },
      'turned by the order': { value: 1 },
      'takes the first': { value: 1 },
    });
  });

  it('replies that cannot be read, and repeats that differ, are counted', async () => {
    let n = 0;
    const odd = judge(() => (n++ % 2 ? 'I would rather not say.' : 'yes'));
    const check = await checkJudge({ judge: odd, scene, n: 21, repeats: 2, tasks: ['statements'] });
    expect(Object.keys(check.scores)).toEqual(['statements']);
    expect(scoresOf(check, 'statements').unreadable?.value).toBeCloseTo(10 / 21);
    expect(scoresOf(check, 'statements')['repeats agree']?.value).toBe(0);
  });

  it('probabilities are calibrated where the judge gives them; a judge of yes and no is asked for nothing else', async () => {
    const known = exact();
    const yes = async (prompts: readonly string[]) =>
      prompts.map((prompt, i) => (i === 0 ? undefined : known.get(prompt) === 'yes' ? 1 : 0));
    const check = await checkJudge({
      judge: judge((prompt) => known.get(prompt) ?? '', { tasks: ['statements'], yes }),
      scene,
      n: N,
    });
    expect(Object.keys(check.scores)).toEqual(['statements']);
    expect(check.calibration).toMatchObject({ n: N - 1, ece: 0, auroc: 1, brier: { value: 0 } });
  });

  it('the same seed gives the same items; too many, missing replies, scenes of which nothing can be said', async () => {
    expect(statementItem(source(), 7)).toEqual(statementItem(source(), 7));
    expect(statementItem(source(), 7)).not.toEqual(statementItem({ ...source(), seed: 1 }, 7));
    await expect(checkJudge({ judge: judge(() => ''), scene, n: 0 })).rejects.toMatchObject({ code: 'evaluate.count', place: 'n' });
    await expect(checkJudge({ judge: { name: 'x', replies: async () => [] }, scene, n: 1 })).rejects.toMatchObject({
      code: 'evaluate.replies',
    });
    const empty = (index: number) => ({ ...scene(index), objects: [], text: undefined });
    await expect(checkJudge({ judge: judge(() => ''), scene: empty, n: 1 })).rejects.toMatchObject({ code: 'evaluate.source' });
  });
});

describe('readers of verdicts', () => {
  it('yes and no, ratings in range, A or B', () => {
    expect(['Yes, it is accurate.', 'No.', '是', '否', 'Perhaps.'].map(readHaelm)).toEqual(['yes', 'no', 'yes', 'no', 'unknown']);
    expect(['Rating: 3', '**Rating:** 5', 'Rating: 7', 'three'].map(readRating)).toEqual([3, 5, undefined, undefined]);
    expect(['Better: A', 'A is wrong twice.\n**Better: Answer B**', 'B', 'Both.'].map(readPair)).toEqual([0, 1, 1, undefined]);
  });
});
