// One row of a data set of dialogues: LLaVA's keys and the names that other tools write for them.

import { readFile } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { SensoriumError } from '../util/errors.js';
import { type DataSample, IMAGE_MARK, joined, type SampleImage, type SampleMessage, type SamplePart, sampleOf } from './sample.js';

/** One fault of one row, as reports list it. */
export interface BadRow {
  file: string;
  /** From 0. */
  row: number;
  /** The key that is wrong, such as `conversations[1].value`; undefined where the row as a whole is. */
  key?: string;
  problem: string;
}

/** Where a row stands, for errors. */
export interface RowPlace {
  file: string;
  row: number;
  /** Line of the file on which it begins, where the file has lines. */
  line?: number;
}

/** A sample with the place of its row. */
export interface PlacedSample {
  sample: DataSample;
  at: RowPlace;
}

/** Options of the readers of data sets. */
export interface ReadOptions {
  signal?: AbortSignal;
  /** Folder that the image names of rows are relative to. Default: the folder of the file. */
  images?: string;
  /** Is given every bad row, which is then left out. Without it the first one throws. */
  onBad?: (bad: BadRow) => void;
}

/** The error of a malformed row (`data.row`), with its place also as fields. */
export class RowError extends SensoriumError {
  readonly at: RowPlace;
  readonly key: string | undefined;

  constructor(
    at: RowPlace,
    key: string | undefined,
    summary: string,
    details: { expected?: string; got?: unknown; hint?: string; cause?: unknown } = {},
  ) {
    const { got, ...rest } = details;
    const place = `${at.file}, row ${at.row}${at.line === undefined ? '' : ` (line ${at.line})`}`;
    const text = typeof got === 'string' || got === undefined ? got : shorten(got);
    super('data.row', summary, { ...rest, place, ...(text === undefined ? {} : { got: text }) });
    this.at = at;
    this.key = key;
  }
}

/** A value in a few characters. */
export const shorten = (value: unknown): string => {
  const text =
    JSON.stringify(value, (_, v) => (v instanceof Uint8Array ? `${v.length} bytes` : typeof v === 'bigint' ? String(v) : v)) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
};

/** An error of a row as reports list it. */
export function badRow(error: SensoriumError, file: string, row: number): BadRow {
  const parts = [error.message.split(' (in ')[0] as string];
  if (error.expected) parts.push(`expected ${error.expected}`);
  if (error.got) parts.push(`got ${error.got}`);
  const key = error instanceof RowError ? error.key : undefined;
  // A row that is not valid JSON has its line and column in the place.
  const where = error instanceof RowError ? undefined : /line \d+, column \d+/.exec(error.place ?? '')?.[0];
  return { file, row, ...(key ? { key } : {}), problem: `${parts.join(': ').replace(': got', ', got')}${where ? ` at ${where}` : ''}` };
}

const roles: Record<string, SampleMessage['role']> = {
  system: 'system',
  human: 'user',
  user: 'user',
  prompter: 'user',
  gpt: 'assistant',
  assistant: 'assistant',
  chatgpt: 'assistant',
  bing: 'assistant',
  bard: 'assistant',
  model: 'assistant',
  claude: 'assistant',
  bot: 'assistant',
};

/** Keys of rows that are not dialogues of images, with what to say of them. */
const media: readonly string[] = ['video', 'videos', 'audio', 'audios', 'sound'];

/** How the images of a row are found: `root` is the folder of its file names. */
export interface RowOptions {
  root: string;
}

/**
 * Reads a row: `conversations` (or `messages`) of `{from, value}` (or `{role, content}`), `image` (or `images`), `id`, `system`. Throws
 * `RowError` with file, row and key; videos and sounds are refused by name.
 */
