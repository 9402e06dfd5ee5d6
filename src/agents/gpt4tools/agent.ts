// The controller of GPT4Tools: a tuned model reads a list of tools and decides, step by step, whether one is needed, which, and with what.

import {
  gpt4toolsPrompt,
  type ListedTool,
  type PreviousTurn,
  readGptToolsReply,
  replyPattern,
  type ToolSlot,
} from '../../data/gpt4tools/index.js';
import { SensoriumError } from '../../util/errors.js';
import { act, type Decide, type Decision, type Observation, toolsOf } from '../controllers/act.js';
import { type AgentContext, type AgentTask, defineAgent } from '../registry.js';
import { type Tool, toolDefinition } from '../tool.js';
import type { Toolbox } from '../tools/index.js';

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

/** What a call brought, in the words of the form: images by their paths, other values in one line. */
function observed({ value, error }: Observation, paths: ReadonlyMap<string, string>, most: number): string {
  const name = typeof value === 'string' ? [...paths].find(([, own]) => own === value)?.[0] : undefined;
  const text = error === undefined ? (name ?? (typeof value === 'string' ? value : JSON.stringify(value))) : `error: ${error}`;
  return text.replace(/\s+/g, ' ').slice(0, most);
}

/**
 * Does a task with the planner of `context`, which may be the tuned model (`own`, held to the form) or a server (`full` prompt). Images go by paths, as the form
 * wants it. Errors: `agent.equipment` where no tool takes images and text alone; those of `act`.
 */
export async function actInForm(task: AgentTask, context: AgentContext, box: Toolbox): Promise<string> {
  const own = context.planner.tier === 'own';
  const bound = fewest(
    box.tools.flatMap((tool) => bind(tool) ?? []),
    task.text,
    own ? LISTED : 40,
  );
  if (bound.length === 0)
    throw new SensoriumError('agent.equipment', 'none of the tools can be called in this form', {
      place: 'gpt4tools',
      expected: 'a tool that takes images and text',
    });
  const pictures = (): Map<string, string> => new Map(context.workspace.names('image').map((name) => [pathOf(name), name]));
  const shown = task.images.map(pathOf);
  const input = shown.length === 0 || shown.some((path) => task.text.includes(path)) ? task.text : `${task.text} ${shown.join(' ')}`;
  const previous: PreviousTurn[] = [];
  let written = '';
  let called: string | undefined;
  const decide = async (last: Parameters<Decide>[0]): Promise<Decision> => {
    if (last && 'call' in last) {
      const observation = observed(last, pictures(), own ? 120 : 4000);
      previous.push({ human: input, reply: written, observation });
    }
    const prompt = gpt4toolsPrompt({ tools: bound.map(({ listed }) => listed), input, previous, form: own ? 'short' : 'full' });
    const format = own ? ({ type: 'regex', pattern: replyPattern(prompt) } as const) : undefined;
    written = await context.write([{ role: 'user', content: prompt }], { maxTokens: 160, format });
    const reply = readGptToolsReply(written);
    if (!reply) return { fault: 'write "Thought: Do I need to use a tool? …" in the form' };
    if (reply.kind === 'answer') return { answer: reply.text };
    // A small model that has the result may ask for it again: the result is then the answer.
    const key = JSON.stringify(reply);
    if (own && key === called) return { answer: previous.at(-1)?.observation ?? '' };
    called = key;
    const found = bound.find(({ listed }) => listed.name === reply.name);
    const paths = pictures();
    const args = Object.fromEntries((found?.fields ?? []).map((field, i) => [field, paths.get(reply.args[i] ?? '') ?? reply.args[i]]));
    return { call: { name: found?.tool.name ?? reply.name, args } };
  };
  return act(task, context, { box, decide });
}

/** The agent `gpt4tools`. */
export const gpt4tools = defineAgent({
  name: 'gpt4tools',
  about: 'GPT4Tools: a small model that was tuned to it picks a tool from a list, or none, step by step; also any server.',
  tiers: ['own', 'url'],
  model: 'models/world-tools',
  run: (task, context) => actInForm(task, context, toolsOf(context)),
});
