// An agent over any model that writes calls of tools, `<tool_call>{"name": …, "arguments": …}</tool_call>`; a model of ours cannot write anything else.

import { callsFormat } from '../../generate/constrain/index.js';
import type { ChatMessage } from '../../text/index.js';
import { CALL_END, CALL_START, ToolCallReader, type ToolDefinition } from '../../text/tool-calls.js';
import { SensoriumError } from '../../util/errors.js';
import { type AgentTask, defineAgent } from '../registry.js';
import { toolDefinition } from '../tool.js';
import { act, DATA_ONLY, type Decision, toolsOf, writeObservation } from './act.js';
import { decideByRules } from './react.js';

/** The call that ends a task. With it everything that the model writes is a call, and its form can be enforced. */
export const ANSWER: ToolDefinition = {
  type: 'function',
  function: {
    name: 'answer',
    description: 'Gives the answer to the user and ends the task.',
    parameters: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'], additionalProperties: false },
  },
};

/** What the planner is told, in the form that Hermes and Qwen were trained on. */
export function toolCallingPrompt(definitions: readonly ToolDefinition[]): string {
  return [
    'You do tasks with tools. Pictures and sounds have names, such as image_1; you see them through the tools only.',
    'You may call one function at a time. The functions are given as JSON schemas within <tools></tools>:',
    '<tools>',
    ...definitions.map((definition) => JSON.stringify(definition)),
    '</tools>',
    `For a call, write one JSON object with its name and arguments: ${CALL_START}{"name": "…", "arguments": {…}}${CALL_END}`,
    'When you know enough, call answer.',
    DATA_ONLY,
  ].join('\n');
}

/** Reads what a planner wrote: the first call; text without a call is the answer. */
export function parseCalls(reply: string): Decision {
  const reader = new ToolCallReader();
  const [first, last] = [reader.push(reply), reader.end()];
  const [call] = [...first.calls, ...last.calls];
  const text = `${first.text}${last.text}`.replace(/<think>[\s\S]*?<\/think>/g, '').trim();
  if (!call)
    return text && !text.includes(CALL_START) ? { answer: text } : { fault: `write ${CALL_START}{"name": …, "arguments": {…}}${CALL_END}` };
  let args: unknown;
  try {
    args = JSON.parse(call.arguments);
  } catch {
    return { fault: `the arguments of ${call.name} are not JSON` };
  }
  const thought = text || undefined;
  if (call.name !== ANSWER.function.name) return { thought, call: { name: call.name, args } };
  const { text: answer } = (args ?? {}) as { text?: unknown };
  return typeof answer === 'string' ? { thought, answer } : { thought, fault: 'answer takes { "text": "…" }' };
}

/** A decision in the form that `parseCalls` reads. */
export function writeCall({ thought, call, answer }: Decision): string {
  const body = call ? { name: call.name, arguments: call.args } : { name: ANSWER.function.name, arguments: { text: answer ?? '' } };
  return `${thought ? `${thought}\n` : ''}${CALL_START}${JSON.stringify(body).replaceAll('<', '\\u003c')}${CALL_END}`;
}

const question = ({ text }: AgentTask, names: readonly string[]): string =>
  names.length > 0 ? `${text}\nThere are: ${names.join(', ')}` : text;

/** The agent `tools`. */
export const toolCalling = defineAgent({
  name: 'tools',
  about: 'Calls tools one after the other as JSON until it can answer: any model that writes calls, any server.',
  tiers: ['grammar', 'url', 'own'],
  async run(task, context) {
    const box = toolsOf(context);
    if (context.planner.tier === 'grammar') {
      const decide = await decideByRules(task, context, box);
      return act(task, context, { box, decide: async (last) => parseCalls(writeCall(await decide(last))) });
    }
    const definitions = [...box.tools.map(toolDefinition), ANSWER];
    const messages: ChatMessage[] = [
      { role: 'system', content: toolCallingPrompt(definitions) },
      { role: 'user', content: question(task, context.workspace.names()) },
    ];
    const format = context.planner.tier === 'own' ? callsFormat(definitions, 'required', true) : undefined;
    return act(task, context, {
      box,
      decide: async (last) => {
        if (last) {
          const result = 'fault' in last ? JSON.stringify({ error: last.fault }) : writeObservation(last);
          messages.push({ role: 'user', content: `<tool_response>\n${result.replaceAll('<', '\\u003c')}\n</tool_response>` });
        }
        if (JSON.stringify(messages).length > 400_000)
          throw new SensoriumError('agent.budget', 'the conversation with the planner is too long', { expected: '400,000 characters' });
        const reply = await context.write(messages, { maxTokens: 400, format });
        messages.push({ role: 'assistant', content: reply });
        return parseCalls(reply);
      },
    });
  },
});
