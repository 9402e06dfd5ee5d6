// Instructions from a teacher: asked kind by kind about each image, kept reply by reply so that nothing is asked twice, cleaned, compared, written with their origin.

import { resolve } from 'node:path';
import type { ChatMessage } from '../../text/index.js';
import { SensoriumError, throwIfAborted } from '../../util/errors.js';
import { appendJsonl, readJsonl } from '../../util/fs.js';
import { Rng } from '../../util/rng.js';
import type { Language } from '../../world/index.js';
import { checkTarget } from '../target.js';
import { type TurnRow, type TurnsWritten, writeTurnRows } from '../turn-writer.js';
import { type ImageFacts, type Pair, sha256 } from './facts.js';
import { Instructions, isRefusal, repeats } from './parse.js';
import { INSTRUCT_PROMPTS, type InstructPrompt, type PromptContext } from './prompts.js';
import type { Teacher, TeacherRequest } from './teacher.js';

/** Why a reply gave no row, or fewer pairs. */
export const DROPPED = ['failed', 'refused', 'form', 'repeats', 'known'] as const;
export type Dropped = (typeof DROPPED)[number];

/** Options of `teachInstructions`. */
export interface InstructOptions {
  teacher: Teacher;
  /** Names of `INSTRUCT_PROMPTS`. */
  kinds: readonly string[];
  facts: AsyncIterable<ImageFacts>;
  /** File of rows to write; replies are kept in `OUT.replies.jsonl` meanwhile and after. */
  out: string;
  /** Pairs that are asked for. Default 3. */
  turns?: number;
  language?: Language;
  seed?: number;
  /** Instructions that show the teacher what is wanted. */
  seeds?: readonly string[];
  /** Instructions must differ from those about the same image (default), or from all (self-instruct). */
  distinct?: 'image' | 'all';
  /** Likeness (ROUGE-L) from which on two instructions are the same. Default 0.7. */
  likeness?: number;
  force?: boolean;
  signal?: AbortSignal;
  onRow?: (rows: number) => void;
}

/** What was made. */
export interface InstructResult extends TurnsWritten {
  pairs: number;
  /** Requests that went to the teacher in this run, and those whose replies were there already. */
  asked: number;
  known: number;
  /** Replies or pairs that were left out, by reason. */
  dropped: Record<Dropped, number>;
  /** Of requests that the teacher did not answer, the first few. */
  failures: string[];
}

interface KeptReply {
  key: string;
  reply: string;
}

/** Images that are asked about together. */
const BATCH = 32;
const SHOWN = 5;

/** The prompt of a name. Errors: `data.option`. */
export function instructPrompt(name: string): InstructPrompt {
  const found = INSTRUCT_PROMPTS.find((prompt) => prompt.name === name);
  if (found) return found;
  throw new SensoriumError('data.option', 'there is no such kind of instructions', {
    place: 'kinds',
    expected: INSTRUCT_PROMPTS.map((prompt) => prompt.name).join(', '),
    got: name,
  });
}

/**
 * Asks a teacher for instructions and writes what is good of them. A run that ended early, because the teacher was down or it was interrupted, is
 * taken up by the same call: replies that are there are not asked for again. Errors: those of the teacher, `data.exists`, `data.option`,
 * `data.teacher` for a teacher that sees no images where a kind shows them, and where no reply could be used.
 */
export async function teachInstructions(o: InstructOptions): Promise<InstructResult> {
  const { teacher, out, force, signal } = o;
  const prompts = o.kinds.map(instructPrompt);
  const blind = prompts.find(({ seesImage }) => seesImage && !teacher.seesImages);
  if (blind)
    throw new SensoriumError('data.teacher', 'this kind of instructions needs a teacher that sees images', {
      place: teacher.name,
      expected: 'a model that takes images, or kinds that read notes alone',
      got: blind.name,
    });
  await checkTarget(out, { force });
  const result = {
    ...{ pairs: 0, asked: 0, known: 0, failures: [] as string[] },
    dropped: Object.fromEntries(DROPPED.map((reason) => [reason, 0])) as Record<Dropped, number>,
  };
  const memory = await ReplyMemory.open(`${resolve(out)}.replies.jsonl`);
  const rows = rowsOf(prompts, { ...o, memory, result });
  const nothing = (): SensoriumError =>
    new SensoriumError('data.teacher', 'no reply of the teacher could be used', {
      place: teacher.name,
      expected: 'at least one row',
      got: Object.entries(result.dropped)
        .map(([reason, n]) => `${n} ${reason}`)
        .join(', '),
      hint:
        result.failures[0] ?? 'Read the replies in the file of replies: another teacher, or images of which more is known, may do better',
    });
  const written = await writeTurnRows(out, rows, { force, onRow: o.onRow, nothing });
  throwIfAborted(signal);
  return { ...written, ...result };
}

/** Replies by what was asked, in a file that grows by each. */
class ReplyMemory {
  private writing: Promise<void> = Promise.resolve();
  private constructor(
    private readonly path: string,
    private readonly kept: Map<string, string>,
  ) {}

  static async open(path: string): Promise<ReplyMemory> {
    const before = await readJsonl<KeptReply>(path).catch((error: unknown) => {
      if (error instanceof SensoriumError && error.code === 'util.missing') return [];
      throw error;
    });
    return new ReplyMemory(path, new Map(before.map(({ key, reply }) => [key, reply])));
  }

  get(key: string): string | undefined {
    return this.kept.get(key);
  }

  keep(key: string, reply: string): void {
    this.kept.set(key, reply);
    this.writing = this.writing.then(() => appendJsonl(this.path, { key, reply }));
    this.writing.catch(() => undefined); // thrown by `flush`
  }

