// The agent `gui`: a task on a page, in Chromium, planned by rules, by a model of ours or by a model with eyes behind a server.

import { SensoriumError } from '../../util/errors.js';
import { type AgentContext, type AgentTask, defineAgent } from '../registry.js';
import { writeAction } from './actions.js';
import { launchBrowser } from './browser.js';
import { GuiDevice } from './device.js';
import type { GuiDocuments } from './documents.js';
import { runGui } from './episode.js';
import { grammarPolicy } from './grammar.js';
import { ownPolicy } from './own.js';
import type { GuiPolicy } from './policy.js';
import { urlPolicy } from './url.js';

/** The policy of a planner. `documents`: what `explore` wrote. */
export function policyOf({ planner, write }: Pick<AgentContext, 'planner' | 'write'>, documents?: GuiDocuments): GuiPolicy {
  if (planner.tier === 'grammar') return grammarPolicy({ documents });
  return planner.tier === 'own' ? ownPolicy(write) : urlPolicy(write, { documents });
}

/** Looks, decides, acts, until the task is done. Risky actions are taken only where `task.confirm` says so. */
export const gui = defineAgent({
  name: 'gui',
  about: 'Uses a page in a sandboxed browser: looks at its elements, taps, types, scrolls (AppAgent, CogAgent)',
  tiers: ['grammar', 'own', 'url'],
  model: 'models/world-gui',
  async run({ text, url, confirm, documents }: AgentTask, context) {
    if (url === undefined)
      throw new SensoriumError('agent.browser', 'there is no page to use', {
        place: 'url',
        expected: 'http://… or https://…',
        hint: 'Give --url',
      });
    const browser = await launchBrowser();
    try {
      const device = await GuiDevice.open(browser, url);
      const { trace, done, past } = await runGui(policyOf(context, documents as GuiDocuments | undefined), device, text, {
        budget: context.budget,
        workspace: context.workspace,
        screenshots: true,
        confirm: async (action, element) => (await confirm?.(`${action.action} "${element?.name ?? ''}"`)) ?? false,
        onStep: context.step,
        signal: context.signal,
      });
      if (trace.failed) throw new SensoriumError(trace.failed.code as 'agent.browser', trace.failed.message, { place: url });
      const refused = past.find((one) => one.refused !== undefined);
      if (refused)
        throw new SensoriumError('agent.refused', 'an action was not confirmed', {
          place: writeAction(refused.action),
          got: refused.name,
          hint: 'Confirm it, or give --yes',
        });
      const taken = past.filter(({ action }) => action.action !== 'done').length;
      return trace.answer ?? (done ? `done in ${taken} actions` : 'not done');
    } finally {
      await browser.close();
    }
  },
});
