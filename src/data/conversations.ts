// `conversations('my/data.json')`: a data set of one's own, named in a recipe, opened when it is needed.

import { open, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { decodeImage } from '../media/index.js';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { type Conversation, type ConversationSet, type DataSource, mediaOf, type Table } from './dataset.js';
import { readDialogue } from './dialogue.js';
import { openJson } from './json-table.js';
import { LLAVA_FILE } from './llava.js';
import { checkFiles } from './media-entry.js';
import { type BadRow, badRow } from './row.js';
import { formatHint, formatName, formatOf, HEAD } from './sniff.js';

/** Options of `conversations`. */
export interface ConversationOptions {
  /** Folder that the file names of rows are relative to. Default: the folder of the data set. */
  images?: string;
  /** Leave bad rows out; they are listed in `bad`. Default: the first one throws when it is read. */
  skipBad?: boolean;
  /** Is given every row that is left out; implies `skipBad`. */
  onBad?: (bad: BadRow) => void;
  /** How far `skipBad` looks when the set is opened: `rows` and their files, or also every image decoded. Default `images`. */
  check?: 'rows' | 'images';
  /** Called with the number of rows checked so far. */
  onRow?: (rows: number, total: number) => void;
}

/**
 * Conversations in a file: LLaVA JSON and JSON lines, ShareGPT, OpenAI messages. Nothing is read before `open`, which reads an index: rows
 * are then read one at a time, in any order. Files of pictures and videos are looked up and not decoded.
 * @example stage.instruct({ data: conversations('my/data.json', { images: 'my/pictures' }) })
 */
export function conversations(path: string, options: ConversationOptions = {}): DataSource {
  return { path, open: (signal) => openConversations(path, options, signal) };
}

/** Rows that are checked at once: sharp decodes on its own threads. */
const PARALLEL = 4;

async function openConversations(path: string, options: ConversationOptions, signal?: AbortSignal): Promise<ConversationSet> {
  const file = await dataFile(path);
  const table = await openTable(file, signal);
  try {
    const root = resolve(options.images ?? table.root);
    const set = new RowSet(table, root);
    if (!options.skipBad && !options.onBad) return set;
    return set.without(await findBad(set, options, signal));
  } catch (error) {
    table.dispose();
    throw error;
  }
}

async function dataFile(path: string): Promise<string> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new SensoriumError('data.read', 'cannot open the data set', { place: path, hint: 'Check the path.', cause });
  });
  if (!info.isDirectory()) return path;
  const names = await readdir(path);
  if (names.includes(LLAVA_FILE)) return join(path, LLAVA_FILE);
  const others = names.filter((name) => /\.(?:jsonl?|parquet)$/i.test(name));
  throw new SensoriumError('data.read', 'the folder has no data set', {
    place: path,
    expected: `${LLAVA_FILE} in it, or the path of a file`,
    hint: others.length ? `Give one of its files: ${others.slice(0, 5).join(', ')}` : 'Check the path.',
  });
}

async function openTable(file: string, signal?: AbortSignal): Promise<Table> {
  const handle = await open(file, 'r');
  const head = new Uint8Array(HEAD);
  const { bytesRead } = await handle.read(head, 0, HEAD, 0).finally(() => handle.close());
  const format = formatOf(head.subarray(0, bytesRead));
  if (format === 'json') return openJson(file, { signal });
  throw new SensoriumError('data.read', 'this is not a JSON data set', {
    place: file,
    expected: 'an array of samples in JSON, or JSON lines',
    got: formatName(format),
    hint: formatHint(format),
  });
}

/** The rows of a table as conversations. */
class RowSet implements ConversationSet {
  readonly format = 'json';
  readonly describe: Readonly<Record<string, unknown>>;
  readonly length: number;
  readonly rows: number;

  constructor(
    private readonly table: Table,
    private readonly root: string,
    /** Indices of the rows that are used; all of them by default. */
    private readonly used?: Uint32Array,
    readonly bad: readonly BadRow[] = [],
  ) {
    this.rows = table.length;
    this.length = used?.length ?? table.length;
    this.describe = { ...table.fingerprint, ...(bad.length ? { leftOut: [...new Set(bad.map(({ row }) => row))] } : {}) };
  }

  async get(index: number): Promise<Conversation> {
    if (!Number.isInteger(index) || index < 0 || index >= this.length)
      throw new SensoriumError('data.index', 'no such sample', { expected: `0 to ${this.length - 1}`, got: String(index) });
    return this.row(this.used?.[index] ?? index);
  }

  /** A row by its number in the file. */
  async row(row: number): Promise<Conversation> {
    const conversation = readDialogue(await this.table.record(row), { at: this.table.at(row), root: this.root });
    await checkFiles(conversation);
    return conversation;
  }

  place(row: number): string {
    return this.table.at(row).file;
  }

  without(bad: readonly BadRow[]): RowSet {
    const out = new Set(bad.map(({ row }) => row));
    const used = Uint32Array.from(Array.from({ length: this.rows }, (_, i) => i).filter((row) => !out.has(row)));
    if (used.length === 0) throw nothingUsable(this.table, bad);
    return new RowSet(this.table, this.root, used, bad);
  }

  dispose(): void {
    this.table.dispose();
  }
}

/** Reads every row, and decodes its images where `check` says so. */
async function findBad(set: RowSet, options: ConversationOptions, signal?: AbortSignal): Promise<BadRow[]> {
  const faults = new Map<number, BadRow[]>();
  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    for (let row = next++; row < set.rows; row = next++) {
      throwIfAborted(signal);
      const found: BadRow[] = [];
      try {
        const conversation = await set.row(row);
        if (options.check !== 'rows') found.push(...(await imageFaults(conversation)));
      } catch (error) {
        if (!(error instanceof SensoriumError)) throw error;
        found.push(badRow(error, set.place(row), row));
      }
      if (found.length) faults.set(row, found);
      options.onRow?.(++done, set.rows);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  const bad = [...faults.entries()].sort(([a], [b]) => a - b).flatMap(([, found]) => found);
  for (const fault of bad) options.onBad?.(fault);
  return bad;
}

/** Images of a conversation that cannot be decoded. */
export async function imageFaults(conversation: Conversation): Promise<BadRow[]> {
  const { at } = conversation;
  const faults: BadRow[] = [];
  for (const { type, source, origin } of mediaOf(conversation)) {
    if (type !== 'image') continue;
    try {
      await decodeImage(source);
    } catch (error) {
      if (!(error instanceof SensoriumError)) throw error;
      const name = origin.name ?? (typeof source === 'string' ? source : 'embedded image');
      const problem = `${name}: ${error.message.split(/ \(in |: expected/)[0]}${error.got ? `, got ${error.got}` : ''}`;
      faults.push({ file: at.file, row: at.row, key: origin.key, problem });
    }
  }
  return faults;
}

function nothingUsable(table: Table, bad: readonly BadRow[]): SensoriumError {
  const [first] = bad;
  if (!first)
    return new SensoriumError('data.read', 'the data set has no samples', { place: table.root, expected: 'at least one row', got: 'none' });
  const shown = bad.slice(0, 3).map(({ row, key, problem }) => `row ${row}${key ? `, ${key}` : ''}: ${problem}`);
  return new SensoriumError('data.bad', 'no row of the data set can be used', {
    place: first.file,
    expected: 'at least one good row',
    got: `${table.length} bad rows. ${shown.join('; ')}${bad.length > shown.length ? '; …' : ''}`,
    hint: 'Correct the first faults: `sensorium data inspect` lists all',
  });
}
