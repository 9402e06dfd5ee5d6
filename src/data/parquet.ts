// Parquet with embedded images, in the columns of The Cauldron and nanoVLM: images [{bytes, path}], texts [{user, assistant}].

import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, type SchemaElement } from 'hyparquet';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import type { DataSample, SampleImage, Samples, WriteOptions } from './sample.js';
import { writeDataFile } from './target.js';

/** Rows per row group: some megabytes of small images, read and written in one piece. */
const GROUP = 1000;

const list = (name: string, fields: SchemaElement[]): SchemaElement[] => [
  { name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  { name: 'element', repetition_type: 'OPTIONAL', num_children: fields.length },
  ...fields,
];
const bytes = (name: string): SchemaElement => ({ name, type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' });
const text = (name: string): SchemaElement => ({ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' });

const schema: SchemaElement[] = [
  { name: 'schema', num_children: 2 },
  ...list('images', [bytes('bytes'), text('path')]),
  ...list('texts', [text('user'), text('assistant')]),
];

/** What the `datasets` library needs to show the bytes as images. */
const features = JSON.stringify({
  info: {
    features: {
      images: { feature: { _type: 'Image' }, _type: 'List' },
      texts: { feature: { user: { dtype: 'string', _type: 'Value' }, assistant: { dtype: 'string', _type: 'Value' } }, _type: 'List' },
    },
  },
});

/** Writes one parquet file, streaming in row groups. Atomic; refuses to replace a file without `force`. Returns the number of samples. */
export function writeParquet(file: string, samples: Samples, options: WriteOptions = {}): Promise<number> {
  return writeDataFile(file, { force: options.force }, async (temporary) => {
    const writer = new ParquetWriter({
      writer: fileWriter(temporary),
      schema,
      statistics: false,
      createdBy: 'sensorium',
      kvMetadata: [{ key: 'huggingface', value: features }],
    });
    let group: DataSample[] = [];
    let written = 0;
    const flush = async (): Promise<void> => {
      await writer.write({
        columnData: [
          { name: 'images', data: group.map((s) => s.images.map((i) => ({ bytes: i.bytes, path: i.path }))), codec: 'UNCOMPRESSED' },
          { name: 'texts', data: group.map((s) => s.turns.map((t) => ({ user: t.user, assistant: t.assistant }))) },
        ],
        rowGroupSize: GROUP,
      });
      group = [];
    };
    for await (const sample of samples) {
      throwIfAborted(options.signal);
      group.push(sample);
      written++;
      options.onSample?.(written);
      if (group.length === GROUP) await flush();
    }
    if (group.length || written === 0) await flush();
    await writer.finish();
    return written;
  });
}

/** Reads such a file row group by row group. `data.read` for files that are not parquet or lack a column, `data.row` for bad rows. */
export async function* readParquet(file: string, options: { signal?: AbortSignal } = {}): AsyncGenerator<DataSample> {
  const fail = (summary: string, cause?: unknown): SensoriumError =>
    new SensoriumError('data.read', summary, { place: file, expected: 'a parquet file with the columns images and texts', cause });
  const source = await asyncBufferFromFile(file).catch((cause: unknown) => {
    throw fail('cannot open the data set', cause);
  });
  const metadata = await parquetMetadataAsync(source).catch((cause: unknown) => {
    throw fail('not a parquet file, or cut off', cause);
  });
  const columns = new Set(metadata.schema.map((s) => s.name));
  for (const name of ['images', 'texts']) if (!columns.has(name)) throw fail(`the column ${name} is missing`);
  let start = 0;
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows);
    throwIfAborted(options.signal);
    // utf8: false keeps the image bytes as bytes; annotated strings are decoded all the same.
    const rows = await parquetReadObjects({
      file: source,
      metadata,
      columns: ['images', 'texts'],
      rowStart: start,
      rowEnd: end,
      utf8: false,
    }).catch((cause: unknown) => {
      throw new SensoriumError('data.read', 'a row group cannot be decoded', { place: `${file}, rows ${start}..${end - 1}`, cause });
    });
    for (const [i, row] of rows.entries()) yield toSample(row, file, start + i);
    start = end;
  }
}

function toSample(row: Record<string, unknown>, file: string, index: number): DataSample {
  const bad = (key: string, expected: string): SensoriumError =>
    new SensoriumError('data.row', `malformed "${key}"`, { place: `${file}, row ${index}`, expected });
  const { images: rawImages, texts } = row;
  if (rawImages !== null && rawImages !== undefined && !Array.isArray(rawImages)) throw bad('images', 'a list of {bytes, path}');
  if (!Array.isArray(texts) || !texts.length) throw bad('texts', 'a non-empty list of {user, assistant}');
  const images = ((rawImages ?? []) as unknown[]).map((raw, i): SampleImage => {
    const image = raw as { bytes?: unknown; path?: unknown } | null;
    if (!(image?.bytes instanceof Uint8Array) || !image.bytes.length) throw bad(`images[${i}].bytes`, 'the bytes of an image file');
    return { bytes: image.bytes, path: typeof image.path === 'string' ? image.path : `${index}-${i}.png` };
  });
  const turns = texts.map((raw: unknown, i) => {
    const turn = raw as { user?: unknown; assistant?: unknown } | null;
    if (typeof turn?.user !== 'string' || typeof turn.assistant !== 'string') throw bad(`texts[${i}]`, 'the strings user and assistant');
    return { user: turn.user, assistant: turn.assistant };
  });
  return { id: images[0]?.path.replace(/^.*\//, '').replace(/\.\w+$/, '') || String(index), images, turns };
}
