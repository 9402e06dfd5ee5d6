// The own policy: a small language model of ours that reads the screen as text and writes only what can be done on it.

import { ownPattern, ownPrompt, readOwnAction } from './own-text.js';
import type { GuiPolicy, Write } from './policy.js';

/** A policy over a model that `recipes/gui-agent.ts` trained, such as `modelPlanner(…).write`. Every reply is an action that the screen can take. */
export function ownPolicy(write: Write): GuiPolicy {
  return {
    name: 'own',
    tier: 'own',
    decide: async ({ task, screen, past, signal }) => {
      const messages = [{ role: 'user' as const, content: ownPrompt({ task, screen, past }) }];
      const text = await write(messages, { maxTokens: 64, signal, format: { type: 'regex', pattern: ownPattern({ task, screen }) } });
      return { action: readOwnAction(text, screen), thought: text };
    },
  };
}
