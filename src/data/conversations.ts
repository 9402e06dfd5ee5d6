// `conversations('my/data.json')`: a data set of one's own, named in a recipe, opened when it is needed.

import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { SensoriumError } from '../util/errors.js';
import { mapIoError, readJson } from '../util/fs.js';
import { errno } from '../util/io.js';
import { show } from '../util/show.js';
import { asPath } from '../weights/hub.js';
import { type HubDataOptions, parseHubData, pullData } from '../weights/hub-data.js';
import { type Conversation, type ConversationSet, type DataSource, mediaOf, type Table } from './dataset.js';
import type { Format, FormatOptions } from './format.js';
import { detectFormat, formatNamed, lookAt } from './formats/index.js';
import { checkFiles } from './media-entry.js';
import { checkImageFolder } from './open-file.js';
import { rejectedReply } from './prompts.js';
import { readRecord } from './record.js';
import { type BadRow, RowError, type RowPlace } from './row.js';
import { scanRows } from './scan.js';

/** Options of `conversations`. */
export interface ConversationOptions extends Omit<FormatOptions, 'signal'> {
  /** Name of the format. Default: by content. */
  format?: string;
  /** Folder that the file names of rows are relative to. Default: the folder of the data set. */
  images?: string;
  /** JSON file that maps names of images to lists of captions (Fact-RLHF): rows then have `captions` of their first image. */
  captions?: string;
  /** Leave bad rows out; they are listed in `bad`. Default: the first one throws when it is read. */
  skipBad?: boolean;
  /** Is given every fault of the rows that are left out; implies `skipBad`. */
  onBad?: (bad: BadRow) => void;
  /** How far `skipBad` looks when the set is opened: `rows` and their files, or also every image decoded. Default `images`. */
  check?: 'rows' | 'images';
  /** How a data set of the hub is fetched. */
  hub?: HubDataOptions;
  /** Called with the number of rows checked so far. */
  onRow?: (rows: number, total: number) => void;
}

/**
 * Conversations in a file or folder of any format that `FORMATS` lists, or in a data set of the hub: `owner/name`, `owner/name@revision`,
 * `hf://datasets/owner/name/file`. Nothing is read before `open`, which reads an index: rows are then
 * read one at a time, in any order. Files of pictures and videos are looked up and not decoded.
 * @example stage.instruct({ data: conversations('my/data.json', { images: 'my/pictures' }) })
 */
export function conversations(path: string, options: ConversationOptions = {}): DataSource {
  return { path, open: (signal) => openConversations(path, options, signal) };
}

/** The file or folder that a name means: a path on disk as it is, else a data set of the hub, fetched if need be. */
async function dataPath(name: string, { hub }: ConversationOptions, signal?: AbortSignal): Promise<string> {
  const isThere = async (path: string): Promise<boolean> =>
    stat(path).then(
      () => true,
      (error: unknown) => {
        if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(errno(error) ?? '')) return false;
        throw mapIoError(error, path);
      },
    );
  const found = parseHubData(name);
  if (!found || (await isThere(name))) return name;
  // A path that is wrong by its last part is a path.
  if (!name.startsWith('hf:') && (await isThere(name.split('/')[0] as string))) return name;
  try {
    return await pullData(found, { signal, ...hub });
  } catch (error) {
    throw name.startsWith('hf:') ? error : asPath(error, name, 'file or folder');
  }
}

async function openConversations(name: string, options: ConversationOptions, signal?: AbortSignal): Promise<ConversationSet> {
  await checkImageFolder(options.images);
  const path = await dataPath(name, options, signal);
  const { format, found } =
    options.format === undefined ? await detectFormat(path) : { format: formatNamed(options.format), found: await lookAt(path) };
  const table = await format.open(found.path, { ...options, signal });
  const captions = options.captions === undefined ? undefined : await readCaptions(options.captions);
  const set = new RowSet(table, format, { ...options, captionsOf: captions });
  if (!options.skipBad && !options.onBad) return set;
  try {
    const bad: BadRow[] = [];
    const badRows = new Set<number>();
    for await (const { row, faults = [] } of scanRows(set, { check: options.check, signal })) {
      bad.push(...faults);
      if (faults.length > 0) badRows.add(row);
      for (const fault of faults) options.onBad?.(fault);
      options.onRow?.(row + 1, set.rows);
    }
    return set.without(bad, badRows);
  } catch (error) {
    table.dispose();
    throw error;
  }
}

type Captions = Readonly<Record<string, readonly string[]>>;

type RowSetOptions = ConversationOptions & { captionsOf?: Captions };

