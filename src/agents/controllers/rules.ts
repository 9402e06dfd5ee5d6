// The rules that plan without a model: English questions about pictures, sums, texts and folders to calls of tools, and from their results to an answer.

import type { Detector } from '../../trust/verifier.js';
import { SensoriumError } from '../../util/errors.js';
import type { ToolValue } from '../tool.js';
import { objectsNamed } from '../tools/index.js';
import { article, plurals } from '../tools/words.js';
import type { Observation, PlannedCall } from './act.js';

/** What rules know of a task. */
export interface RuleTask {
  text: string;
  images: readonly string[];
  sounds?: readonly string[];
  /** For the names of objects. */
  detectors: readonly Pick<Detector, 'labels'>[];
  /** Whether there is a tool of a name. */
  has(tool: string): boolean;
}

/** A step of the rules: a call and why. */
export interface RuleStep extends PlannedCall {
  thought: string;
}

/** Asks for calls one after the other, is given their observations, and returns the answer. */
export type Rules = Generator<RuleStep, string, Observation>;

type Row = { readonly [key: string]: ToolValue };
type Found = { label: string; score: number; box: [number, number, number, number] };

const cannot = (what: string): SensoriumError =>
  new SensoriumError('agent.planner', 'the rules do not know how to do this', {
    got: what.slice(0, 200),
    hint: 'Ask how many, is there, where, what is left of, what does it say; or plan with a model: --planner',
  });

/** The value of an observation. Errors: `agent.tool` where the call failed. */
function resultOf({ call, value, error }: Observation): Row {
  if (error !== undefined) throw new SensoriumError('agent.tool', 'a tool that the answer needs failed', { place: call.name, got: error });
  return value as Row;
}

function* ask(thought: string, name: string, args: Row): Generator<RuleStep, Row, Observation> {
  return resultOf(yield { thought, name, args });
}

function* look(image: string, labels: readonly string[] | undefined, why: string): Generator<RuleStep, Found[], Observation> {
  const { objects, unknown } = yield* ask(why, 'detect', labels ? { image, labels } : { image });
  if (Array.isArray(unknown) && unknown.length > 0 && (objects as ToolValue[]).length === 0)
    throw cannot(`looking for ${unknown.join(', ')}`);
  return objects as unknown as Found[];
}

function* count(image: string, label: string): Generator<RuleStep, number, Observation> {
  const { count: n } = yield* ask(`I count: ${label}.`, 'count', { image, label });
  if (typeof n !== 'number') throw cannot(`counting ${label}`);
  return n;
}

const middle = ({ box }: Found): [number, number] => [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
const area = ({ box }: Found): number => (box[2] - box[0]) * (box[3] - box[1]);

/** How far one stands from another in a direction; positive where it does. */
function ahead(direction: string, one: Found, other: Found): number {
  const [[x, y], [u, v]] = [middle(one), middle(other)];
  return direction === 'left' ? u - x : direction === 'right' ? x - u : direction === 'above' ? v - y : y - v;
}

const DIRECTION = /\b(left|right|above|below|under|beneath|over)\b/;
const directionOf = (text: string): string | undefined =>
  DIRECTION.exec(text)?.[1]
    ?.replace(/under|beneath/, 'below')
    .replace('over', 'above');

const yesNo = (yes: boolean): string => (yes ? 'yes' : 'no');
const list = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? 'nothing') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