export async function readRow(row: unknown, at: RowPlace, options: RowOptions): Promise<DataSample> {
  const bad = badKey(at);
  if (typeof row !== 'object' || row === null || Array.isArray(row))
    throw new RowError(at, undefined, 'malformed row', { expected: 'an object', got: shorten(row) });
  const record = row as Record<string, unknown>;
  const { id, system } = record;
  if (id !== undefined && id !== null && !['string', 'number', 'bigint'].includes(typeof id)) throw bad('id', 'a string', id);
  for (const key of media)
    if (hasContent(record[key]))
      throw new RowError(at, key, `rows with "${key}" are not read`, {
        expected: 'images and text',
        got: record[key],
        hint: key.startsWith('video')
          ? 'Give sampled frames as images, or leave these rows out (--skip-bad)'
          : 'Leave these rows out (--skip-bad)',
      });
  const imageKey = hasContent(record.image) ? 'image' : 'images';
  if (hasContent(record.image) && hasContent(record.images) && shorten(record.image) !== shorten(record.images))
    throw bad('images', 'either "image" or "images"', record.images);
  const names = list(record[imageKey]);
  const dialogueKey = ['conversations', 'messages', 'conversation', 'dialogue'].find(
    (key) => record[key] !== undefined && record[key] !== null,
  );
  if (dialogueKey === undefined)
    throw new RowError(at, 'conversations', 'malformed "conversations"', {
      expected: 'a list of turns in "conversations" or "messages"',
      got: `the keys ${Object.keys(record).slice(0, 12).join(', ') || '(none)'}`,
      hint: 'Write each row as {"image": "a.png", "conversations": [{"from": "human", "value": "<image>\\n…"}, {"from": "gpt", "value": "…"}]}',
    });
  const turns = record[dialogueKey];
  if (!Array.isArray(turns) || turns.length === 0) throw bad(dialogueKey, 'a list of turns', turns);
  const inline: unknown[] = [];
  const raw = turns.map((turn: unknown, i) => readTurn(turn, `${dialogueKey}[${i}]`, inline, bad));
  if (typeof system === 'string' && system !== '') raw.unshift({ role: 'system', content: [system], key: 'system' });
  else if (hasContent(system)) throw bad('system', 'a string', system);
  checkOrder(raw, dialogueKey, turns, bad);
  const entries = inline.length ? inline : names;
  if (inline.length && names.length) throw bad(imageKey, 'images either in the turns or beside them', record[imageKey]);
  const messages = placed(raw, inline.length > 0, names.length, dialogueKey, at);
  const images: SampleImage[] = [];
  for (const [i, entry] of entries.entries())
    images.push(await readImage(entry, entries.length > 1 ? `${imageKey}[${i}]` : imageKey, { ...at, ...options }, i));
  return sampleOf(id === undefined || id === null ? String(at.row) : String(id), images, messages);
}

const TOOLS = 'Calls of tools are not read here; leave these rows out (--skip-bad)';

const badKey =
  (at: RowPlace): Bad =>
  (key, expected, got, hint) =>
    new RowError(at, key, `malformed "${key}"`, { expected, got: shorten(got), hint });

type Bad = (key: string, expected: string, got: unknown, hint?: string) => RowError;

/** A turn before its images are placed: texts, and marks for images given inside the turn. */
interface RawTurn {
  role: SampleMessage['role'];
  content: (string | { image: number })[];
  key: string;
}

const hasContent = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0);
const list = (value: unknown): unknown[] => (!hasContent(value) ? [] : Array.isArray(value) ? value : [value]);

function readTurn(turn: unknown, key: string, inline: unknown[], bad: Bad): RawTurn {
  if (typeof turn !== 'object' || turn === null || Array.isArray(turn)) throw bad(key, 'an object with "from" and "value"', turn);
  const { from, role, value, content } = turn as Record<string, unknown>;
  const who = from ?? role;
  const known = typeof who === 'string' && Object.hasOwn(roles, who.toLowerCase()) ? roles[who.toLowerCase()] : undefined;
  const roleKey = `${key}.${from === undefined && role !== undefined ? 'role' : 'from'}`;
  if (!known)
    throw bad(
      roleKey,
      '"human", "gpt" or "system" (or "user", "assistant")',
      who,
      /tool|function|observation/.test(String(who)) ? TOOLS : undefined,
    );
  const { tool_calls, function_call, weight, loss } = turn as Record<string, unknown>;
  if (hasContent(tool_calls) || hasContent(function_call))
    throw bad(`${key}.${hasContent(tool_calls) ? 'tool_calls' : 'function_call'}`, 'text and images', tool_calls ?? function_call, TOOLS);
  // What is left out of the loss elsewhere would be learnt here.
  if (known === 'assistant' && (weight === 0 || loss === false))
    throw bad(`${key}.${weight === 0 ? 'weight' : 'loss'}`, 'replies that are all learnt', weight ?? loss, 'Remove the turn, or the key');
  const said = value ?? content;
  const textKey = `${key}.${value === undefined && content !== undefined ? 'content' : 'value'}`;
  if (typeof said === 'string') return { role: known, content: [said], key };
  if (!Array.isArray(said)) throw bad(textKey, 'a string', value === undefined ? content : value);
  return {
    role: known,
    key,
    content: said.map((part: unknown, k) => {
      if (typeof part === 'string') return part;
      const { type, text, image, image_url, url, path } = (part ?? {}) as Record<string, unknown>;
      if (type === 'text' || (type === undefined && typeof text === 'string')) {
        if (typeof text !== 'string') throw bad(`${textKey}[${k}].text`, 'a string', text);
        return text;
      }
      if (type !== 'image' && type !== 'image_url' && type !== 'input_image') throw bad(`${textKey}[${k}]`, 'a text or an image', part);
      const source =
        image ?? (typeof image_url === 'object' && image_url !== null ? (image_url as { url?: unknown }).url : image_url) ?? url ?? path;
      // {"type": "image"} alone stands for the next image beside the dialogue.
      if (source === undefined || source === null) return IMAGE_MARK;
      return { image: inline.push(source) - 1 };
    }),
  };
}

