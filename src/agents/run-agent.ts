// Runs an agent on a task: pictures into the workspace, every step into the trace, errors into the result; only the caller's own stop is thrown.

import type { RgbImage, Sound } from '../media/index.js';
import { SensoriumError } from '../util/errors.js';
import { Budget, type BudgetOptions } from './budget.js';
import { Equipment, type EquipmentSources } from './equipment.js';
import { grammarPlanner, type Planner } from './planner.js';
import { type AgentContext, type AgentDefinition, type AgentTask, agentOf } from './registry.js';
import { callTool, type Tool, type ToolValue } from './tool.js';
import type { AgentOptions, Trace, TraceStep } from './trace.js';
import { Workspace } from './workspace.js';

/** A task as it is given. */
export interface TaskInput extends Pick<AgentTask, 'at' | 'times' | 'url' | 'confirm' | 'documents'> {
  text: string;
  images?: readonly { image: RgbImage; origin: string }[];
  sounds?: readonly { sound: Sound; origin: string }[];
}

/** How an agent is run. */
export interface RunAgentOptions extends AgentOptions {
  /** Default: the rules. */
  planner?: Planner;
  equipment?: Equipment | EquipmentSources;
  /** Tools beside the built-in ones. */
  tools?: readonly Tool[];
  /** Names of tools that act and may do so. Default: none. */
  allow?: readonly string[];
  /** Bounds of the task; a `Budget` is used as it is. */
  budget?: Budget | BudgetOptions;
}

/** What came of a task. `workspace` holds the pictures that the trace names. */
export interface AgentResult {
  trace: Trace;
  workspace: Workspace;
}

/**
 * Runs an agent. An error of the agent, its tools or its planner ends the task and stands in `trace.failed`. Errors: `agent.name`; `agent.planner` for a
 * tier that the agent does not have; the reason of `signal`; what is not a `SensoriumError`, which is a fault of the agent.
 */
export async function runAgent(agent: string | AgentDefinition, task: TaskInput, options: RunAgentOptions = {}): Promise<AgentResult> {
  const definition = typeof agent === 'string' ? agentOf(agent) : agent;
  const { planner = grammarPlanner, equipment = {}, tools = [], allow = [], budget = {}, signal, onStep } = options;
  if (!definition.tiers.includes(planner.tier))
    throw new SensoriumError('agent.planner', 'this agent does not plan in that way', {
      place: definition.name,
      expected: definition.tiers.join(', '),
      got: planner.tier,
    });
  const trace: Trace = { task: task.text, agent: definition.name, tier: planner.tier, steps: [] };
  const workspace = new Workspace();
  const spent = budget instanceof Budget ? budget : new Budget(budget);
  const step = (one: TraceStep): TraceStep => {
    trace.steps.push(one);
    onStep?.(one);
    return one;
  };
  const context: AgentContext = {
    workspace,
    budget: spent,
    equipment: equipment instanceof Equipment ? equipment : new Equipment(equipment),
    planner,
    tools,
    allow,
    signal,
    step,
    write: async (messages, how = {}) => {
      if (!planner.write)
        throw new SensoriumError('agent.planner', 'rules do not write', {
          place: definition.name,
          expected: 'a planner that is a model',
          got: planner.name,
        });
      spent.spend('replies');
      return planner.write(messages, { ...how, signal });
    },
    call: async (tool, args) => {
      const before = spent.seconds;
      const one: TraceStep = { kind: 'call', name: tool.name, input: args as ToolValue };
      try {
        one.output = await callTool(tool, args, { workspace, budget: spent, signal });
        return one.output;
      } catch (error) {
        if (error instanceof SensoriumError) one.error = { code: error.code, message: error.message };
        throw error;
      } finally {
        one.milliseconds = Math.round((spent.seconds - before) * 1000);
        step(one);
      }
    },
  };
  try {
    const images = (task.images ?? []).map(({ image, origin }) => workspace.put('image', image, origin));
    const { sounds = [], ...rest } = task;
    for (const { sound, origin } of sounds) workspace.put('sound', { samples: sound.samples, rate: sound.sampleRate }, origin);
    trace.answer = await definition.run({ ...rest, images }, context);
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof SensoriumError)) throw error;
    trace.failed = { code: error.code, message: error.message };
  }
  return { trace, workspace };
}
