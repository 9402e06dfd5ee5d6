// The rows of a parquet file as a table: row groups are decoded when a row of theirs is read, and the last ones kept.

import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { asyncBufferFromFile, type FileMetaData, parquetMetadataAsync, parquetReadObjects, parquetSchema, type RowGroup } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { SensoriumError } from '../util/errors.js';
import { columnsKind } from './columns.js';
import type { Table } from './dataset.js';
import { DIALOGUE_KEYS } from './dialogue.js';
import { openDataFile } from './open-file.js';
import { hasPromptColumns } from './prompts.js';
import { formatHint, formatName, formatOf, HEAD } from './sniff.js';

/** Bytes of decoded row groups that are kept. */
const KEPT_BYTES = 24 * 2 ** 20;
/** Larger row groups are not decoded as a whole where the file has an index of its pages. */
const WHOLE_BYTES = 32 * 2 ** 20;

const EXPECTED = 'a parquet file of conversations, questions, captions or labels';

/** Opens a parquet file: its metadata are read, no rows. Throws `data.read` for what is not one, and for other columns than a data set has unless `anyColumns`. */
export async function openParquet(file: string, { anyColumns = false } = {}): Promise<ParquetTable> {
  await (await openDataFile(file)).close();
  const source = await asyncBufferFromFile(file);
  const metadata = await parquetMetadataAsync(source).catch(async (cause: unknown) => {
    const handle = await openDataFile(file);
    const head = new Uint8Array(HEAD);
    const { bytesRead } = await handle.read(head, 0, HEAD, 0).finally(() => handle.close());
    const format = formatOf(head.subarray(0, bytesRead));
    const damaged = format === 'parquet';
    throw new SensoriumError('data.read', damaged ? 'the parquet file is cut off or damaged' : 'not a parquet file', {
      place: file,
      expected: EXPECTED,
      got: damaged ? (cause as Error).message : formatName(format),
      hint: damaged ? 'Download or write it again' : formatHint(format),
      cause,
    });
  });
  const table = new ParquetTable(file, source, metadata);
  const keys = Object.fromEntries(table.columns.map((name) => [name, '']));
  if (anyColumns) return table;
  if (![...DIALOGUE_KEYS, 'texts'].some((name) => name in keys) && !columnsKind(keys) && !hasPromptColumns(table.columns))
    throw new SensoriumError('data.read', 'the columns of the parquet file are not those of a data set', {
      place: file,
      expected: 'messages, conversations, texts, prompt and completion, or an image with question and answer, caption or label',
      got: `the columns ${table.columns.join(', ')}`,
      hint: 'Rename the columns, or write the rows as JSON lines',
    });
  return table;
}

type Source = Awaited<ReturnType<typeof asyncBufferFromFile>>;
type Row = Record<string, unknown>;

/** Rows of one parquet file. */
export class ParquetTable implements Table {
  readonly root: string;
  readonly length: number;
  readonly columns: readonly string[];
  readonly fingerprint: Readonly<Record<string, unknown>>;
  /** First row of every group, and the number of rows at the end. */
  private readonly starts: number[] = [0];
  /** Decoded groups, the last used one last. */
  private readonly kept = new Map<number, Promise<Row[]>>();
  private readonly names: ReadonlyMap<string, readonly string[]>;

  constructor(
    readonly file: string,
    private readonly source: Source,
    private readonly metadata: FileMetaData,
  ) {
    this.root = dirname(file);
    for (const group of metadata.row_groups) this.starts.push((this.starts.at(-1) as number) + Number(group.num_rows));
    this.length = this.starts.at(-1) as number;
    this.columns = parquetSchema(metadata).children.map((column) => column.element.name);
    this.names = classNames(metadata);
    const sizes = metadata.row_groups.map((group) => [
      Number(group.num_rows),
      ...group.columns.map((c) => Number(c.meta_data?.total_compressed_size ?? 0)),
    ]);
    const hash = createHash('sha256')
      .update(JSON.stringify([this.columns, sizes]))
      .digest('hex');
    this.fingerprint = { bytes: source.byteLength, rows: this.length, hash };
  }

