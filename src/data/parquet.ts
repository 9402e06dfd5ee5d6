// Parquet with embedded images, in the columns of The Cauldron and nanoVLM: images [{bytes, path}], texts [{user, assistant}].

import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import {
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type SchemaElement,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { badRow, type PlacedSample, type ReadOptions, RowError, type RowPlace, readImage, readRow } from './row.js';
import {
  type DataSample,
  IMAGE_MARK,
  inOrder,
  joined,
  type SampleImage,
  type SampleMessage,
  type SamplePart,
  type Samples,
  type SampleTurn,
  sampleOf,
  textOf,
  type WriteOptions,
} from './sample.js';
import { formatHint, formatName, formatOf, HEAD } from './sniff.js';
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
    let group: { images: SampleImage[]; turns: SampleTurn[] }[] = [];
    let written = 0;
    const flush = async (): Promise<void> => {
      await writer.write({
        columnData: [
          { name: 'images', data: group.map((row) => row.images.map((i) => ({ bytes: i.bytes, path: i.path }))), codec: 'UNCOMPRESSED' },
          { name: 'texts', data: group.map((row) => row.turns.map((t) => ({ user: t.user, assistant: t.assistant }))) },
        ],
        rowGroupSize: GROUP,
      });
      group = [];
    };
    for await (const sample of samples) {
      throwIfAborted(options.signal);
      group.push(toColumns(sample));
      written++;
      options.onSample?.(written);
      if (group.length === GROUP) await flush();
    }
    if (group.length || written === 0) await flush();
    await writer.finish();
    return written;
  });
}

/** The columns of one sample; `<image>` stands in the text where images do not simply come first. Throws for what pairs cannot hold. */
function toColumns(sample: DataSample): { images: SampleImage[]; turns: SampleTurn[] } {
  if (!sample.messages) return sample;
  const { messages, order } = inOrder(sample);
  const turns: SampleTurn[] = [];
  for (let i = 0; i < messages.length; i += 2) {
    const [user, assistant] = [messages[i] as SampleMessage, messages[i + 1]];
    if (user.role !== 'user' || assistant?.role !== 'assistant')
      throw new SensoriumError('data.row', 'the columns of this format hold pairs of question and answer only', {
        place: `sample ${sample.id}, message ${user.role === 'user' ? i + 1 : i}`,
        expected: user.role === 'user' ? 'a reply' : 'a question',
        got: user.role === 'user' ? (assistant?.role ?? 'nothing') : user.role,
        hint: 'Write it in the LLaVA format',
      });
    turns.push({ user: textOf(user), assistant: textOf(assistant) });
  }
  return { images: order.map((k) => sample.images[k] as SampleImage), turns };
}

const EXPECTED = 'a parquet file with the columns images and texts, or image and conversations';
const DIALOGUES = ['conversations', 'messages', 'conversation'];

/**
 * Reads a parquet file row group by row group, in any usual compression: the columns `images` and `texts` of The Cauldron, or `image` (or
 * `images`) and `conversations` (or `messages`). `data.read` for files that are not parquet or lack a column, `data.row` for bad rows.
 */
export async function* readParquet(file: string, options: ReadOptions = {}): AsyncGenerator<DataSample> {
  for await (const { sample } of parquetRows(file, options)) yield sample;
}

/** `readParquet` with the place of every row. */
export async function* parquetRows(file: string, options: ReadOptions = {}): AsyncGenerator<PlacedSample> {
  const { source, metadata } = await openParquet(file);
  const columns = parquetSchema(metadata).children.map((column) => column.element.name);
  const fail = (missing: string): SensoriumError =>
    new SensoriumError('data.read', `the column ${missing} is missing`, {
      place: file,
      expected: EXPECTED,
      got: `the columns ${columns.join(', ')}`,
      hint: 'Rename the columns, or write the rows as JSON lines',
    });
  const dialogue = DIALOGUES.find((name) => columns.includes(name));
  const texts = columns.includes('texts') && !dialogue;
  if (!texts && !dialogue) throw fail('texts');
  if (texts && !columns.includes('images')) throw fail('images');
  const wanted = texts
    ? ['images', 'texts']
    : columns.filter((name) => ['id', 'image', 'images', 'system', 'video', 'videos', 'audio', dialogue].includes(name));
  const root = resolve(options.images ?? dirname(file));
  let start = 0;
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows);
    throwIfAborted(options.signal);
    // utf8: false keeps the image bytes as bytes; annotated strings are decoded all the same.
    const rows = await parquetReadObjects({
      file: source,
      metadata,
      columns: wanted,
      rowStart: start,
      rowEnd: end,
      utf8: false,
      compressors,
    }).catch((cause: unknown) => {
      const codecs = [...new Set(group.columns.map((column) => column.meta_data?.codec ?? 'unknown'))].join(', ');
      throw new SensoriumError('data.read', 'a row group cannot be decoded', {
        place: `${file}, rows ${start}..${end - 1}`,
        expected: `whole pages in ${Object.keys(compressors).join(', ')} or UNCOMPRESSED`,
        got: `${codecs}: ${(cause as Error).message}`,
        hint: 'Download the file again, or write it with another compression',
        cause,
      });
    });
    for (const [i, row] of rows.entries()) {
      const at = { file, row: start + i };
      try {
        yield { sample: texts ? await toSample(row, at, root) : await readRow(plain(row), at, { root }), at };
      } catch (error) {
        if (!options.onBad || !(error instanceof SensoriumError)) throw error;
        options.onBad(badRow(error, file, at.row));
      }
    }
    start = end;
  }
}

