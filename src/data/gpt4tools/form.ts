// The ReAct-like form of GPT4Tools: the prompt with its list of tools, replies, what is read off both, and the regular expression of valid replies.

import type { ListedTool, ToolSlot } from './catalog.js';

const YES = 'Thought: Do I need to use a tool? Yes\nAction: ';
const INPUT = '\nAction Input: ';
const NO = 'Thought: Do I need to use a tool? No\nAI: ';

/** Pieces of the form and phrases that many tools share: one token each for models that are tuned to it, so that what tells tools apart stands out. */
export const GPT4TOOLS_TOKENS: readonly string[] = [
  ...[YES, INPUT, NO, 'Tools:', '\n> ', '\nNew input: ', 'New input: ', '\nHuman: ', '\nObservation: ', 'image/', '.png'],
  ...['; image', ', thing', ', image', ', text', '; text', ', question'],
  ...[' Detection', ' Something', ' the Image', ' the Photo', ' Images', ' by Another', 'Predict ', 'Measure '],
  ...[
    ': finds the',
    ': makes a',
    ': tells the',
    ': will',
    ' of an image',
    ' an image',
    ' in a photo',
    ' a thing',
    ' two images',
    ' by another',
    ' by words',
    ' map',
  ],
  ...['Please', 'Find the', 'Make a', 'Show me the', 'Tell me the', 'I want', ' the image'],
];

/** A reply that calls a tool. */
export const callReply = (name: string, args: readonly string[]): string => `${YES}${name}${INPUT}${args.join(', ')}`;
/** A reply that needs none. */
export const plainReply = (text: string): string => `${NO}${text}`;

/** A tool in the list of a prompt. */
export const toolLine = ({ name, about, takes }: ListedTool): string => `> ${name}: ${about}; ${takes.join(', ')}`;

/** What came before a request: words of both sides, and what tools gave back. */
export interface PreviousTurn {
  human: string;
  /** In the form, with what the tool gave back where it was a call. */
  reply: string;
  observation?: string;
}

const previousText = ({ human, reply, observation }: PreviousTurn): string =>
  `Human: ${human}\n${reply}${observation === undefined ? '' : `\nObservation: ${observation}`}`;

/**
 * The prompt of a request. `short`, for small models: the list, what came before, the request. `full` adds what the published prompt says of the form, of
 * file names and of fidelity, for models that were not tuned.
 */
export function gpt4toolsPrompt(o: {
  tools: readonly ListedTool[];
  input: string;
  previous?: readonly PreviousTurn[];
  form?: 'short' | 'full';
}): string {
  const { tools, input, previous = [], form = 'short' } = o;
  const list = `Tools:\n${tools.map(toolLine).join('\n')}`;
  const before = previous.length > 0 ? `\n${previous.map(previousText).join('\n')}` : '';
  if (form === 'short') return `${list}${before}\nNew input: ${input}`;
  return [
    'You do tasks on images with tools. You cannot look at images yourself; you know them by the names of their files, which you never invent.',
    list,
    'The words after the semicolon are what a tool takes, separated by commas. To use a tool, reply with exactly these three lines:',
    `${YES}the name of the tool${INPUT}what it takes`,
    'If no tool is needed, reply with exactly these two lines:',
    `${NO}your answer`,
    `Previous conversation:${before || ' none'}`,
    `New input: ${input}`,
  ].join('\n');
}

/** The tools that a prompt of this form lists. */
export function listedTools(prompt: string): ListedTool[] {
  return Array.from(prompt.matchAll(/^> ([^:\n]+): ([^;\n]*); (.+)$/gm), ([, name, about, takes]) => ({
    name: name as string,
    about: about as string,
    takes: (takes as string).split(', ') as ToolSlot[],
  }));
}

/** The paths of images in a text, each once, in order. */
export const pathsIn = (text: string): string[] => [...new Set(Array.from(text.matchAll(/[\w./-]+\.(?:png|jpe?g)\b/g), ([path]) => path))];

/** A reply in the form. */
export type GptToolsReply = { kind: 'call'; name: string; args: string[] } | { kind: 'answer'; text: string };

/** Reads a reply; undefined for what is not in the form. */
export function readGptToolsReply(reply: string): GptToolsReply | undefined {
  const call = /^Thought: Do I need to use a tool\? Yes\s*\nAction: (.+)\nAction Input: (.*)/.exec(reply.trim());
  if (call) return { kind: 'call', name: (call[1] as string).trim(), args: (call[2] as string).split(',').map((arg) => arg.trim()) };
  const answer = /^Thought: Do I need to use a tool\? No\s*\nAI: ([\s\S]+)/.exec(reply.trim());
  return answer ? { kind: 'answer', text: (answer[1] as string).trim() } : undefined;
}

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** The regular expression of valid replies to a prompt: calls of its tools with what they take, over the images that it names, or an answer. Lengths are bounded by the tokens of a reply. */
export function replyPattern(prompt: string): string {
  const paths = pathsIn(prompt);
  const image = paths.length > 0 ? `(${paths.map(literal).join('|')})` : 'image/[0-9]{1,6}\\.png';
  const slot = (kind: ToolSlot): string => (kind === 'image' ? image : '[^,\\n>]+');
  const calls = listedTools(prompt).map(({ name, takes }) => `${literal(name)}${literal(INPUT)}${takes.map(slot).join(', ')}`);
  const answer = `${literal(NO)}[^\\n>]+`;
  return calls.length > 0 ? `${literal(YES)}(${calls.join('|')})|${answer}` : answer;
}
