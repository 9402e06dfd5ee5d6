// MM-REACT (Yang et al. 2023, arXiv:2303.11381): a language model reasons and calls experts; pictures are names in its text, as file paths are there.

import { SensoriumError } from '../../util/errors.js';
import { type AgentContext, type AgentTask, defineAgent } from '../registry.js';
import { toolDefinition } from '../tool.js';
import type { Toolbox } from '../tools/index.js';
import { act, DATA_ONLY, type Decide, type Decision, type Observation, toolsOf, writeObservation } from './act.js';
import { type Rules, rulesFor } from './rules.js';

/** What the planner is told: the tools, the form, an example. */
export function reactPrompt({ tools }: Pick<Toolbox, 'tools'>): string {
  const rows = tools.map((tool) => {
    const { parameters } = toolDefinition(tool).function;
    const properties = Object.entries((parameters?.properties ?? {}) as Record<string, { description?: string; type?: string }>);
    const required = new Set((parameters?.required ?? []) as string[]);
    const list = properties.map(
      ([name, { type, description }]) => `${name}${required.has(name) ? '' : '?'}: ${description ?? type ?? 'value'}`,
    );
    return `${tool.name}(${list.join(', ')}): ${tool.description}`;
  });
  return [
    'You answer questions about pictures that you cannot see yourself. Pictures and sounds have names, such as image_1; tools look at them for you.',
    '',
    'Tools:',
    ...rows,
    '',
    'Write in this form, one step at a time:',
    'Thought: what you need to know next',
    'Action: the name of one tool',
    'Action Input: its arguments as one line of JSON',
    'Then stop. The result follows as "Observation:". When you know enough, write:',
    'Thought: I know the answer',
    'Final Answer: the answer, as short as the question allows',
    '',
    DATA_ONLY,
    '',
    'Example:',
    'Question: How many dogs are there? (image_1)',
    'Thought: I count the dogs.',
    'Action: count',
    'Action Input: {"image":"image_1","label":"dog"}',
    'Observation: {"result":{"label":"dog","count":2}}',
    'Thought: I know the answer',
    'Final Answer: 2',
  ].join('\n');
}

/** The question with the names of what lies in the workspace. */
export const reactQuestion = ({ text }: AgentTask, names: readonly string[]): string =>
  `Question: ${text.replace(/\s*\n\s*/g, ' ')}${names.length > 0 ? ` (${names.join(', ')})` : ''}`;

/** Keywords of MM-REACT's watchword form "Assistant, what objects do you see in this image? PATH", and the tools that they mean. */
const WATCHWORDS: readonly (readonly [RegExp, string])[] = [
  [/\b(receipt|invoice|table|business card)\b/i, 'read_table'],
  [/\b(ocr|texts?|words?|written)\b/i, 'read'],
  [/\bobjects?\b/i, 'detect'],
  [/\b(describe|description|caption)\b/i, 'caption'],
];

/**
 * Reads what a planner wrote: `Thought:`, `Action:`, `Action Input:` with JSON or a bare name of a picture, `Final Answer:`; or the watchword form of MM-REACT. What
 * follows an invented `Observation:` is not read.
 */
