// Self-instruct for tools from scenes: a caption and a list of tools become requests, calls, answers without tools and conversations of several turns.

import type { ChatMessage } from '../../text/index.js';
import { Rng } from '../../util/rng.js';
import {
  CATEGORIES,
  caption,
  groupsOf,
  makeScene,
  nameOf,
  phrase,
  questions,
  type Scene,
  TINTS,
  type WorldOptions,
} from '../../world/index.js';
import type { Conversation, Dataset } from '../dataset.js';
import { type CatalogTool, inventedTool, type ListedTool, SEEN_TOOLS, UNSEEN_TOOLS } from './catalog.js';
import { callReply, gpt4toolsPrompt, type PreviousTurn, plainReply, toolLine } from './form.js';

/** What a row asks: a call, an answer without tools, or a call about what an earlier turn said or a tool gave back. */
export type ToolRowKind = 'call' | 'negative' | 'context';

/** A request with its true reply. */
export interface ToolRow {
  kind: ToolRowKind;
  tools: readonly ListedTool[];
  previous: readonly PreviousTurn[];
  input: string;
  /** In the form of GPT4Tools. */
  output: string;
}

/** Tools that a prompt lists. */
const LISTED = 5;

const pathOf = (rng: Rng): string => `image/${100 + rng.int(900)}.png`;
const things = (scene: Scene, rng: Rng): string[] =>
  groupsOf(scene).map((group) => {
    const name = nameOf(group.category, 'en', group.objects.length);
    return rng.bool() ? `${TINTS[group.tint]?.en} ${name}` : name;
  });

/** A request for a tool over a scene, and what the tool is called with. */
function request(tool: CatalogTool, scene: Scene, paths: readonly string[], rng: Rng): { input: string; args: string[] } {
  const own = rng.shuffle(things(scene, rng));
  const [asked] = questions(scene, { language: 'en', rng, types: ['color', 'count'] });
  const taken = { image: 0, thing: 0 };
  const args = tool.takes.map((slot): string => {
    if (slot === 'image') return paths[taken.image++] ?? pathOf(rng);
    if (slot === 'thing') return own[taken.thing++] ?? nameOf(rng.int(CATEGORIES.length), 'en');
    if (slot === 'question') return asked?.question ?? 'What color is it?';
    return `${rng.pick(TINTS).en} ${nameOf(rng.int(CATEGORIES.length), 'en', 2)}`;
  });
  const used = new Map<string, number>();
  const input = rng.pick(tool.requests).replace(/\{(\w+)\}/g, (_, slot: string) => {
    const nth = used.get(slot) ?? 0;
    used.set(slot, nth + 1);
    return args.filter((__, i) => tool.takes[i] === slot)[nth] as string;
  });
  return { input, args };
}

type Negative = (rng: Rng, scene: Scene) => [string, string];

/** What people say that needs no tool, with an answer. */
const TALK: readonly Negative[] = [
  () => ['Hello!', 'Hello. What can I do?'],
  () => ['Thank you.', 'You are welcome.'],
  () => ['Good morning.', 'Good morning. What can I do?'],
  () => ['What can you do?', 'I can use tools on images.'],
  () => ['Who are you?', 'I am a small model that uses tools.'],
  (rng) => {
    const [a, b] = [1 + rng.int(4), 1 + rng.int(4)];
    return [`How much is ${a} and ${b}?`, `${a + b}`];
  },
  (rng) => {
    const name = nameOf(rng.int(CATEGORIES.length), 'en', 2);
    return [`Do you like ${name}?`, `I like ${name}.`];
  },
  (rng) => {
    const name = nameOf(rng.int(CATEGORIES.length), 'en');
    return [`Say the word ${name}.`, name];
  },
  (rng) => {
    const { en } = rng.pick(TINTS);
    return [`Is ${en} a color?`, `Yes, ${en} is a color.`];
  },
];
/** Only tests hear these. */
const HELD_OUT_TALK: readonly Negative[] = [
  () => ['Good evening!', 'Good evening.'],
  () => ['That was nice. Thank you!', 'You are welcome.'],
  (rng) => {
    const name = nameOf(rng.int(CATEGORIES.length), 'en', 2);
    return [`Are ${name} nice?`, 'Yes.'];
  },
  (rng) => [`Is ${rng.int(5)} a number?`, 'Yes.'],
];

/** Which tools are listed and asked for. */
export type ToolSplit = 'train' | 'seen' | 'unseen';

const pools: Record<Exclude<ToolSplit, 'train'>, readonly CatalogTool[]> = { seen: SEEN_TOOLS, unseen: UNSEEN_TOOLS };

/** The tools of one list, different in name and in the words that requests use. In training half of them are invented. */
function listOf(split: ToolSplit, rng: Rng, invented: number): CatalogTool[] {
  if (split !== 'train') return rng.sample(pools[split], LISTED);
  const out: CatalogTool[] = [];
  const names = new Set(UNSEEN_TOOLS.flatMap(({ name }) => [name, name.split(' ')[0] as string]));
  const shared = new Set(['Predict', 'Measure']);
  while (out.length < LISTED) {
    const tool = rng.bool(invented) ? inventedTool(rng) : rng.pick(SEEN_TOOLS);
    const [first] = tool.name.split(' ') as [string];
    if (names.has(tool.name) || (names.has(first) && !shared.has(first))) continue;
    names.add(tool.name);
    out.push(tool);
  }
  return out;
}

