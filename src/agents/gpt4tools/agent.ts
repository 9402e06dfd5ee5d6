// The controller of GPT4Tools: a tuned model reads a list of tools and decides, step by step, whether one is needed, which, and with what.

import {
  type GptToolsReply,
  gpt4toolsPrompt,
  type ListedTool,
  type PreviousTurn,
  readGptToolsReply,
  replyPattern,
  type ToolSlot,
} from '../../data/gpt4tools/index.js';
import { SensoriumError } from '../../util/errors.js';
import type { AgentContext, AgentTask } from '../registry.js';
import { type Tool, toolDefinition } from '../tool.js';

/** A tool as the prompt lists it, and how arguments in a row become its named ones. */
interface Bound {
  listed: ListedTool;
  tool: Tool;
  fields: readonly string[];
}

interface Property {
  type?: string;
  description?: string;
}

/** "read_table" -> "Read Table". */
const titled = (name: string): string => name.replace(/(?:^|[_-])(\w)/g, (_, letter: string) => ` ${letter.toUpperCase()}`).trim();

/** Tools that a reply in a row of words can call: those whose required arguments are names of images and text. */
function bind(tool: Tool): Bound | undefined {
  const { properties = {}, required = [] } = toolDefinition(tool).function.parameters as {
    properties?: Record<string, Property>;
    required?: string[];
  };
  const takes = required.map((field): ToolSlot | undefined => {
    const { type, description = '' } = properties[field] ?? {};
    if (type !== 'string' || /name of a (?:sound|mask)/.test(description)) return undefined;
    if (/name of an? image/.test(description)) return 'image';
    return /question/.test(field) ? 'question' : 'thing';
  });
  if (takes.length === 0 || takes.includes(undefined)) return undefined;
  // The list has a semicolon and a line for each tool.
  const about = tool.description.replace(/[;\n]/g, ',').replace(/\.$/, '');
  return { listed: { name: titled(tool.name), about, takes: takes as ToolSlot[] }, tool, fields: required };
}

const pathOf = (name: string): string => `image/${100 + Number(name.replace(/\D+/g, ''))}.png`;

/** Tools that a prompt lists at most: a small model was taught lists of five. */
const LISTED = 5;

/** Tools with a word of the task in their name or description first. */
function fewest(bound: readonly Bound[], text: string, most: number): Bound[] {
  const asked = new Set(text.toLowerCase().match(/\p{L}{3,}/gu));
  const shared = ({ listed: { name, about } }: Bound): number =>
    (`${name} ${about}`.toLowerCase().match(/\p{L}{3,}/gu) ?? []).filter((word) => asked.has(word)).length;
  return [...bound].sort((a, b) => shared(b) - shared(a)).slice(0, most);
}

/**
 * Does a task with the planner of `context`, which may be the tuned model (`own`, held to the form) or a server (`full` prompt). Images go by paths, as the form
 * wants it. A tool that fails is an observation. Errors: `agent.planner` for replies that are not in the form; `agent.budget`.
 */
export async function actInForm(task: AgentTask, context: AgentContext, tools: readonly Tool[]): Promise<string> {
  const own = context.planner.tier === 'own';
  const bound = fewest(
    tools.flatMap((tool) => bind(tool) ?? []),
    task.text,
    own ? LISTED : 40,
  );
  if (bound.length === 0)
    throw new SensoriumError('agent.equipment', 'none of the tools can be called in this form', {
      place: 'gpt4tools',
      expected: 'a tool that takes images and text',
    });
  const names = new Map(context.workspace.names('image').map((name) => [pathOf(name), name]));
  const previous: PreviousTurn[] = [];
  const paths = task.images.map(pathOf);
  const input = paths.some((path) => task.text.includes(path)) || paths.length === 0 ? task.text : `${task.text} ${paths.join(' ')}`;
  let last = '';
  for (;;) {
    const prompt = gpt4toolsPrompt({ tools: bound.map(({ listed }) => listed), input, previous, form: own ? 'short' : 'full' });
    const written = await context.write([{ role: 'user', content: prompt }], {
      maxTokens: 160,
      format: { type: 'regex', pattern: replyPattern(prompt) },
    });
    const reply: GptToolsReply | undefined = readGptToolsReply(written);
    if (!reply)
      throw new SensoriumError('agent.planner', 'the reply is not in the form', {
        expected: 'Thought: Do I need to use a tool? …',
        got: written.slice(0, 200),
      });
    if (reply.kind === 'answer') {
      context.step({ kind: 'answer', name: 'answer', text: reply.text });
      return reply.text;
    }
    const found = bound.find(({ listed }) => listed.name === reply.name);
    const key = `${reply.name}(${reply.args.join(', ')})`;
    // A small model that has the result may call again: the result is then the answer.
    if (key === last && previous.length > 0) return previous.at(-1)?.observation as string;
    last = key;
    let observation: string;
    try {
      if (!found)
        throw new SensoriumError('agent.argument', 'there is no such tool', {
          place: reply.name,
          expected: bound.map(({ listed }) => listed.name).join(', '),
        });
      const args = Object.fromEntries(found.fields.map((field, i) => [field, names.get(reply.args[i] ?? '') ?? reply.args[i]]));
      const value = await context.call(found.tool, args);
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      for (const name of context.workspace.names('image')) names.set(pathOf(name), name);
      observation = context.workspace.names('image').includes(text) ? pathOf(text) : text;
    } catch (error) {
      if (!(error instanceof SensoriumError) || error.code === 'agent.budget') throw error;
      observation = `error: ${error.message}`;
    }
    previous.push({ human: input, reply: written, observation: observation.slice(0, own ? 120 : 4000) });
  }
}
