// The agents by name. An agent is one file that calls `defineAgent`; the command line, the server and the benchmarks take it from here.

import type { ChatMessage } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import { nearest } from '../util/nearest.js';
import type { Budget } from './budget.js';
import type { Equipment } from './equipment.js';
import type { Planner, WriteOptions } from './planner.js';
import type { Tool, ToolValue } from './tool.js';
import type { Tier, TraceStep } from './trace.js';
import type { Workspace } from './workspace.js';

/** What an agent is to do. */
export interface AgentTask {
  text: string;
  /** Names of the images in the workspace, in order. */
  images: readonly string[];
  /** Of frames of a film: the second that each image is of. */
  times?: readonly number[];
  /** What is pointed at in the first image, in pixels: a box, or a point. */
  at?: readonly [number, number, number, number] | readonly [number, number];
  /** Address of a page, for agents that use a browser. */
  url?: string;
  /** Asked before an action that cannot be undone; without it such actions are refused. */
  confirm?: (what: string) => boolean | Promise<boolean>;
  /** What exploring the page has written about it. */
  documents?: unknown;
}

/** What an agent works with. Everything here is within the budget. */
export interface AgentContext {
  workspace: Workspace;
  budget: Budget;
  equipment: Equipment;
  planner: Planner;
  /** Tools of the caller beside the built-in ones, such as those of another server. */
  tools: readonly Tool[];
  /** Names of tools that act and may do so without being asked about, as far as no observation asks for it. */
  allow: readonly string[];
  signal?: AbortSignal;
  /** Adds a step to the trace, and returns it: later changes of it are in the trace too. */
  step(step: TraceStep): TraceStep;
  /** A reply of the planner. Errors: `agent.planner` of the tier `grammar`, `agent.budget`, those of the planner. */
  write(messages: readonly ChatMessage[], options?: Omit<WriteOptions, 'signal'>): Promise<string>;
  /** Calls a tool, which is a step of the trace whether it succeeds or fails. Errors: those of `callTool`. */
  call<I>(tool: Tool<I>, args: unknown): Promise<ToolValue>;
}

/** An agent. */
export interface AgentDefinition {
  /** In small letters. */
  name: string;
  /** One sentence, for `sensorium agent --list`. */
  about: string;
  /** Who can plan for it, the usual one first. */
  tiers: readonly Tier[];
  /** Model that plans where the tier `own` is asked for without a name. */
  model?: string;
  /** Does the task and returns the answer; steps go to `context.step`. What it throws is why there is no answer. */
  run(task: AgentTask, context: AgentContext): Promise<string>;
}

const agents = new Map<string, AgentDefinition>();

/** Defines an agent and returns it. Errors: `agent.name` for a name that is taken. */
export function defineAgent(agent: AgentDefinition): AgentDefinition {
  if (agents.has(agent.name)) throw new SensoriumError('agent.name', 'an agent of this name is defined already', { place: agent.name });
  agents.set(agent.name, agent);
  return agent;
}

/** Every agent that is defined, in the order of the imports. */
export const allAgents = (): AgentDefinition[] => [...agents.values()];

/** The agent of a name. Errors: `agent.name`, with the nearest name. */
export function agentOf(name: string): AgentDefinition {
  const agent = agents.get(name);
  if (agent) return agent;
  const near = nearest(name, agents.keys());
  throw new SensoriumError('agent.name', 'there is no agent of this name', {
    place: name,
    expected: [...agents.keys()].join(', '),
    hint: near === undefined ? undefined : `Did you mean ${near}?`,
  });
}
