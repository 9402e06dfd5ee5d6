// Planners: who writes plans, programs and thoughts. Rules write none; a model of ours writes in a form that is enforced; a server writes what it likes.

import { type ServerOptions, serverCall } from '../evaluate/server-call.js';
import type { ResponseFormat } from '../generate/constrain/index.js';
import type { Mllm } from '../generate/mllm.js';
import type { ChatMessage } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import type { Tier } from './trace.js';

/** How a planner is asked to write. */
export interface WriteOptions {
  /** Longest reply in tokens. Default 256. */
  maxTokens?: number;
  /** A form that a model of ours cannot leave. Servers are not bound by it: what they write is parsed and may be wrong. */
  format?: ResponseFormat;
  /** The reply ends before the first of these. */
  stop?: readonly string[];
  signal?: AbortSignal;
}

/** Who plans. `write` is absent of the tier `grammar`, where the agent's own rules do the work. */
export interface Planner {
  readonly tier: Tier;
  /** As traces and results call it. */
  readonly name: string;
  write?(messages: readonly ChatMessage[], options: WriteOptions): Promise<string>;
}

/** Rules alone. */
export const grammarPlanner: Planner = { tier: 'grammar', name: 'grammar' };

/** A model of ours, greedy. The model stays its owner's. */
export function modelPlanner(name: string, model: Pick<Mllm, 'reply'>): Planner {
  return {
    tier: 'own',
    name,
    async write(messages, { maxTokens = 256, format, stop, signal }) {
      const reply = await model.reply({ messages, maxTokens, temperature: 0, responseFormat: format, stop, signal });
      return reply.text;
    },
  };
}

/** A model behind an OpenAI-compatible server. Errors of `write`: those of `serverCall`; `agent.planner` for a request that the server refuses. */
export function serverPlanner(options: ServerOptions): Planner {
  const call = serverCall(options);
  return {
    tier: 'url',
    name: `${options.model} at ${options.url}`,
    async write(messages, { maxTokens = 256, stop = [], signal }) {
      const outcome = await call(messages, { maxTokens, signal });
      if ('failed' in outcome)
        throw new SensoriumError('agent.planner', 'the planner gave no reply', { place: options.url, got: outcome.failed });
      return cutAt(outcome.reply, stop);
    },
  };
}

/** Replies that were recorded, in order: for tests, and for showing a run again. Errors of `write`: `agent.planner` when there are no more. */
export function recordedPlanner(replies: readonly string[], tier: Tier = 'url'): Planner {
  let at = 0;
  return {
    tier,
    name: 'recorded',
    async write(_messages, { stop = [] }) {
      const reply = replies[at++];
      if (reply === undefined)
        throw new SensoriumError('agent.planner', 'the recorded replies are at their end', {
          expected: `at most ${replies.length} replies`,
        });
      return cutAt(reply, stop);
    },
  };
}

/** A text up to the first of some strings. */
function cutAt(text: string, stop: readonly string[]): string {
  const places = stop.map((one) => text.indexOf(one)).filter((place) => place >= 0);
  return places.length > 0 ? text.slice(0, Math.min(...places)) : text;
}
