// Agents that the server runs itself where a request asks for one: `"sensorium": {"agent": "visprog"}`. One task at a time, within its budget.

import { type Equipment, type Planner, runAgent, type Trace, taskOf } from '../agents/index.js';
import { agentOf } from '../agents/registry.js';
import type { ChatMessage } from '../text/index.js';
import type { EngineEvent, EngineReply } from './engine.js';
import { badRequest } from './errors.js';
import type { Replies } from './replies.js';
import { ReplyReader } from './reply.js';
import { Turns } from './turns.js';

/** Which agents a server runs, and with what. */
export interface AgentOptions {
  /** Their names; a request for another one is refused. */
  names: readonly string[];
  equipment: Equipment;
  /** Who plans for an agent. Default: its rules. */
  planner?: (agent: string, signal?: AbortSignal) => Promise<Planner>;
  /** Seconds of a task. Default 60. */
  maxSeconds?: number;
}

/** The agents of a server. */
export class ServedAgents {
  private readonly turns = new Turns(1);
  constructor(private readonly options: AgentOptions) {
    for (const name of options.names) agentOf(name); // names that there are not are told at the start
  }

  /** Throws `ApiError` 400 for an agent that this server does not run. */
  check(name: string): void {
    if (this.options.names.includes(name)) return;
    throw badRequest('This server does not run an agent of this name', 'sensorium.agent', {
      code: 'invalid_value',
      expected: this.options.names.join(', '),
      got: name.slice(0, 64),
    });
  }

  /** Does the task of a conversation. Rejects as `runAgent` does. */
  async run(name: string, messages: readonly ChatMessage[], signal: AbortSignal, owner?: string): Promise<Trace> {
    const { equipment, planner, maxSeconds = 60 } = this.options;
    const leave = await this.turns.take(signal, owner);
    try {
      const chosen = planner && (await planner(name, signal));
      const options = { equipment, signal, budget: { maxSeconds }, ...(chosen ? { planner: chosen } : {}) };
      return (await runAgent(name, await taskOf(messages, signal), options)).trace;
    } finally {
      leave();
    }
  }
}

/** A finished task as the one reply of a request. Its tokens are not counted: no model of the server wrote it. */
export function repliesOf({ answer = '' }: Trace, started: number): Replies {
  const reply: EngineReply = {
    promptTokens: 0,
    async *[Symbol.asyncIterator](): AsyncGenerator<EngineEvent> {
      yield { text: answer, finish: 'stop' };
    },
  };
  return { all: [reply], readers: [new ReplyReader({ logprobs: false, tools: false })], started, abort: () => undefined };
}

/** What a completion tells of a task. */
export function agentNote({ agent, tier, steps, failed }: Trace) {
  return {
    agent,
    tier,
    steps: steps.map(({ kind, name, text, error }) => ({
      kind,
      name,
      ...(text === undefined ? {} : { text }),
      ...(error ? { error } : {}),
    })),
    ...(failed ? { failed } : {}),
  };
}
