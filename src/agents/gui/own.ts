// The own policy: a small language model of ours that reads the screen as text and writes only what can be done on it.

import type { Mllm } from '../../generate/mllm.js';
import { ownPattern, ownPrompt, readOwnAction } from './own-text.js';
import type { GuiPolicy } from './policy.js';

/** A policy over a model that `recipes/gui-agent.ts` trained. Every reply is an action that the screen can take. The caller keeps the model. */
export function ownPolicy(model: Mllm): GuiPolicy {
  return {
    name: 'own',
    tier: 'own',
    decide: async ({ task, screen, past, signal }) => {
      const messages = [{ role: 'user' as const, content: ownPrompt({ task, screen, past }) }];
      const { text } = await model.reply({
        messages,
        maxTokens: 64,
        signal,
        responseFormat: { type: 'regex', pattern: ownPattern({ task, screen }) },
      });
      return { action: readOwnAction(text, screen), thought: text };
    },
  };
}
