// `direct`: no plan at all. The model with the eyes is asked the task itself: what every other agent is compared with.

import { SensoriumError } from '../util/errors.js';
import { defineAgent } from './registry.js';

/** Asks the model about the images, once. */
export const direct = defineAgent({
  name: 'direct',
  about: 'Asks the model that sees the task itself, without a plan: the baseline of every agent.',
  tiers: ['grammar'],
  async run({ text, images }, { workspace, budget, equipment, signal, step }) {
    const responder = await equipment.get('responder');
    budget.spend('replies');
    const parts = images.map((name) => ({ type: 'image' as const, source: workspace.get('image', name) }));
    const [answer] = await responder.replies([[{ role: 'user', content: [...parts, { type: 'text', text }] }]], { maxTokens: 64, signal });
    if (answer === undefined) throw new SensoriumError('agent.tool', 'the model gave no answer', { place: 'responder' });
    step({ kind: 'answer', name: 'model', text: answer, items: images });
    return answer.trim();
  },
});
