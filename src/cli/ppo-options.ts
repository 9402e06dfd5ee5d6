// The options of `sensorium ppo` beside those of every tuning command.

import type { ArgsDef } from 'citty';
import { KL_ESTIMATES, type KlEstimate } from '../train/objectives/advantages.js';
import { REWARDS } from '../trust/rewards/index.js';
import { choiceOption, numberOption } from './flags.js';
import { rewardOption } from './reward-option.js';

/** Options of `sensorium ppo`. */
export const ppoArgs = {
  reward: {
    type: 'string',
    description: `what replies are worth: the folder of a reward model, ${REWARDS.map(({ name }) => name).join(', ')}, or a TypeScript file`,
    valueHint: 'NAME|FOLDER|FILE',
  },
  truth: {
    type: 'string',
    description: 'what they are worth in truth, such as claims: shown beside the reward and measured on held-out rows, never learned from',
    valueHint: 'NAME|FILE',
  },
  temperature: { type: 'string', description: 'of sampling (default: 1)' },
  'max-tokens': { type: 'string', description: 'most tokens of a reply (default: 64)' },
  replies: { type: 'string', description: 'replies to each prompt; of several, each is taken against the mean of its prompt (default: 1)' },
  rounds: { type: 'string', description: 'passes over the replies of a batch (default: 4)' },
  minibatches: { type: 'string', description: 'steps of a pass, each over its share of the replies (default: 1)' },
  kl: { type: 'string', description: 'strength of the divergence from the start, taken off the reward of each token (default: 0.05)' },
  'kl-estimate': { type: 'string', description: `how it is estimated: ${Object.keys(KL_ESTIMATES).join(', ')} (default: k1)` },
  'max-kl': {
    type: 'string',
    description: 'divergence from the start, in nats a token, that stops the run: it has exploded (default: 10)',
  },
  discount: { type: 'string', description: 'discount of what comes a token later (default: 1)' },
  lambda: { type: 'string', description: 'weight of later differences in advantages (default: 0.95)' },
  clip: { type: 'string', description: 'how far a token may become less or more probable before it stops to count (default: 0.2)' },
  'value-clip': { type: 'string', description: 'how far values may move in a batch (default: 0.2)' },
  'value-weight': { type: 'string', description: 'weight of the loss of values (default: 0.1)' },
  'no-stop-penalty': { type: 'string', description: 'what a reply loses that is cut at the limit (default: 0)' },
  'length-penalty': { type: 'string', description: 'what it loses for each token behind the first --free-tokens (default: 0)' },
  'free-tokens': { type: 'string', description: 'tokens without a penalty (default: 0)' },
  'whiten-rewards': { type: 'boolean', description: 'bring scores to standard deviation 1 within a batch' },
} satisfies ArgsDef;

/** What those options stand for in `stage.ppo`. */
export async function ppoOptions(
  given: Readonly<Record<string, string | boolean | undefined | string[]>>,
): Promise<Record<string, unknown>> {
  const text = (key: keyof typeof ppoArgs): string | undefined => given[key] as string | undefined;
  const number = (key: keyof typeof ppoArgs, bounds: Parameters<typeof numberOption>[2]): number | undefined =>
    numberOption(key, text(key), bounds);
  const whole = (key: keyof typeof ppoArgs, min: number): number | undefined => number(key, { min, integer: true });
  return {
    reward: await rewardOption(text('reward')),
    truth: text('truth') === undefined ? undefined : await rewardOption(text('truth')),
    temperature: number('temperature', { min: 0 }),
    maxTokens: whole('max-tokens', 1),
    replies: whole('replies', 1),
    rounds: whole('rounds', 1),
    minibatches: whole('minibatches', 1),
    kl: number('kl', { min: 0 }),
    klEstimate: choiceOption('kl-estimate', text('kl-estimate'), Object.keys(KL_ESTIMATES) as KlEstimate[]),
    maxKl: number('max-kl', { min: 0 }),
    gamma: number('discount', { min: 0, max: 1 }),
    lambda: number('lambda', { min: 0, max: 1 }),
    clip: number('clip', { min: 0, max: 1 }),
    valueClip: number('value-clip', { min: 0 }),
    valueWeight: number('value-weight', { min: 0 }),
    noStopPenalty: number('no-stop-penalty', { min: 0 }),
    lengthPenalty: number('length-penalty', { min: 0 }),
    freeTokens: whole('free-tokens', 0),
    whitenRewards: given['whiten-rewards'] === true ? true : undefined,
  };
}