  at(index: number): { file: string; row: number } {
    return { file: this.file, row: index };
  }

  async record(index: number): Promise<Row> {
    let group = 0;
    for (let high = this.starts.length - 1; high - group > 1; ) {
      const middle = (group + high) >> 1;
      if ((this.starts[middle] as number) <= index) group = middle;
      else high = middle;
    }
    const start = this.starts[group] as number;
    const info = this.metadata.row_groups[group] as RowGroup;
    if (Number(info.total_byte_size) > WHOLE_BYTES && info.columns.every((column) => column.offset_index_offset))
      return this.named((await this.decode(index, index + 1))[0] as Row);
    return this.named((await this.group(group))[index - start] as Row);
  }

  private group(group: number): Promise<Row[]> {
    const rows = this.kept.get(group) ?? this.decode(this.starts[group] as number, this.starts[group + 1] as number);
    this.kept.delete(group);
    this.kept.set(group, rows);
    rows.catch(() => this.kept.delete(group));
    const size = (k: number): number => Number(this.metadata.row_groups[k]?.total_byte_size ?? 0);
    let bytes = [...this.kept.keys()].reduce((n, k) => n + size(k), 0);
    for (const k of this.kept.keys()) {
      if (k === group || bytes <= KEPT_BYTES) break;
      this.kept.delete(k);
      bytes -= size(k);
    }
    return rows;
  }

  private decode(rowStart: number, rowEnd: number): Promise<Row[]> {
    const { source: file, metadata } = this;
    // utf8: false keeps the image bytes as bytes; annotated strings are decoded all the same.
    const options = { file, metadata, rowStart, rowEnd, utf8: false, compressors, useOffsetIndex: true };
    return parquetReadObjects(options).catch((cause: unknown) => {
      const codecs = [...new Set(metadata.row_groups.flatMap((group) => group.columns.map((c) => c.meta_data?.codec ?? 'unknown')))];
      throw new SensoriumError('data.read', 'rows of the parquet file cannot be decoded', {
        place: `${this.file}, rows ${rowStart}..${rowEnd - 1}`,
        expected: `whole pages in ${Object.keys(compressors).join(', ')} or UNCOMPRESSED`,
        got: `${codecs.join(', ')}: ${(cause as Error).message}`,
        hint: 'Download the file again, or write it with another compression',
        cause,
      });
    });
  }

  /** Integers of 64 bits as numbers where they are exact, classes by their names. */
  private named(row: Row): Row {
    const value = (key: string, given: unknown): unknown => {
      const plain = withoutBigInts(given);
      return typeof plain === 'number' ? (this.names.get(key)?.[plain] ?? plain) : plain;
    };
    return Object.fromEntries(Object.entries(row).map(([key, given]) => [key, value(key, given)]));
  }

  dispose(): void {
    this.kept.clear();
  }
}

/** Integers of 64 bits as numbers, or as text where a number is not exact; in lists and structs too. */
function withoutBigInts(given: unknown): unknown {
  if (typeof given === 'bigint') return Number.isSafeInteger(Number(given)) ? Number(given) : String(given);
  if (Array.isArray(given)) return given.map(withoutBigInts);
  if (typeof given !== 'object' || given === null || given instanceof Date || ArrayBuffer.isView(given)) return given;
  return Object.fromEntries(Object.entries(given).map(([key, value]) => [key, withoutBigInts(value)]));
}

/** Names of the classes of `ClassLabel` columns, as the `datasets` library writes them into the file. */
function classNames(metadata: FileMetaData): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const text = metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
  if (!text) return found;
  let features: unknown;
  try {
    features = (JSON.parse(text) as { info?: { features?: unknown } }).info?.features;
  } catch {
    return found; // Another program's note under this key: the columns are read without names.
  }
  for (const [name, feature] of Object.entries((features ?? {}) as Record<string, { _type?: unknown; names?: unknown }>))
    if (feature?._type === 'ClassLabel' && Array.isArray(feature.names)) found.set(name, feature.names.map(String));
  return found;
}
