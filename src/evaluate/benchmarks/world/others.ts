// World versions of GPT4Tools and of questions of one's own.

import { gpt4Tools } from '../gpt4tools.js';
import { own } from '../own.js';
import type { Drawn, WorldDraw } from './draw.js';
import { overWorld } from './form.js';
import { anyGroup, Be, be, noun, otherTint, plural, pool, tint } from './words.js';

const TOOLS = ['Count: numbers of things.', 'Color: the color of a thing.', 'Read: printed words.'];
const FORM = 'Thought: Do I need to use a tool? Yes\nAction: the tool\nAction Input: image, thing';
const NONE = 'Thought: Do I need to use a tool? No\nAI: the answer';
const prompt = (input: string): string => `Tools:\n${TOOLS.join('\n')}\nReply with\n${FORM}\nor\n${NONE}\nNew input: ${input}`;
const output = (action: string, ...inputs: string[]): string =>
  `Thought: Do I need to use a tool? Yes\nAction: ${action}\nAction Input: ${inputs.join(', ')}`;

const jobs: ((drawn: Drawn) => { input: string; output: string } | undefined)[] = [
  (drawn) => {
    const group = anyGroup(drawn);
    return group && { input: `How many ${plural(group)} are in ${drawn.image}?`, output: output('Count', drawn.image, plural(group)) };
  },
  (drawn) => {
    const group = anyGroup(drawn);
    return (
      group && { input: `What color ${be(group)} the ${noun(group)} in ${drawn.image}?`, output: output('Color', drawn.image, noun(group)) }
    );
  },
  (drawn) => (drawn.scene.text ? { input: `What does ${drawn.image} say?`, output: output('Read', drawn.image) } : undefined),
];

/** GPT4Tools: three tools in a short prompt. */
export const worldGpt4Tools = overWorld({
  open: gpt4Tools,
  about: 'which of three tools, or none, and its arguments, for requests about scenes by the names of their images; text only',
  n: 24,
  maxTokens: 64,
  files: (draw) => ({
    'gpt4tools_test_seen.json': [
      ...draw.even('tools', jobs, (drawn, job) => job(drawn)),
      ...draw.take('no tools', ({ rng }) => {
        const [a, b] = [1 + rng.int(9), 1 + rng.int(9)];
        return { input: `What is ${a} and ${b}?`, output: `Thought: Do I need to use a tool? No\nAI: ${a + b}` };
      }),
    ].map((row, id) => ({ id, instruction: prompt(row.input), output: row.output })),
  }),
});

type OwnRecord = { question: string; truth: unknown; score: string; options?: string[] };
const rules: Record<string, (draw: WorldDraw, drawn: Drawn) => OwnRecord | undefined> = {
  exact(draw, drawn) {
    const asked = draw.question(drawn, 'color');
    return asked && { question: asked.question, truth: asked.answer, score: 'exact' };
  },
  choice(draw, drawn) {
    const asked = draw.question(drawn, 'relation');
    if (!asked) return undefined;
    const { options, at } = draw.options(drawn.rng, asked.answer, pool(drawn, asked));
    return { question: asked.question, truth: at, options, score: 'choice' };
  },
  number(draw, drawn) {
    const asked = draw.question(drawn, 'count');
    return asked && { question: asked.question, truth: Number(asked.answer), score: 'number' };
  },
  yesno(_, drawn) {
    const group = anyGroup(drawn);
    const yes = drawn.index % 2 === 0;
    return (
      group && {
        question: `${Be(group)} the ${noun(group)} ${yes ? tint(group) : otherTint(group, drawn)}?`,
        truth: yes ? 'yes' : 'no',
        score: 'yesno',
      }
    );
  },
  json(_, drawn) {
    const group = anyGroup(drawn);
    return (
      group && {
        question: `Reply in JSON with color and number of the ${plural(group)}.`,
        truth: { color: tint(group), number: group.objects.length },
        score: 'json',
      }
    );
  },
  boxes(_, drawn) {
    const single = drawn.groups.filter(({ objects }) => objects.length === 1);
    if (single.length === 0) return undefined;
    const group = drawn.rng.pick(single);
    return {
      question: `Give the box of the ${noun(group)} as [left, top, right, bottom] in pixels.`,
      truth: [drawn.scene.objects[group.objects[0] as number]?.box],
      score: 'boxes',
    };
  },
};

/** The rules of `own`, each over scenes. */
export const worldOwn = overWorld({
  open: own,
  about: 'questions about scenes by each rule of your own files: exact, choice, number, yes/no, JSON, boxes',
  n: 16,
  maxTokens: 32,
  files: (draw) => ({
    'own.jsonl': Object.entries(rules).flatMap(([kind, make]) =>
      draw.take(kind, (drawn) => {
        const row = make(draw, drawn);
        return row && { ...row, kind, image: drawn.image };
      }),
    ),
  }),
});