const NUMBERS = 'zero one two three four five six seven eight nine ten eleven twelve'.split(' ');
/** A number in figures or words. */
const numberOf = (text: string): number | undefined => {
  const at = NUMBERS.indexOf(text);
  return at >= 0 ? at : /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
};
const NUMBER = `(\\d+(?:\\.\\d+)?|${NUMBERS.join('|')})`;
const QUOTED = /["“”'‘’]([^"“”]+)["“”'’]/;
/** What is left of a request without its verb. */
const rest = (text: string, verb: RegExp): string => (QUOTED.exec(text)?.[1] ?? text.replace(verb, '')).replace(/^[\s:,]+|[\s.]+$/g, '');

/** One rule: what it is for, and what it does. The first that applies is taken. */
interface Rule {
  when(task: RuleTask, text: string, objects: readonly string[]): boolean;
  run(task: RuleTask, text: string, objects: readonly string[]): Rules;
}

const one = (task: RuleTask): string => {
  const [image] = task.images;
  if (image === undefined) throw cannot('a question about a picture without a picture');
  return image;
};

const isWritten = (words: string, text: string): boolean =>
  text.toLowerCase().replace(/\W+/g, '').includes(words.toLowerCase().replace(/\W+/g, ''));

/** Whether words are found in a quarter of an image, enlarged: the quarters overlap by a half, so there are nine. */
function* writtenSmall(image: string, words: string): Generator<RuleStep, boolean, Observation> {
  const { width, height } = yield* ask('I do not find it. I look closer.', 'enlarge', { image, factor: 1 });
  const [w, h] = [width as number, height as number];
  for (const y of [0, 0.25, 0.5])
    for (const x of [0, 0.25, 0.5]) {
      const box = [x * w, y * h, (x + 0.5) * w, (y + 0.5) * h].map(Math.round);
      const { image: part } = yield* ask('I enlarge a quarter.', 'zoom', { image, box });
      const { text } = yield* ask('I read it.', 'read', { image: part as string });
      if (isWritten(words, text as string)) return true;
    }
  return false;
}

const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth'];

const RULES: readonly Rule[] = [
  {
    when: (task, text) => task.has('speak') && /^(please )?(say|speak|read aloud|pronounce)\b/.test(text),
    *run({ text }) {
      const { sound, seconds } = yield* ask('I speak the text.', 'speak', {
        text: rest(text, /^(please )?(say|speak|read aloud|pronounce)/i),
      });
      return `${sound} (${seconds} s)`;
    },
  },
  {
    when: (task, text) => (task.sounds?.length ?? 0) > 0 && /\b(transcribe|said|say|speech|spoken|hear)\b/.test(text),
    *run({ sounds }) {
      const { text } = yield* ask('I write down the speech.', 'transcribe', { sound: sounds?.[0] as string });
      return text as string;
    },
  },
  {
    when: (task, text) => task.has('draw') && /^(please )?(draw|paint|generate)\b/.test(text),
    *run({ text }) {
      const { image } = yield* ask('I draw it.', 'draw', {
        text: rest(text, /^(please )?(draw|paint|generate)( me)?( an?)?( picture| image)?( of)?/i),
      });
      return image as string;
    },
  },
  {
    when: (task, text) =>
      task.has('search_folder') && /\b(folder|files?|notes|documents)\b/.test(text) && /\b(search|find|look|which|where|what)\b/.test(text),
    *run({ text }) {
      const query = rest(text, /\b(search|find|look|for|in|my|the|folder|files?|notes|documents|which|where|what|says?|about)\b/gi);
      const { lines } = yield* ask('I search the folder.', 'search_folder', { query, most: 3 });
      const found = lines as unknown as { file: string; line: number; text: string }[];
      return found.length === 0 ? 'nothing was found' : found.map((l) => `${l.file}:${l.line}: ${l.text}`).join('\n');
    },
  },
  {
    when: ({ images }, text) => images.length > 1 && /\b(compare|differ|difference|differences|changed?)\b/.test(text),
    *run({ images }) {
      const out = yield* ask('I compare the two.', 'compare', { first: images[0] as string, second: images[1] as string });
      const rows = (out.different ?? []) as unknown as { label: string; first: number; second: number }[];
      if (rows.length === 0)
        return out.changed === 0 ? 'they are the same' : `${Math.round(100 * (out.changed as number))} % of the pixels differ`;
      return rows.map(({ label, first, second }) => `${plurals(label)}: ${first} in the first, ${second} in the second`).join('; ');
    },
  },
  {
    when: ({ images }, text, objects) => images.length > 1 && objects.length > 0 && /\bwhich (picture|image|photo|photograph)\b/.test(text),
    *run({ images }, _, objects) {
      const counts: number[] = [];
      for (const image of images) counts.push(yield* count(image, objects[0] as string));
      const most = Math.max(...counts);
      return most === 0
        ? 'none of them'
        : counts.flatMap((n, i) => (n === most ? [`the ${ORDINALS[i] ?? `${i + 1}th`}`] : [])).join(' and ');
    },
  },
  {
    // "3 times the number of cups", "the number of dogs plus the number of cats", "how many dogs and cats together"
    when: (_, text, objects) => objects.length > 0 && (/\bnumber of\b/.test(text) || /\b(together|in total|altogether)\b/.test(text)),
    *run(task, text, objects) {
      const image = one(task);
      const counts = new Map<string, number>();
      for (const name of objects) counts.set(name, yield* count(image, name));
      const numbers = [...counts.values()];
      const times = new RegExp(`\\b${NUMBER} times\\b`).exec(text)?.[1];
      const more = new RegExp(`\\b(plus|minus|times) ${NUMBER}\\b`).exec(text);
      const sign = /\bminus\b|\bfewer\b/.test(text) ? '-' : /\btimes the number\b/.test(text) && !times ? '*' : '+';
      let expression = numbers.join(` ${sign} `);
      if (times !== undefined) expression = `${numberOf(times)} * (${expression})`;
      if (more && times === undefined)
        expression = `(${expression}) ${more[1] === 'plus' ? '+' : more[1] === 'minus' ? '-' : '*'} ${numberOf(more[2] as string)}`;
      const { value } = yield* ask('I calculate with what I counted.', 'calculator', { expression });
      return String(value);
    },
  },
  {
    when: ({ text: whole }, text) => /\b(calculate|compute|how much is|what is)\b/.test(text) && /\d\s*[-+*/×÷^%]\s*[\d(]/.test(whole),
    *run({ text }) {
      const expression =
        /[\d(√a-z][\d\s.()+*/×÷^%,a-z-]*[\d)]/i.exec(text.replace(/\b(calculate|compute|how much is|what is)\b/gi, ''))?.[0] ?? '';
      const { value } = yield* ask('I calculate.', 'calculator', { expression: expression.trim() });
      return String(value);
    },
  },
  {
    when: (task, text) => task.has('read_table') && /\b(total|subtotal|price|amount|cell|row|column|table|receipt|invoice)\b/.test(text),
    *run(task, text) {
      const { rows } = yield* ask('I read the table.', 'read_table', { image: one(task) });
      const table = rows as unknown as string[][];
      const stop = new Set(
        'what is the of in on for table receipt row column cell much how does a an price amount it this picture image'.split(' '),
      );
      const words = text.match(/[\p{L}\p{N}]+/gu)?.filter((word) => !stop.has(word)) ?? [];
      const hits = (row: readonly string[]): number =>
        words.filter((word) =>
          row
            .join(' ')
            .toLowerCase()
            .split(/[^\p{L}\p{N}]+/u)
            .includes(word),
        ).length;
      const best = table.reduce<string[]>((a, b) => (hits(b) > hits(a) ? b : a), []);
      if (hits(best) === 0) return table.map((row) => row.join(' | ')).join('\n');
      return best.filter((cell) => /\d/.test(cell)).at(-1) ?? best.join(' ');
    },
  },
  {
    when: (task, text) =>
      task.has('read') && /\b(read|say|says|said|written|printed|text|words?|letters|spell|name on|title|heading)\b/.test(text),
    *run(task, text) {
      const image = one(task);
      const { text: all, lines } = yield* ask('I read what is printed.', 'read', { image });
      const quoted = QUOTED.exec(task.text)?.[1];
      if (quoted !== undefined && /^(is|are|does|do|can)\b/.test(text))
        return yesNo(isWritten(quoted, all as string) || (yield* writtenSmall(image, quoted)));
      const rows = lines as unknown as { text: string; box: number[] }[];
      if (rows.length === 0) return 'no text that can be read';
      if (/\b(title|heading|first line)\b/.test(text))
        return rows.reduce((a, b) => ((b.box[1] as number) < (a.box[1] as number) ? b : a)).text;
      return all as string;
    },
  },
  {
    when: (task, text) => task.has('depth_order') && /\b(nearer|nearest|closer|closest|in front|farther|farthest|behind)\b/.test(text),
    *run(task, text, objects) {
      const out = yield* ask(
        'I order them by how low they end.',
        'depth_order',
        objects.length > 0 ? { image: one(task), labels: [...objects] } : { image: one(task) },
      );
      const order = (out.nearFirst as unknown as Found[]).map(({ label }) => label);
      if (order.length === 0) return 'nothing was found';
      return (/\b(farther|farthest|behind)\b/.test(text) ? order.at(-1) : order[0]) as string;
    },
  },
  {
    when: (_, text, objects) => objects.length > 1 && /\b(larger|bigger|largest|biggest|smaller|smallest)\b/.test(text),
    *run(task, text, objects) {
      const found = yield* look(one(task), objects, 'I compare their boxes.');
      if (found.length === 0) return 'nothing was found';
      const sorted = [...found].sort((a, b) => area(b) - area(a));
      return (/\bsmall/.test(text) ? sorted.at(-1) : sorted[0])?.label as string;
    },
  },
  {
    when: (_, text, objects) => objects.length > 1 && /\bmore\b.*\bthan\b|\bfewer\b.*\bthan\b|\bas many\b/.test(text),
    *run(task, text, objects) {
      const image = one(task);
      const [a, b] = [yield* count(image, objects[0] as string), yield* count(image, objects[1] as string)];
      return yesNo(/\bfewer\b/.test(text) ? a < b : /\bas many\b/.test(text) ? a === b : a > b);
    },
  },
  {
    when: (_, text, objects) =>
      objects.length > 0 && new RegExp(`\\b(more|fewer|less|at least|at most|exactly)\\b( than)? ${NUMBER}\\b`).test(text),
    *run(task, text, objects) {
      const [, how, , word] = new RegExp(`\\b(more|fewer|less|at least|at most|exactly)\\b( than)? ${NUMBER}\\b`).exec(
        text,
      ) as RegExpExecArray;
      const [n, most] = [yield* count(one(task), objects[0] as string), numberOf(word as string) as number];
      return yesNo(
        how === 'more'
          ? n > most
          : how === 'at least'
            ? n >= most
            : how === 'at most'
              ? n <= most
              : how === 'exactly'
                ? n === most
                : n < most,
      );
    },
  },
  {
    when: (_, text) => /\bhow many\b|\bcount\b/.test(text),
    *run(task, text, objects) {
      const name = objects[0] ?? /\b(?:how many|count(?: the)?) ([a-z-]+)/.exec(text)?.[1];
      if (name === undefined) throw cannot(task.text);
      return String(yield* count(one(task), name));
    },
  },
  {
    when: (_, text, objects) => objects.length > 1 && directionOf(text) !== undefined && /^(is|are)\b/.test(text),
    *run(task, text, objects) {
      const found = yield* look(one(task), objects.slice(0, 2), 'I look where both are.');
      const [a, b] = objects.map((name) => found.filter(({ label }) => label === name));
      if (!a?.length || !b?.length) return 'no';
      return yesNo(a.some((x) => b.some((y) => ahead(directionOf(text) as string, x, y) > 0)));
    },
  },
  {
    when: (_, text, objects) => objects.length === 1 && directionOf(text) !== undefined && /^(what|which)\b/.test(text),
    *run(task, text, objects) {
      const found = yield* look(one(task), undefined, 'I look for everything there is.');
      const anchor = found.find(({ label }) => label === objects[0]);
      if (!anchor) return `there is no ${objects[0]}`;
      const direction = directionOf(text) as string;
      const beside = found.filter((one) => one !== anchor && ahead(direction, one, anchor) > 0);
      const far = (f: Found): number => Math.hypot(middle(f)[0] - middle(anchor)[0], middle(f)[1] - middle(anchor)[1]);
      return beside.sort((a, b) => far(a) - far(b))[0]?.label ?? 'nothing';
    },
  },
  {
    when: (_, text, objects) =>
      objects.length > 0 && /^(is|are|do|does|can)\b/.test(text) && /\b(there|see|show|have|contain|any)\b/.test(text),
    *run(task, _, objects) {
      const found = yield* look(one(task), objects, 'I look for it.');
      return yesNo(objects.every((name) => found.some(({ label }) => label === name)) || (objects.length === 1 && found.length > 0));
    },
  },
  {
    when: (_, text, objects) => objects.length > 0 && /^where\b/.test(text),
    *run(task, _, objects) {
      const [found] = yield* look(one(task), objects.slice(0, 1), 'I look where it is.');
      return found ? `[${found.box.join(', ')}]` : `there is no ${objects[0]}`;
    },
  },
  {
    when: (_, text, objects) => objects.length > 0 && /\b(cut out|segment|mask)\b/.test(text),
    *run(task, _, objects) {
      const { masks } = yield* ask('I cut it out.', 'segment', { image: one(task), label: objects[0] as string });
      const [mask] = masks as unknown as { mask: string }[];
      return mask?.mask ?? `there is no ${objects[0]}`;
    },
  },
  {
    when: (_, text, objects) => objects.length > 0 && /\b(crop|zoom|enlarge)\b/.test(text),
    *run(task, text, objects) {
      const image = one(task);
      const [found] = yield* look(image, objects.slice(0, 1), 'I look where it is.');
      if (!found) return `there is no ${objects[0]}`;
      const { image: part } = yield* ask('I cut it out.', /\bcrop\b/.test(text) ? 'crop' : 'zoom', { image, box: found.box });
      return part as string;
    },
  },
  {
    when: (_, text, objects) => objects.length > 0 && /^(what|which)\b/.test(text) && !/\bcolou?r\b|\bdoing\b/.test(text),
    *run(task, _, objects) {
      const found = yield* look(one(task), objects, 'I look for what kinds there are.');
      return list([...new Set(found.map(({ label }) => label))]);
    },
  },
  {
    when: (task, text) => task.has('detect') && /\b(objects|things|what is (in|on|there)|what do you see|describe|list)\b/.test(text),
    *run(task) {
      const found = yield* look(one(task), undefined, 'I look for everything there is.');
      const counts = new Map<string, number>();
      for (const { label } of found) counts.set(label, (counts.get(label) ?? 0) + 1);
      return list([...counts].map(([label, n]) => (n === 1 ? article(label) : `${n} ${plurals(label)}`)));
    },
  },
  {
    when: (task) => task.has('vqa'),
    *run(task) {
      const { answer } = yield* ask('No rule fits: I ask the model that sees.', 'vqa', { image: one(task), question: task.text });
      return answer as string;
    },
  },
];

/** The rules for a task. Errors, when they run: `agent.planner` for a task that no rule fits, `agent.tool` for a tool that failed. */
export function rulesFor(task: RuleTask): Rules {
  const text = task.text.trim().toLowerCase();
  const objects = objectsNamed(task.text, task.detectors);
  const rule = RULES.find((one) => one.when(task, text, objects));
  if (!rule) throw cannot(task.text);
  return rule.run(task, text, objects);
}
