// Pools of instruction templates: the question of each row put into one of many wordings, with a hint at the length of the reply (ChatBridge, M3IT, MultiInstruct).

import { z } from 'zod';
import type { ChatMessage } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import { readJson, readText } from '../util/fs.js';
import { hash32 } from '../util/rng.js';
import type { Conversation, ConversationSet, DataSource, Dataset } from './dataset.js';
import type { MixtureData } from './mixture.js';
import { RowError } from './row.js';

/** How long a reply is to be. */
export type LengthHint = 'short' | 'detailed';

/** The wordings of one task. */
export interface TemplatePool {
  /** Names that every template must hold as `{name}`. Default: `question`. */
  slots: readonly string[];
  templates: readonly string[];
  /** What is said of the length of the reply; one of each is drawn. */
  hints?: Readonly<Partial<Record<LengthHint, readonly string[]>>>;
}

/** Pools by the name of their task. */
export type TemplatePools = Readonly<Record<string, TemplatePool>>;

const SLOT = /\{(\w+)\}/g;
const texts = z.array(z.string().min(1)).min(1);
const poolSchema = z.strictObject({
  slots: z.array(z.string().regex(/^\w+$/)).default(['question']),
  templates: texts,
  hints: z.strictObject({ short: texts.optional(), detailed: texts.optional() }).optional(),
});

/** Checks pools. Errors: `data.template`, naming the template, for one that lacks a slot, has one that its pool does not name, or comes twice. */
export function templatePools(value: unknown, place = 'templates'): TemplatePools {
  const fail = (at: string, expected: string, got: string, hint?: string): never => {
    throw new SensoriumError('data.template', 'this is not a pool of templates', { place: `${place}: ${at}`, expected, got, hint });
  };
  const read = z.record(z.string(), poolSchema).safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    return fail(
      issue?.path.join('.') || 'the file',
      '{ "TASK": { "slots": ["question"], "templates": ["… {question} …"] } }',
      issue?.message ?? '',
    );
  }
  const pools = read.data;
  if (Object.keys(pools).length === 0) fail('the file', 'at least one task', 'none');
  for (const [task, { slots, templates }] of Object.entries(pools)) {
    for (const [i, template] of templates.entries()) {
      const at = `${task}.templates[${i}]`;
      const found = [...template.matchAll(SLOT)].map((match) => match[1] as string);
      const missing = slots.find((slot) => !found.includes(slot));
      if (missing !== undefined)
        fail(at, `the slot {${missing}}`, JSON.stringify(template), 'Put the slot into the template, or take it out of slots');
      const other = found.find((slot) => !slots.includes(slot));
      if (other !== undefined) fail(at, `slots among ${slots.join(', ')}`, `{${other}}`, 'Name it in slots');
      if (templates.indexOf(template) !== i) fail(at, 'each template once', JSON.stringify(template));
    }
  }
  return pools;
}

/** Reads a file of pools: JSON, or YAML by its name (`.yaml`, `.yml`). Errors: those of reading, `data.template`. */
export async function readTemplates(path: string): Promise<TemplatePools> {
  return templatePools(/\.ya?ml$/i.test(path) ? await readYaml(path) : await readJson(path), path);
}

/** The value of a YAML file (1.2, no tags of its own). Errors: those of reading, `data.template` with the line. */
async function readYaml(path: string): Promise<unknown> {
  const text = await readText(path);
  const { LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, schema: 'core', prettyErrors: false });
  const fail = (message: string, at?: number): SensoriumError => {
    const { line, col } = at === undefined ? { line: 0, col: 0 } : lines.linePos(at);
    return new SensoriumError('data.template', 'this is not YAML that can be read', {
      place: at === undefined ? path : `${path}, line ${line}, column ${col}`,
      expected: 'one document of tasks, each with slots and templates',
      got: message,
    });
  };
  const [error] = document.errors;
  if (error) throw fail(error.message, error.pos[0]);
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw fail(cause instanceof Error ? cause.message : String(cause));
  }
}

/** How rows are worded. */
export interface TemplateOptions {
  pools: TemplatePools;
  /** The pool of a row: a name, or a function of the row. Default: its `task`, or the only pool. */
  task?: string | ((row: Conversation) => string);
  /** `auto`: short for replies of up to five words, detailed for more than twenty, else none. Default: none. */
  hint?: LengthHint | 'auto';
  /** Always this template of the pool, by number: to measure how much a model depends on the wording (`sensitivity`). */
  only?: number;
  seed?: number;
}

