// What an agent did, step by step: data that is shown as a page, kept as JSON and checked.

import type { ToolValue } from './tool.js';

/** Who planned: rules, a small model of ours, or a server. It stands in every result. */
export type Tier = 'grammar' | 'own' | 'url';

/** One step of an agent. `name` is a tool, a module of a program or a kind of thought. */
export interface TraceStep {
  kind: 'thought' | 'call' | 'answer' | 'observation';
  name: string;
  /** What was said or planned, such as a line of a program. */
  text?: string;
  input?: ToolValue;
  output?: ToolValue;
  /** Code and message of what went wrong; the agent went on in another way. */
  error?: { code: string; message: string };
  /** Names of items in the workspace that this step used or made. */
  items?: readonly string[];
  /** Boxes on the first of `items`, in pixels: x0, y0, x1, y1. */
  boxes?: readonly { box: readonly [number, number, number, number]; label?: string }[];
  milliseconds?: number;
}

/** A whole task. */
export interface Trace {
  task: string;
  agent: string;
  tier: Tier;
  steps: TraceStep[];
  answer?: string;
  /** Why there is no answer. */
  failed?: { code: string; message: string };
}

/** How an agent is run on a task. */
export interface AgentOptions {
  signal?: AbortSignal;
  /** Called after each step. */
  onStep?: (step: TraceStep) => void;
}
