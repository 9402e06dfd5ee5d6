// A tool: a name, what it does in a sentence, a schema of what it takes, and a function. Everything that plans, in text, programs or calls, uses these.

import { z } from 'zod';
import type { ToolDefinition } from '../text/tool-calls.js';
import { isAbort, SensoriumError } from '../util/errors.js';
import type { Budget } from './budget.js';
import type { Workspace } from './workspace.js';

/** What a tool works with beside its arguments. */
export interface ToolContext {
  workspace: Workspace;
  budget: Budget;
  signal?: AbortSignal;
}

/** What a tool gives back: JSON, in which pictures, sounds and masks stand by their names in the workspace. */
export type ToolValue = string | number | boolean | null | readonly ToolValue[] | { readonly [key: string]: ToolValue };

/** A tool. Its arguments are those of `input`, checked before `run` is called. */
export interface Tool<I = unknown> {
  name: string;
  /** One sentence, for people and planners. */
  description: string;
  input: z.ZodType<I>;
  /** It does something outside the workspace, or what it does is not known: agents do it only where the task itself asks for it, or a person agrees. */
  acts?: boolean;
  run(input: I, context: ToolContext): Promise<ToolValue> | ToolValue;
}

/** A tool, with the type of its arguments found from the schema. */
export const defineTool = <I>(tool: Tool<I>): Tool<I> => tool;

/** A string that names an item of the workspace, such as `image_1`. */
export const named = (kind: 'image' | 'sound' | 'mask') =>
  z
    .string()
    .regex(/^[a-z][a-z0-9_]*$/)
    .describe(`name of a ${kind}`);

/** The definition of a tool as the OpenAI chat API and chat templates have it. */
export const toolDefinition = ({
  name,
  description,
  input,
}: Pick<Tool, 'name' | 'description'> & { input: z.ZodType }): ToolDefinition => ({
  type: 'function',
  function: { name, description, parameters: z.toJSONSchema(input, { io: 'input' }) as Record<string, unknown> },
});

/**
 * Calls a tool: counts the call, checks its arguments, bounds its time and what it gives back. Errors: `agent.argument` names the field of a wrong
 * argument; `agent.tool` for a tool that fails, gives back what is not JSON or takes longer than is left; `agent.budget`.
 */
export async function callTool<I>(tool: Tool<I>, args: unknown, context: ToolContext): Promise<ToolValue> {
  context.budget.spend('calls');
  const parsed = tool.input.safeParse(args);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new SensoriumError('agent.argument', `the tool ${tool.name} was called with a wrong argument`, {
      place: issue?.path.join('.') || 'arguments',
      expected: issue?.message,
      got: JSON.stringify(args)?.slice(0, 200) ?? 'nothing',
    });
  }
  const timeout = AbortSignal.timeout(Math.ceil(context.budget.leftMs));
  const signal = context.signal ? AbortSignal.any([context.signal, timeout]) : timeout;
  let value: ToolValue;
  try {
    value = await raced(Promise.resolve(tool.run(parsed.data, { ...context, signal })), signal);
  } catch (error) {
    if (context.signal?.aborted || (error instanceof SensoriumError && error.code.startsWith('agent.'))) throw error;
    throw new SensoriumError('agent.tool', isAbort(error) || timeout.aborted ? 'a tool took too long' : 'a tool failed', {
      place: tool.name,
      got: error instanceof Error ? error.message.slice(0, 500) : String(error).slice(0, 500),
      cause: error,
    });
  }
  return bounded(tool.name, value, context.budget.maxOutput);
}

/** A promise, or the reason of a signal if that comes first. */
function raced<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** What a tool gave back, if it is JSON of at most `most` characters. */
function bounded(place: string, value: unknown, most: number): ToolValue {
  let left = most;
  const take = (characters: number): void => {
    left -= characters;
    if (left < 0)
      throw new SensoriumError('agent.tool', 'a tool gave back too much', { place, expected: `at most ${most} characters`, got: 'more' });
  };
  const walk = (v: unknown, depth: number): ToolValue => {
    if (depth > 32)
      throw new SensoriumError('agent.tool', 'a tool gave back lists in lists without end', { place, expected: 'at most 32 levels' });
    if (v === null || typeof v === 'boolean' || (typeof v === 'number' && Number.isFinite(v))) {
      take(8);
      return v;
    }
    if (typeof v === 'string') {
      take(v.length + 2);
      return v;
    }
    if (Array.isArray(v)) {
      take(2);
      return v.map((one) => walk(one, depth + 1));
    }
    if (typeof v === 'object' && Object.getPrototypeOf(v) === Object.prototype) {
      take(2);
      return Object.fromEntries(
        Object.entries(v).map(([key, one]) => {
          take(key.length + 4);
          return [key, walk(one, depth + 1)];
        }),
      );
    }
    throw new SensoriumError('agent.tool', 'a tool gave back what is not JSON', {
      place,
      expected: 'text, numbers, true, false, null, lists and objects of these',
      got: typeof v === 'number' ? String(v) : (v?.constructor?.name ?? typeof v),
    });
  };
  return walk(value, 0);
}
