// An agent as a responder: benchmarks, judges and other agents ask it as they ask a model.

import type { Responder } from '../evaluate/responder.js';
import { type ImagePart, openImage } from '../media/index.js';
import { type ChatMessage, isImagePart, mediaParts } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import type { AgentDefinition } from './registry.js';
import { type AgentResult, type RunAgentOptions, runAgent, type TaskInput } from './run-agent.js';

/** What an agent has done so far as a responder. */
export interface AgentCounts {
  tasks: number;
  /** Tasks without an answer, by the code of what went wrong. */
  failed: Record<string, number>;
}

/** The task of a conversation: the images of all its messages and the words of its last one. Errors: `agent.argument` for sounds and films. */
export async function taskOf(messages: readonly ChatMessage[], signal?: AbortSignal): Promise<TaskInput> {
  const images: { image: Awaited<ReturnType<typeof openImage>>; origin: string }[] = [];
  for (const part of mediaParts(messages)) {
    if (!isImagePart(part))
      throw new SensoriumError('agent.argument', 'agents are given images and words', { expected: 'images', got: part.type });
    images.push({ image: await openImage((part as ImagePart).source, {}, signal), origin: 'message' });
  }
  const { content = '' } = messages.findLast(({ role }) => role === 'user') ?? {};
  const text =
    typeof content === 'string'
      ? content
      : (content ?? []).map((part) => (part.type === 'text' ? String((part as { text: string }).text) : '')).join(' ');
  return { text: text.trim(), images };
}

/**
 * An agent that replies to conversations, one task after the other; a task without an answer is an empty reply, and is counted. Budgets are those of each
 * task. `onResult` is given every trace.
 */
export function agentResponder(
  agent: string | AgentDefinition,
  options: Omit<RunAgentOptions, 'signal' | 'onStep' | 'budget'> & { budget?: object; onResult?: (result: AgentResult) => void } = {},
): Responder & { counts: AgentCounts } {
  const counts: AgentCounts = { tasks: 0, failed: {} };
  return {
    counts,
    async replies(conversations, { signal, onReply }) {
      const replies: string[] = [];
      for (const [place, messages] of conversations.entries()) {
        const result = await runAgent(agent, await taskOf(messages, signal), { ...options, signal });
        options.onResult?.(result);
        counts.tasks++;
        const { answer, failed } = result.trace;
        if (failed) counts.failed[failed.code] = (counts.failed[failed.code] ?? 0) + 1;
        replies.push(answer ?? '');
        onReply?.({ place, reply: answer ?? '' });
      }
      return replies;
    },
  };
}