export function parseReact(reply: string): Decision {
  const [text = ''] = reply.split(/^\s*Observation\s*:/im);
  const field = (name: string): string | undefined =>
    new RegExp(`^\\s*${name}\\s*:\\s*([\\s\\S]*?)(?=^\\s*(?:Thought|Action|Action Input|Final Answer|AI)\\s*:|(?![\\s\\S]))`, 'im')
      .exec(text)?.[1]
      ?.trim();
  const thought = field('Thought');
  // An answer may hold any text, such as what was read in a picture: what stands behind it is part of it.
  const final = /^\s*(?:Final Answer|AI)\s*:/im.exec(text);
  const before = final ? text.slice(0, final.index) : text;
  if (final && !/^\s*Action\s*:/im.test(before)) return { thought, answer: text.slice(final.index + final[0].length).trim() };
  const action = field('Action');
  if (action) {
    const [name = ''] = action.split('\n');
    const given = field('Action Input') ?? '{}';
    const json = given.replace(/^```(?:json)?\s*|\s*```$/g, '');
    const args = /^[a-z]+_\d+$/.test(json) ? { image: json } : parsed(json);
    if (args === undefined) return { thought, fault: `Action Input must be one JSON object, and was ${JSON.stringify(json.slice(0, 80))}` };
    return { thought, call: { name: name.trim().replace(/^[`"']|[`"'.]$/g, ''), args } };
  }
  const [, ask] = /\bAssistant,\s*([\s\S]+)$/.exec(text) ?? [];
  if (ask !== undefined) {
    const image = [...ask.matchAll(/\bimage_\d+\b/g)].at(-1)?.[0];
    if (image === undefined) return { fault: 'name the picture, such as image_1' };
    const name = WATCHWORDS.find(([words]) => words.test(ask))?.[1] ?? 'vqa';
    const said = text.slice(0, text.indexOf('Assistant,')).trim();
    const question = ask.replace(image, '').trim();
    return { ...(said ? { thought: said } : {}), call: { name, args: name === 'vqa' ? { image, question } : { image } } };
  }
  return { thought, fault: 'write Action with Action Input, or Final Answer' };
}

function parsed(json: string): unknown {
  const [first] = json.split('\n');
  for (const text of [json, first ?? '']) {
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
    } catch {
      // the first line alone may be JSON; if not, the planner is told
    }
  }
  return undefined;
}

/** A decision in the form that `parseReact` reads. */
export function writeReact({ thought, call, answer }: Decision): string {
  const lines = thought ? [`Thought: ${thought}`] : [];
  if (call) lines.push(`Action: ${call.name}`, `Action Input: ${JSON.stringify(call.args)}`);
  if (answer !== undefined) lines.push(`Final Answer: ${answer}`);
  return lines.join('\n');
}

/** The rules as a planner of decisions. */
export async function decideByRules(
  task: AgentTask,
  { equipment, workspace }: AgentContext,
  { tools }: Pick<Toolbox, 'tools'>,
): Promise<Decide> {
  const detectors = equipment.has('detectors') ? (await equipment.get('detectors')).map(({ detector }) => detector) : [];
  const names = new Set(tools.map(({ name }) => name));
  const rules: Rules = rulesFor({
    text: task.text,
    images: task.images,
    sounds: workspace.names('sound'),
    detectors,
    has: (name) => names.has(name),
  });
  return async (last) => {
    const { done, value } = last && 'call' in last ? rules.next(last) : rules.next({ call: { name: '', args: {} } } as Observation);
    if (done) return { thought: 'I know the answer', answer: value };
    return { thought: value.thought, call: { name: value.name, args: value.args } };
  };
}

/** The agent `mm-react`. */
export const mmReact = defineAgent({
  name: 'mm-react',
  about: 'Thinks, calls a tool, looks at the result, thinks again (MM-REACT): detectors, readers and models as experts.',
  tiers: ['grammar', 'url', 'own'],
  async run(task, context) {
    const box = toolsOf(context);
    if (context.planner.tier === 'grammar') {
      const decide = await decideByRules(task, context, box);
      // What the rules decide is written and read back, as what a model writes is.
      return act(task, context, { box, decide: async (last) => parseReact(writeReact(await decide(last))) });
    }
    const said: string[] = [];
    const ask = `${reactPrompt(box)}\n\n${reactQuestion(task, context.workspace.names())}\n`;
    return act(task, context, {
      box,
      decide: async (last) => {
        if (last) said.push(`Observation: ${'fault' in last ? JSON.stringify({ error: last.fault }) : writeObservation(last)}`);
        const prompt = `${ask}${said.join('\n')}${said.length > 0 ? '\n' : ''}`;
        if (prompt.length > 200_000)
          throw new SensoriumError('agent.budget', 'the conversation with the planner is too long', { expected: '200,000 characters' });
        const reply = await context.write([{ role: 'user', content: prompt }], { maxTokens: 400, stop: ['\nObservation:'] });
        const [own = ''] = reply.split(/^\s*Observation\s*:/im);
        said.push(own.trim());
        return parseReact(own);
      },
    });
  },
});