/** Reads a file of captions by image. Errors: `data.read`, `util.json`. */
async function readCaptions(path: string): Promise<Captions> {
  const value = await readJson(path);
  const isList = (list: unknown): boolean => Array.isArray(list) && list.every((text) => typeof text === 'string');
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isList)) return value as Captions;
  throw new SensoriumError('data.read', 'this is not a file of captions', {
    place: path,
    expected: '{"IMAGE": ["caption", …], …}',
    got: show(value),
  });
}

/** The conversation with the captions of its first image beside it. Throws `RowError` for an image without any. */
function withCaptions(conversation: Conversation, captions: Captions): Conversation {
  const name = mediaOf(conversation)[0]?.origin.name;
  if (name === undefined) return conversation;
  const found = captions[name] ?? captions[basename(name)];
  if (found) return { ...conversation, extra: { ...conversation.extra, captions: found } };
  throw new RowError(conversation.at, 'captions', 'the image has no captions', {
    expected: `an entry of the file of captions for ${name}`,
    got: `${Object.keys(captions).length} others`,
    hint: 'Leave the row out, or add its captions',
  });
}

/** Throws `RowError` with `data.same` for a pair whose replies are the same. */
function assertDiffers(conversation: Conversation): void {
  const rejected = rejectedReply(conversation);
  if (rejected === undefined || conversation.messages.at(-1)?.content !== rejected) return;
  throw new RowError(conversation.at, 'rejected', 'both replies of the pair are the same', {
    code: 'data.same',
    expected: 'another reply than the chosen one',
    got: rejected,
    hint: 'Leave the row out: there is nothing to prefer',
  });
}

/** The rows of a table as conversations. */
class RowSet implements ConversationSet {
  readonly format: string;
  readonly describe: Readonly<Record<string, unknown>>;
  readonly length: number;
  readonly rows: number;

  constructor(
    private readonly table: Table,
    private readonly reader: Format,
    private readonly options: RowSetOptions,
    /** Numbers of the rows that are used; all of them by default. */
    private readonly used?: Uint32Array,
    readonly bad: readonly BadRow[] = [],
    leftOut: ReadonlySet<number> = new Set(),
  ) {
    const { prompt, objects, axis, form, captions } = options;
    this.format = reader.name;
    this.rows = table.length;
    this.length = used?.length ?? table.length;
    this.describe = {
      format: this.format,
      ...table.fingerprint,
      ...(prompt === undefined ? {} : { prompt }),
      ...(objects === undefined ? {} : { objects }),
      ...(axis === undefined ? {} : { axis }),
      ...(form === undefined ? {} : { form }),
      ...(captions === undefined ? {} : { captions: basename(captions) }),
      ...(leftOut.size > 0 ? { leftOut: [...leftOut] } : {}),
    };
  }

  async get(index: number): Promise<Conversation> {
    if (!Number.isInteger(index) || index < 0 || index >= this.length)
      throw new SensoriumError('data.index', 'no such sample', { expected: `0 to ${this.length - 1}`, got: String(index) });
    return this.row(this.used?.[index] ?? index);
  }

  at(index: number): RowPlace {
    return this.place(this.used?.[index] ?? index);
  }

  async row(row: number): Promise<Conversation> {
    const context = { at: this.place(row), root: resolve(this.options.images ?? this.table.root) };
    const read = this.reader.read ?? readRecord;
    const { captionsOf: captions } = this.options;
    const own = read(await this.table.record(row), context, this.options);
    assertDiffers(own);
    await checkFiles(own);
    return captions ? withCaptions(own, captions) : own;
  }

  place(row: number): RowPlace {
    return this.table.at(row);
  }

  without(bad: readonly BadRow[], badRows: ReadonlySet<number>): RowSet {
    const used = Uint32Array.from(Array.from({ length: this.rows }, (_, i) => i).filter((row) => !badRows.has(row)));
    if (used.length === 0) throw nothingUsable(this.options.images ?? this.table.root, bad, badRows.size);
    return new RowSet(this.table, this.reader, this.options, used, bad, badRows);
  }

  dispose(): void {
    this.table.dispose();
  }
}

/** The error of a data set without a usable row: `data.read` for none at all, `data.bad` with the first faults. */
export function nothingUsable(place: string, bad: readonly BadRow[], rows: number): SensoriumError {
  const [first] = bad;
  if (!first) return new SensoriumError('data.read', 'the data set has no samples', { place, expected: 'at least one row', got: 'none' });
  const shown = bad.slice(0, 3).map(({ row, key, problem }) => `row ${row}${key ? `, ${key}` : ''}: ${problem}`);
  return new SensoriumError('data.bad', 'no row of the data set can be used', {
    place: first.file,
    expected: 'at least one good row',
    got: `${rows} bad. ${shown.join('; ')}${bad.length > shown.length ? '; …' : ''}`,
    hint: 'Correct the first faults: `sensorium data inspect` lists all',
  });
}
