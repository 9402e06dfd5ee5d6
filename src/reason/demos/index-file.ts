// The folder of an index: a header that names its files, rows, vectors, and the journal of a run that was stopped.

import { createHash } from 'node:crypto';
import { open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { SensoriumError } from '../../util/errors.js';
import { parseJson, readJson, writeAtomic } from '../../util/fs.js';
import { errno, io } from '../../util/io.js';
import { packVectors } from './bank.js';
import type { DemoVectors } from './vectors.js';

/** Name of the index of a folder, inside it. */
export const INDEX_FOLDER = '.sensorium-index';
/** Goes up when the layout changes. */
const VERSION = 1;

/** Where the index of a folder or file lies where nothing is said. */
export const indexPlace = (path: string, isFolder: boolean): string =>
  isFolder ? join(path, INDEX_FOLDER) : join(dirname(path), `.${basename(path)}${INDEX_FOLDER}`);

/** A hash in 22 characters. */
export const hash = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('base64url').slice(0, 22);

const header = z.object({
  kind: z.literal('sensorium-index'),
  version: z.literal(VERSION),
  /** What was indexed and the folder of its images, relative to the index. */
  data: z.string(),
  root: z.string(),
  format: z.string(),
  describe: z.record(z.string(), z.unknown()),
  model: z.object({ name: z.string(), hash: z.string() }),
  width: z.number().int().min(1),
  rows: z.number().int().min(0),
  /** Names of files in the folder. */
  files: z.object({ rows: z.string(), vectors: z.string() }),
});
/** What an index is of. */
export type IndexHeader = z.infer<typeof header>;

const part = z.union([
  z.object({ type: z.literal('text'), text: z.string() }),
  /** A file below `root`, and what it was when it was indexed. */
  z.object({ type: z.enum(['image', 'video']), file: z.string(), size: z.number(), changed: z.number() }),
  /** Bytes that the data set itself holds. */
  z.object({ type: z.enum(['image', 'video']), embedded: z.string() }),
]);
/** A part of a demo as rows have it. */
export type IndexPart = z.infer<typeof part>;

const row = z.object({
  id: z.string(),
  /** Row of the data, and which of its demos. */
  row: z.number().int(),
  at: z.number().int(),
  content: z.array(part),
  answer: z.string(),
  source: z.string(),
  key: z.string(),
});
/** One demo of an index. */
export type IndexRow = z.infer<typeof row>;

/** The name of a demo by what it holds: a picture that changed has another. */
export const rowId = (content: readonly IndexPart[], answer: string): string => hash(JSON.stringify([content, answer]));

const damaged = (place: string, got: string, cause?: unknown): SensoriumError =>
  new SensoriumError('demos.index', 'the index is damaged', { place, got, hint: 'Make it anew: sensorium index DATA --force', cause });

/** The header of an index; undefined where there is none. Errors: `demos.index` for one of another kind or version. */
export async function readHeader(place: string): Promise<IndexHeader | undefined> {
  const file = join(place, 'index.json');
  const value = await readJson(file).catch((error: unknown) => {
    if ((error as { code?: string }).code === 'util.missing') return undefined;
    if (error instanceof SensoriumError && error.code === 'util.json') throw damaged(file, error.got ?? 'text that is not JSON', error);
    throw error;
  });
  if (value === undefined) return undefined;
  const found = header.safeParse(value);
  if (found.success) return found.data;
  const { version, kind } = value as Record<string, unknown>;
  if (kind === 'sensorium-index' && version !== VERSION)
    throw new SensoriumError('demos.index', 'the index was made by another version', {
      place: file,
      expected: `version ${VERSION}`,
      got: String(version),
      hint: 'Make it anew: sensorium index DATA --force',
    });
  throw damaged(file, found.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}

/** Rows and vectors of an index. Vectors: [2, rows, width], images first. Errors: `demos.index` for files that do not fit the header. */
export async function readRows(
  place: string,
  { files, rows, width }: IndexHeader,
): Promise<{ rows: IndexRow[]; image: Float32Array; text: Float32Array }> {
  const file = join(place, files.rows);
  const lines = (await io(file, () => readFile(file, 'utf8'))).split('\n');
  lines.pop();
  if (lines.length !== rows) throw damaged(file, `${lines.length} rows, the header has ${rows}`);
  const read = lines.map((line, i): IndexRow => {
    const found = row.safeParse(parseJson(line, file, i + 1));
    if (found.success) return found.data;
    throw damaged(`${file}, row ${i}`, found.error.issues[0]?.message ?? '');
  });
  const path = join(place, files.vectors);
  const bytes = await io(path, () => readFile(path));
  if (bytes.length !== 8 * rows * width) throw damaged(path, `${bytes.length} bytes, not ${8 * rows * width}`);
  const all = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  return { rows: read, image: all.subarray(0, rows * width), text: all.subarray(rows * width) };
}

/** Writes an index in place of an older one: whoever reads meanwhile sees one of them whole. */
export async function writeIndex(
  place: string,
  {
    rows,
    vectors,
    width,
    ...rest
  }: Omit<IndexHeader, 'kind' | 'version' | 'files' | 'rows'> & { rows: readonly IndexRow[]; vectors: readonly DemoVectors[] },
): Promise<IndexHeader> {
  const { image, text } = packVectors(vectors, width);
  const lines = rows.map((one) => `${JSON.stringify(one)}\n`).join('');
  const bytes = Buffer.concat([image, text].map((block) => Buffer.from(block.buffer, block.byteOffset, block.byteLength)));
  const files = { rows: `rows-${hash(lines)}.jsonl`, vectors: `vectors-${hash(bytes)}.f32` };
  await writeAtomic(join(place, files.rows), lines);
  await writeAtomic(join(place, files.vectors), bytes);
  const made: IndexHeader = { kind: 'sensorium-index', version: VERSION, ...rest, width, rows: rows.length, files };
  await writeAtomic(join(place, 'index.json'), `${JSON.stringify(made, null, 2)}\n`);
  for (const name of await readdir(place))
    if (/^(?:rows|vectors)-[\w-]{22}\.(?:jsonl|f32)$|^journal\.jsonl$/.test(name) && name !== files.rows && name !== files.vectors)
      await rm(join(place, name), { force: true });
  return made;
}

const encode = (vector: Float32Array | undefined): string | undefined =>
  vector && Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64');
const decode = (text: string | undefined): Float32Array | undefined => {
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};

const entry = z.object({ id: z.string(), key: z.string(), image: z.string().optional(), text: z.string().optional() });

/** What a run has embedded so far, line by line, so that one that is stopped loses nothing. */
export class Journal {
  private constructor(
    private readonly handle: Awaited<ReturnType<typeof open>>,
    /** Vectors of the earlier run, by the names of rows. */
    readonly known: ReadonlyMap<string, DemoVectors>,
  ) {}

  /** Opens the journal of an index; what another model has left is dropped, and so is a last line that is not whole. */
  static async open(place: string, model: string): Promise<Journal> {
    const file = join(place, 'journal.jsonl');
    const found = await readFile(file, 'utf8').catch((error: unknown) => {
      if (errno(error) === 'ENOENT') return '';
      throw error;
    });
    const head = `${JSON.stringify({ model })}\n`;
    const known = new Map<string, DemoVectors>();
    const whole = found.startsWith(head) ? found.slice(0, found.lastIndexOf('\n') + 1) : head;
    for (const line of whole.slice(head.length).split('\n').slice(0, -1)) {
      const read = entry.parse(parseJson(line, file));
      const [image, text] = [decode(read.image), decode(read.text)];
      known.set(read.id, { key: read.key, ...(image ? { image } : {}), ...(text ? { text } : {}) });
    }
    if (whole !== found) await writeAtomic(file, whole);
    return new Journal(await io(file, () => open(file, 'a')), known);
  }

  async add(entries: readonly (DemoVectors & { id: string })[]): Promise<void> {
    await this.handle.appendFile(
      entries.map(({ id, key, image, text }) => `${JSON.stringify({ id, key, image: encode(image), text: encode(text) })}\n`).join(''),
    );
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

/** What a file is at the moment, as rows note it. */
export async function fileState(path: string): Promise<{ size: number; changed: number }> {
  const { size, mtimeMs } = await io(path, () => stat(path));
  return { size, changed: Math.round(mtimeMs) };
}