type Source = Awaited<ReturnType<typeof asyncBufferFromFile>>;

async function openParquet(file: string): Promise<{ source: Source; metadata: FileMetaData }> {
  const source = await asyncBufferFromFile(file).catch((cause: unknown) => {
    throw new SensoriumError('data.read', 'cannot open the data set', { place: file, expected: EXPECTED, hint: 'Check the path.', cause });
  });
  const metadata = await parquetMetadataAsync(source).catch(async (cause: unknown) => {
    const handle = await open(file, 'r');
    const head = new Uint8Array(HEAD);
    const { bytesRead } = await handle.read(head, 0, HEAD, 0).finally(() => handle.close());
    const format = formatOf(head.subarray(0, bytesRead));
    throw new SensoriumError('data.read', format === 'parquet' ? 'the parquet file is cut off or damaged' : 'not a parquet file', {
      place: file,
      expected: EXPECTED,
      got: format === 'parquet' ? (cause as Error).message : formatName(format),
      hint:
        format === 'parquet'
          ? 'Download or write it again'
          : format === 'json'
            ? 'Read it with readLlava, under a name that ends in .json'
            : formatHint(format),
      cause,
    });
  });
  return { source, metadata };
}

/** Integers of 64 bits as numbers or text. */
const plain = (row: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).map(([key, value]) => [key, typeof value === 'bigint' ? String(value) : value]));

async function toSample(row: Record<string, unknown>, at: RowPlace, root: string): Promise<DataSample> {
  const bad = (key: string, expected: string): RowError => new RowError(at, key, `malformed "${key}"`, { expected });
  const { images: rawImages, texts } = row;
  if (rawImages !== null && rawImages !== undefined && !Array.isArray(rawImages)) throw bad('images', 'a list of {bytes, path}');
  if (!Array.isArray(texts) || !texts.length) throw bad('texts', 'a non-empty list of {user, assistant}');
  const images: SampleImage[] = [];
  for (const [i, raw] of ((rawImages ?? []) as unknown[]).entries()) {
    const image = raw as { bytes?: unknown; path?: unknown } | null;
    if (image?.bytes instanceof Uint8Array && image.bytes.length)
      images.push({ bytes: image.bytes, path: typeof image.path === 'string' && image.path ? image.path : `${at.row}-${i}.png` });
    else if ((image?.bytes === null || image?.bytes === undefined) && typeof image?.path === 'string')
      images.push(await readImage(image.path, `images[${i}]`, { ...at, root }, i));
    else throw bad(`images[${i}].bytes`, 'the bytes of an image file');
  }
  const turns = texts.map((raw: unknown, i) => {
    const turn = raw as { user?: unknown; assistant?: unknown } | null;
    if (typeof turn?.user !== 'string' || typeof turn.assistant !== 'string') throw bad(`texts[${i}]`, 'the strings user and assistant');
    return { user: turn.user, assistant: turn.assistant };
  });
  const id = images[0]?.path.replace(/^.*\//, '').replace(/\.\w+$/, '') || String(at.row);
  const marks = turns.reduce((n, { user, assistant }) => n + `${user}${assistant}`.split(IMAGE_MARK).length - 1, 0);
  if (marks === 0) return { id, images, turns };
  if (marks !== images.length) throw bad('texts', `${IMAGE_MARK} nowhere, or once for each of ${images.length} images`);
  let next = 0;
  const parts = (text: string): SamplePart[] =>
    joined(
      text
        .split(IMAGE_MARK)
        .flatMap((piece, i): SamplePart[] => [...(i ? [{ type: 'image' as const, image: next++ }] : []), { type: 'text', text: piece }]),
    );
  const messages = turns.flatMap(({ user, assistant }): SampleMessage[] => [
    { role: 'user', parts: parts(user) },
    { role: 'assistant', parts: parts(assistant) },
  ]);
  return sampleOf(id, images, messages);
}