const SHORT = 5;
const LONG = 20;

/** The hint that suits a reply. */
function hintFor(reply: string): LengthHint | undefined {
  const words = reply.trim().split(/\s+/).length;
  return words <= SHORT ? 'short' : words > LONG ? 'detailed' : undefined;
}

const textOf = (content: ChatMessage['content'] | undefined): string =>
  typeof content === 'string'
    ? content
    : ((content ?? []) as { type: string; text?: string }[])
        .flatMap(({ type, text }) => (type === 'text' ? [text ?? ''] : []))
        .join(' ')
        .trim();

/**
 * A row with its first question worded by a template, drawn by seed and id. Slots beside `question` are keys of the row. `extra.template` says which
 * one it was. Errors: `data.template` for a task without a pool, `data.row` for a row without what a slot wants.
 */
export function worded(row: Conversation, { pools, task, hint, only, seed = 0 }: TemplateOptions): Conversation {
  const names = Object.keys(pools);
  const own =
    typeof task === 'function'
      ? task(row)
      : (task ?? (row.extra?.task as string | undefined) ?? (names.length === 1 ? names[0] : undefined));
  const pool = own === undefined || !Object.hasOwn(pools, own) ? undefined : pools[own];
  if (own === undefined || !pool)
    throw new SensoriumError('data.template', 'there is no pool of templates for a row', {
      place: `${row.at.file}, row ${row.at.row}: task`,
      expected: names.join(', '),
      got: own ?? 'no task',
    });
  const at = row.messages.findIndex(({ role }) => role === 'user');
  const asked = row.messages[at];
  if (!asked) throw new RowError(row.at, 'messages', 'a row has no question to be worded', { expected: 'a message of the user' });
  const draw = (what: string, n: number): number => hash32(`${seed}/${what}/${row.id}/${row.at.row}`) % n;
  const number = only === undefined ? draw('template', pool.templates.length) : only;
  const template = pool.templates[number];
  if (template === undefined)
    throw new SensoriumError('data.template', 'there is no template of this number', {
      place: `${own}: only`,
      expected: `0 to ${pool.templates.length - 1}`,
      got: String(only),
    });
  const question = textOf(asked.content);
  const values: Record<string, unknown> = { ...row.extra, question };
  const text = template.replace(SLOT, (_, slot: string) => {
    const value = values[slot];
    if (typeof value === 'string' || typeof value === 'number') return String(value);
    throw new RowError(row.at, slot, 'a row lacks what a slot of its template wants', { expected: `text under "${slot}"`, got: value });
  });
  const length = hint === 'auto' ? hintFor(textOf(row.messages[at + 1]?.content)) : hint;
  const hints = (length && pool.hints?.[length]) ?? [];
  const whole = hints.length > 0 ? `${text} ${hints[draw('hint', hints.length)]}` : text;
  const content =
    typeof asked.content === 'string' || asked.content === null || asked.content === undefined
      ? whole
      : [...(asked.content as { type: string }[]).filter(({ type }) => type !== 'text'), { type: 'text', text: whole }];
  const messages = row.messages.map((message, i) => (i === at ? ({ ...message, content } as ChatMessage) : message));
  return { ...row, messages, extra: { ...row.extra, template: { task: own, number } } };
}

/** Data whose questions are worded by templates. @example withTemplates(conversations('vqa.jsonl'), { pools, task: 'vqa', hint: 'auto' }) */
export function withTemplates(data: MixtureData, options: TemplateOptions): DataSource {
  const path = (data as Partial<DataSource>).path ?? 'data in the words of templates';
  const { pools, hint, only, seed = 0 } = options;
  const task = typeof options.task === 'function' ? options.task.toString() : options.task;
  return {
    path,
    async open(signal) {
      const set: Dataset<Conversation> = 'open' in data ? await data.open(signal) : data;
      const get = async (index: number): Promise<Conversation> => worded(await set.get(index), options);
      const at = (index: number): Conversation['at'] => set.at?.(index) ?? { file: path, row: index };
      const templates = {
        pools,
        seed,
        ...Object.fromEntries(Object.entries({ task, hint, only }).filter(([, value]) => value !== undefined)),
      };
      const made: ConversationSet = {
        ...{ format: 'templates', length: set.length, rows: set.length, get, at, row: get, place: at },
        bad: (set as Partial<ConversationSet>).bad ?? [],
        describe: { templates, data: set.describe },
        dispose: () => {
          if ('open' in data) set.dispose?.();
        },
      };
      return made;
    },
  };
}