  flush(): Promise<void> {
    return this.writing;
  }
}

interface Task {
  prompt: InstructPrompt;
  facts: ImageFacts;
  text: string;
  context: PromptContext;
  request: TeacherRequest;
  key: string;
}

type Making = InstructOptions & { memory: ReplyMemory; result: Pick<InstructResult, 'pairs' | 'asked' | 'known' | 'dropped' | 'failures'> };

async function* rowsOf(prompts: readonly InstructPrompt[], o: Making): AsyncGenerator<TurnRow> {
  const all = new Instructions(o.likeness);
  let batch: ImageFacts[] = [];
  const flush = async function* (): AsyncGenerator<TurnRow> {
    const tasks = batch.flatMap((facts) =>
      prompts.flatMap((prompt) => ((prompt.needs?.(facts) ?? true) ? [taskOf(prompt, facts, o)] : [])),
    );
    const replies = await repliesTo(tasks, o);
    let own = new Instructions(o.likeness);
    for (const [i, task] of tasks.entries()) {
      if (task.facts !== tasks[i - 1]?.facts) own = new Instructions(o.likeness);
      const row = rowOf(task, replies[i], { ...o, kept: o.distinct === 'all' ? all : own });
      if (row) yield row;
    }
    batch = [];
  };
  for await (const facts of o.facts) {
    throwIfAborted(o.signal);
    batch.push(facts);
    if (batch.length === BATCH) yield* flush();
  }
  yield* flush();
}

function taskOf(prompt: InstructPrompt, facts: ImageFacts, o: Making): Task {
  const { turns = 3, language = 'en', seed = 0, seeds = [], teacher } = o;
  const rng = new Rng(`instruct/${seed}/${prompt.name}/${facts.id}`);
  const context = { rng, turns, language, seeds };
  const text = prompt.prompt(facts, context);
  const content =
    prompt.seesImage && facts.image !== undefined
      ? [
          { type: 'image', source: facts.image },
          { type: 'text', text },
        ]
      : text;
  const messages = [{ role: 'user', content }] as ChatMessage[];
  const own = rng.int(2 ** 31);
  const key = sha256(JSON.stringify([teacher.name, teacher.sampling ?? {}, prompt.name, prompt.version, text, facts.hash, own]));
  return { prompt, facts, text, context, key, request: { messages, kind: prompt.name, facts, context, seed: own } };
}

/** The last reply to each task; undefined where the teacher gave none. */
async function repliesTo(tasks: readonly Task[], o: Making): Promise<(string | undefined)[]> {
  const first = await ask(
    tasks.map(({ request, key }) => ({ request, key })),
    o,
  );
  const second = tasks.flatMap(({ prompt, request, key, context }, i) => {
    const before = first[i];
    if (!prompt.clean || before === undefined || isRefusal(before)) return [];
    const content = prompt.clean(before, context);
    const messages: ChatMessage[] = [{ role: 'user', content }];
    return [{ i, before, request: { ...request, messages, before }, key: sha256(`${key}/clean/${content}`) }];
  });
  const cleaned = await ask(second, o);
  const out = [...first];
  for (const [k, { i }] of second.entries()) out[i] = cleaned[k];
  return out;
}

async function ask(
  asked: readonly { request: TeacherRequest; key: string }[],
  { teacher, memory, result, signal }: Making,
): Promise<(string | undefined)[]> {
  const fresh = asked.filter(({ key }) => memory.get(key) === undefined);
  result.asked += fresh.length;
  result.known += asked.length - fresh.length;
  try {
    if (fresh.length > 0)
      await teacher.replies(
        fresh.map(({ request }) => request),
        {
          signal,
          onReply: (place, reply) => memory.keep(fresh[place]?.key as string, reply),
          onFailed: (place, reason) => {
            if (result.failures.length < SHOWN) result.failures.push(`${fresh[place]?.request.facts.id}: ${reason}`);
          },
        },
      );
  } finally {
    await memory.flush();
  }
  return asked.map(({ key }) => memory.get(key));
}

function rowOf(
  { prompt, facts, text, context, key }: Task,
  reply: string | undefined,
  o: Making & { kept: Instructions },
): TurnRow | undefined {
  const { teacher, result } = o;
  const drop = (reason: Dropped): undefined => {
    result.dropped[reason]++;
    return undefined;
  };
  if (reply === undefined) return drop('failed');
  if (isRefusal(reply)) return drop('refused');
  // A stream of its own: what the teacher drew from the context's is not drawn again when replies are there already.
  const pairs = prompt.read(reply, facts, { ...context, rng: new Rng(key) });
  if (!pairs) return drop('form');
  const turns: Pair[] = [];
  for (const pair of pairs) {
    if (repeats(pair.answer)) drop('repeats');
    else if (isRefusal(pair.answer)) drop('refused');
    // Rows that are rewritten have the questions that they had.
    else if (prompt.by === 'image' && !o.kept.add(pair.question)) drop('known');
    else turns.push(pair);
  }
  if (turns.length === 0 || (prompt.by === 'row' && turns.length < pairs.length)) return undefined;
  result.pairs += turns.length;
  const provenance = {
    ...{ teacher: teacher.name, prompt: `${prompt.name}@${prompt.version}`, promptHash: sha256(text), sampling: teacher.sampling ?? {} },
    ...{ seed: o.seed ?? 0, image: facts.hash, reply: key },
  };
  return {
    id: `${facts.id}-${prompt.name}`,
    ...(facts.image === undefined ? {} : { image: facts.image }),
    ...(facts.root === undefined ? {} : { root: facts.root }),
    turns,
    extra: { task: prompt.name, provenance },
  };
}
