// Policies that do not look: no action at all, and valid actions by chance.

import { Rng } from '../../util/rng.js';
import { validActions } from './actions.js';
import { type GuiPolicy, quotedTexts } from './policy.js';

/** Says at once that it is done. */
export const noop = (): GuiPolicy => ({ name: 'no-op', tier: 'grammar', decide: () => ({ action: { action: 'done' } }) });

/** Any valid action with equal chance, texts from the task; done with a chance of one in ten. */
export function randomPolicy(seed = 0): GuiPolicy {
  const rng = new Rng(`random policy/${seed}`);
  return {
    name: 'random',
    tier: 'grammar',
    decide: ({ task, screen }) => {
      const actions = validActions(screen, quotedTexts(task)).filter(({ action }) => action !== 'done');
      return { action: actions.length === 0 || rng.bool(0.1) ? { action: 'done' } : rng.pick(actions) };
    },
  };
}
