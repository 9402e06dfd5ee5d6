// The options of `sensorium grpo` beside those of every tuning command.

import type { ArgsDef } from 'citty';
import { GROUP_FORMS } from '../train/objectives/group.js';
import { REWARDS } from '../trust/rewards/index.js';
import { choiceOption, numberOption } from './flags.js';
import { rewardOption } from './reward-option.js';

/** Options of `sensorium grpo`. */
export const grpoArgs = {
  reward: {
    type: 'string',
    description: `what judges completions: ${REWARDS.map(({ name, parameter }) => (parameter ? `${name}:${parameter}` : name)).join(', ')}, the folder of a reward model, or a TypeScript file`,
    valueHint: 'NAME|FOLDER|FILE',
  },
  form: { type: 'string', description: `how advantages and losses are made: ${GROUP_FORMS.join(', ')} (default: grpo)`, valueHint: 'NAME' },
  group: { type: 'string', description: 'completions of each prompt (default: 8)' },
  temperature: { type: 'string', description: 'of sampling (default: 1)' },
  'max-tokens': { type: 'string', description: 'most tokens of a completion (default: 64)' },
  clip: { type: 'string', description: 'how far a token may become less or more probable before it stops to count (default: 0.2)' },
  'clip-high': { type: 'string', description: 'how much more probable (default: as --clip; of dapo 0.28)' },
  'max-kl': { type: 'string', description: 'divergence from the start, a token, that stops the run: it has exploded (default: 100)' },
  iterations: { type: 'string', description: 'steps that learn from the same completions (default: 1)' },
  refills: { type: 'string', description: 'times that prompts whose completions are all worth the same are replaced (default: of dapo 2)' },
  'overlong-buffer': { type: 'string', description: 'tokens before the limit over which a completion loses up to 1 (default: 0)' },
  'overlong-filter': { type: 'boolean', description: 'leave completions that were cut at the limit out of the loss' },
} satisfies ArgsDef;

/** What those options stand for in `stage.grpo`; `beta` is read as of the other methods. */
export async function grpoOptions(
  given: Readonly<Record<string, string | boolean | undefined | string[]>>,
): Promise<Record<string, unknown>> {
  const text = (key: keyof typeof grpoArgs): string | undefined => given[key] as string | undefined;
  const whole = (key: keyof typeof grpoArgs, min: number): number | undefined => numberOption(key, text(key), { min, integer: true });
  return {
    reward: await rewardOption(text('reward')),
    form: choiceOption('form', text('form'), GROUP_FORMS),
    group: whole('group', 2),
    temperature: numberOption('temperature', text('temperature'), { min: 0 }),
    maxTokens: whole('max-tokens', 1),
    clip: numberOption('clip', text('clip'), { min: 0, max: 1 }),
    clipHigh: numberOption('clip-high', text('clip-high'), { min: 0 }),
    maxKl: numberOption('max-kl', text('max-kl'), { min: 0 }),
    iterations: whole('iterations', 1),
    refills: whole('refills', 0),
    overlongBuffer: whole('overlong-buffer', 0),
    overlongFilter: given['overlong-filter'] === true ? true : undefined,
  };
}