/** A dialogue needs a reply to something; who begins, repeats or ends is free. */
function checkOrder(raw: readonly RawTurn[], key: string, turns: unknown, bad: Bad): void {
  const asked = raw.findIndex((turn) => turn.role === 'user');
  const replied = raw.findLastIndex((turn) => turn.role === 'assistant');
  if (replied < 0) throw bad(key, 'a reply of the model (most rows have an even number of turns, human then gpt)', turns);
  if (asked < 0 || asked > replied)
    throw bad(
      `${raw[replied]?.key}.from`,
      '"human" somewhere before the last reply: nothing was asked',
      (turns as { from?: unknown; role?: unknown }[])[0]?.from ?? 'assistant',
    );
  const late = raw.findIndex((turn, i) => turn.role === 'system' && i > 0);
  if (late > 0) throw bad(`${raw[late]?.key}.from`, '"system" as the first turn only', 'system');
}

/** Puts images where `<image>` stands: in the user's turns, or in all turns where the numbers say so. */
function placed(raw: readonly RawTurn[], inline: boolean, count: number, key: string, at: RowPlace): SampleMessage[] {
  const marks = (turn: RawTurn): number =>
    turn.content.reduce((n, part) => n + (typeof part === 'string' ? part.split(IMAGE_MARK).length - 1 : 0), 0);
  const total = (turns: readonly RawTurn[]): number => turns.reduce((n, turn) => n + marks(turn), 0);
  const users = total(raw.filter((turn) => turn.role === 'user'));
  const all = total(raw);
  for (const turn of raw)
    for (const part of turn.content)
      if (typeof part === 'string' && /<(?:video|audio)>/.test(part) && turn.role === 'user')
        throw new RowError(at, turn.key, 'a mark for a video or a sound, but the row has none', {
          got: part.slice(0, 80),
          hint: 'Leave these rows out (--skip-bad)',
        });
  if (!inline && users !== count && all !== count)
    throw new RowError(at, key, `malformed "${key}"`, {
      expected: `${count} times ${IMAGE_MARK}, one for each image`,
      got: `${all} times`,
      hint:
        count === 0 ? `Name the files under "image", or remove ${IMAGE_MARK} from the text` : `Put ${IMAGE_MARK} where each image stands`,
    });
  const everywhere = users !== count;
  let next = 0;
  return raw.map(({ role, content }) => ({
    role,
    parts: joined(
      content.flatMap((part): SamplePart[] => {
        if (typeof part !== 'string') return [{ type: 'image', image: part.image }];
        if (inline || (role !== 'user' && !everywhere)) return [{ type: 'text', text: part }];
        return part
          .split(IMAGE_MARK)
          .flatMap((text, i): SamplePart[] => [...(i ? [{ type: 'image' as const, image: next++ }] : []), { type: 'text', text }]);
      }),
    ),
  }));
}

const UNREADABLE: Readonly<Record<string, string>> = {
  EISDIR: ', a folder',
  ELOOP: ', a link that leads to itself',
  EACCES: ', which may not be read',
};

/** One image of a row: a file name inside the folder, a `data:` URL, or `{bytes, path}`. Throws `RowError`. */
export async function readImage(entry: unknown, key: string, at: RowPlace & RowOptions, index: number): Promise<SampleImage> {
  const bad = badKey(at);
  if (entry instanceof Uint8Array) return readImage({ bytes: entry }, key, at, index);
  if (typeof entry === 'object' && entry !== null) {
    const { bytes, path, url } = entry as Record<string, unknown>;
    if (bytes instanceof Uint8Array) {
      if (!bytes.length) throw bad(`${key}.bytes`, 'the bytes of an image file', 'none');
      return { bytes, path: typeof path === 'string' && path ? path : `${at.row}-${index}.png` };
    }
    if (typeof path === 'string' || typeof url === 'string') return readImage(path ?? url, key, at, index);
    throw bad(key, 'a file name', entry);
  }
  if (typeof entry !== 'string' || !entry) throw bad(key, 'a file name', entry);
  const data = /^data:image\/([\w.+-]+);base64,/.exec(entry);
  if (data)
    return {
      bytes: Buffer.from(entry.slice(data[0].length), 'base64'),
      path: `${at.row}-${index}.${(data[1] as string).replace('jpeg', 'jpg')}`,
    };
  if (/^https?:/i.test(entry))
    throw bad(key, 'a file in the image folder', entry, 'Nothing is downloaded: save the images and name the files');
  const full = resolve(at.root, entry.replace(/^file:\/\//, ''));
  const inside = relative(at.root, full);
  if (inside.startsWith('..') || isAbsolute(inside))
    throw bad(key, `a path inside ${at.root}`, entry, 'Give the folder that holds all images with --images');
  const bytes = await readFile(full).catch((cause: NodeJS.ErrnoException) => {
    throw new RowError(at, key, cause.code === 'ENOENT' ? 'the image file is missing' : 'cannot read the image', {
      got: cause.code === 'ENOENT' ? full : `${full}${UNREADABLE[cause.code ?? ''] ?? `: ${cause.code ?? cause.message}`}`,
      hint: 'Check the image folder (--images).',
      cause,
    });
  });
  if (!bytes.length) throw new RowError(at, key, 'the image file is empty', { expected: 'an image', got: `${entry}, 0 bytes` });
  return { bytes, path: entry };
}