/** A turn before a request that names an image, and the request about it. */
function inContext(tool: CatalogTool, scene: Scene, rng: Rng): Pick<ToolRow, 'previous' | 'input' | 'output'> | undefined {
  if (tool.takes.filter((slot) => slot === 'image').length !== 1) return undefined;
  const path = pathOf(rng);
  const told: PreviousTurn = rng.bool()
    ? { human: `Here is ${path}. ${caption(scene, { language: 'en', detail: 'short', rng })}`, reply: plainReply('I have it.') }
    : {
        human: `Generate an image of ${things(scene, rng)[0] ?? 'a dog'}.`,
        reply: callReply('Generate Image', [things(scene, rng)[0] ?? 'a dog']),
        observation: path,
      };
  const { input, args } = request(tool, scene, [path], rng);
  return {
    previous: [told],
    input: input.replaceAll(path, rng.pick(['it', 'the image', 'this image'])),
    output: callReply(tool.name, args),
  };
}

/** A row over a scene. `invented`: share of invented tools in lists of the split `train`. */
export function toolRow(
  scene: Scene,
  kind: ToolRowKind,
  o: { split: ToolSplit; rng: Rng; tools?: readonly CatalogTool[]; invented?: number },
): ToolRow {
  const { split, rng } = o;
  const tools = o.tools ?? listOf(split, rng, o.invented ?? 0.6);
  if (kind === 'negative') {
    const [input, answer] = rng.pick(split === 'train' ? TALK : [...TALK, ...HELD_OUT_TALK])(rng, scene);
    return { kind, tools, previous: [], input, output: plainReply(answer) };
  }
  const tool = rng.pick(tools) as CatalogTool;
  const context = kind === 'context' ? inContext(tool, scene, rng) : undefined;
  if (context) return { kind, tools, ...context };
  const { input, args } = request(tool, scene, [pathOf(rng), pathOf(rng)], rng);
  return { kind: 'call', tools, previous: [], input, output: callReply(tool.name, args) };
}

export interface ToolDataOptions {
  /** Conversations; each is over one scene of the split `train`. */
  rows: number;
  seed?: number;
  world?: WorldOptions;
  /** Requests of one conversation under one list. Default 3. */
  turns?: number;
  /** Share of invented tools in the lists. Default 0.6. */
  invented?: number;
  /** Shares of conversations that begin with a context, and of turns without a tool. Defaults 0.25 and 0.15. */
  context?: number;
  negative?: number;
}

/** Training data: conversations of several requests under one list, so that the list is read many times. */
export function toolConversations(o: ToolDataOptions): Dataset<Conversation> {
  const { rows, seed = 0, turns = 3, invented = 0.6, context = 0.25, negative = 0.15 } = o;
  const world: WorldOptions = { split: 'train', seed, ...o.world };
  return {
    length: rows,
    describe: { data: 'requests for tools', rows, seed, turns, invented, context, negative, world: { ...world } },
    async get(index) {
      const scene = makeScene(index, world);
      const rng = new Rng(`gpt4tools/${seed}/${index}`);
      const tools = listOf('train', rng, invented);
      const kindOf = (first: boolean): ToolRowKind => (rng.bool(negative) ? 'negative' : first && rng.bool(context) ? 'context' : 'call');
      const made = Array.from({ length: turns }, (_, i) => toolRow(scene, kindOf(i === 0), { split: 'train', rng, tools }));
      const messages = made.flatMap(({ previous, input, output }, i): ChatMessage[] => [
        { role: 'user', content: i === 0 ? gpt4toolsPrompt({ tools, previous, input }) : `New input: ${input}` },
        { role: 'assistant', content: output },
      ]);
      return { id: String(index), messages, at: { file: 'the scene world', row: index } };
    },
  };
}

/** What a teacher is given to write requests over an image: its caption, and the tools with what they take. */
export const teacherPrompt = (image: { path: string; caption: string }, tools: readonly ListedTool[], n = 5): string =>
  [
    `The image ${image.path} shows: ${image.caption}`,
    `Tools:\n${tools.map(toolLine).join('\n')}`,
    `Write ${n} requests of a person who wants something done with this image, each for one of the tools, in everyday words that do not name the tool.`,
    'One a line: the request, a tab, the name of the tool, a tab, what the tool takes, separated by commas.',
  ].join('\n\n');

/** The rows in a teacher's reply: lines whose tool is listed and whose number of arguments is right. */
export function readTeacher(reply: string, tools: readonly ListedTool[]): ToolRow[] {
  return reply.split('\n').flatMap((line): ToolRow[] => {
    const [input, name, args] = line.split('\t').map((part) => part.trim());
    const found = tools.find((tool) => tool.name === name);
    const given = args?.split(',').map((arg) => arg.trim()) ?? [];
    if (!input || !found || given.length !== found.takes.length || given.some((arg) => arg === '')) return [];
    return [{ kind: 'call', tools, previous: [], input, output: callReply(found.name, given) }];
  });
}

/** A phrase of a scene, for prompts that show what is there. */
export const sceneCaption = (scene: Scene): string =>
  groupsOf(scene)
    .map((group) => phrase(group, 'en'))
    .join(', ');
