// The formats of data sets, one row each, and which of them lies at a path.

import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SensoriumError } from '../../util/errors.js';
import { nearest } from '../../util/nearest.js';
import { isHeldOutSplit, isTrainingSplit } from '../../weights/hub-data.js';
import type { Format, Found } from '../format.js';
import { jsonRows } from '../json-rows.js';
import { DATA_FILES } from '../json-writer.js';
import { cannotOpen, namesIn, openDataFile } from '../open-file.js';
import { isPattern, namesMatching } from '../shards.js';
import { formatHint, formatName, formatOf, HEAD, isImageName } from '../sniff.js';
import { coco } from './coco.js';
import { csv } from './csv.js';
import { imagefolder } from './imagefolder.js';
import { json } from './json.js';
import { llava } from './llava.js';
import { mimicIt } from './mimic-it.js';
import { mmicl } from './mmicl.js';
import { openai } from './openai.js';
import { cauldron, parquet, trlParquet } from './parquet.js';
import { preferences } from './preferences.js';
import { scienceQaFormat } from './science-qa.js';
import { sharegpt } from './sharegpt.js';
import { swift } from './swift.js';
import { trl } from './trl.js';
import { webdataset } from './webdataset.js';

/** Every format; the first that recognizes a path reads it. */
export const FORMATS: readonly Format[] = [
  mimicIt,
  scienceQaFormat,
  coco,
  mmicl,
  preferences,
  trl,
  swift,
  openai,
  llava,
  sharegpt,
  json,
  parquet,
  cauldron,
  trlParquet,
  webdataset,
  csv,
  imagefolder,
];

/** A format by its name. Throws `data.format`. */
export function formatNamed(name: string): Format {
  const found = FORMATS.find((format) => format.name === name);
  if (found) return found;
  const names = FORMATS.map((format) => format.name);
  const near = nearest(name, names);
  throw new SensoriumError('data.format', 'no such data format', {
    expected: names.join(', '),
    got: name,
    hint: near ? `Did you mean ${near}?` : undefined,
  });
}

/** What lies at a path; of a folder that a writer made, its file. Throws `data.read` where there is nothing. */
export async function lookAt(path: string): Promise<Found> {
  const info = await stat(path).catch((cause: unknown) => {
    if (isPattern(path)) return undefined;
    throw cannotOpen(path, cause);
  });
  if (!info) {
    const names = await namesMatching(path);
    if (names.length > 0) return { path, kind: 'folder', head: '', names };
    throw new SensoriumError('data.read', 'no file matches the pattern', {
      place: path,
      hint: 'Name the shards in one folder, such as data/train-*.parquet',
    });
  }
  if (info.isDirectory()) {
    const names = await namesIn(path);
    const file = DATA_FILES.find((name) => names.includes(name) && !name.startsWith('metadata'));
    if (file) return lookAt(join(path, file));
    return { path, kind: 'folder', head: '', names: await withFiles(path, names) };
  }
  const handle = await openDataFile(path);
  const head = Buffer.alloc(HEAD);
  const { bytesRead } = await handle.read(head, 0, HEAD, 0).finally(() => handle.close());
  const start = head.subarray(0, bytesRead);
  const found: Found = { path, kind: formatOf(start), head: start.toString('utf8'), names: [] };
  if (found.kind !== 'json' || [coco, mimicIt, scienceQaFormat].some((format) => format.detect(found))) return found;
  // The first good row; a file without one is opened as it is, and what is wrong is named then.
  for await (const { value } of jsonRows(path, { chunkBytes: 2 ** 16, onBad: () => {} }))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { ...found, first: value as Record<string, unknown> }
      : found;
  return found;
}

/** Names in a folder, and of each folder in it the first image, or the first file of all, and its metadata: `folder/file`. */
async function withFiles(path: string, names: readonly string[]): Promise<string[]> {
  const all = [...names];
  for (const name of names.slice(0, 50)) {
    const inside = (await namesIn(join(path, name))).filter((inner) => !inner.startsWith('.'));
    const first = inside.find(isImageName) ?? inside[0];
    for (const file of new Set([first, inside.find((inner) => /^metadata\.\w+$/.test(inner))])) if (file) all.push(`${name}/${file}`);
  }
  return all;
}

/** What to do with a folder in which no format recognizes a data set. */
function folderHint({ names }: Found): string {
  if (names.includes('dataset_dict.json') || names.some((name) => name.endsWith('.arrow')))
    return 'datasets.save_to_disk has written this: in Python, load_from_disk(folder).to_parquet("data.parquet"), of one split where there are several';
  const isTable = (name: string): boolean =>
    !name.startsWith('.') && /\.(?:jsonl?|[ct]sv)$|\/metadata\.\w+$|\/[^/]+\.(?:parquet|tar)$/i.test(name);
  const isSplit = (name: string): boolean =>
    /^[^/]+\/[^/.]+$/.test(name) && (isTrainingSplit(dirname(name)) || isHeldOutSplit(dirname(name)));
  const inner = names.flatMap((name) =>
    isTable(name) ? [name.replace(/\/metadata\.\w+$|\/[^/]+\.(?:parquet|tar)$/, '')] : isSplit(name) ? [dirname(name)] : [],
  );
  if (inner.length > 0) return `Give one of what it holds: ${inner.slice(0, 5).join(', ')}`;
  return names.some(isImageName)
    ? 'It holds images alone: write metadata.jsonl beside them, with file_name and text in each line, or sort them into a folder for each class'
    : 'Check the path.';
}

/** The format of a data set by its content. Throws `data.read` for what none of them reads. */
export async function detectFormat(path: string): Promise<{ format: Format; found: Found }> {
  const found = await lookAt(path);
  const format = FORMATS.find((candidate) => candidate.detect(found));
  if (format) return { format, found };
  if (found.kind === 'folder')
    throw new SensoriumError('data.read', 'the folder has no data set', {
      place: path,
      expected: `${DATA_FILES.join(', ')}, shards of parquet or tar, or a folder of images for each class`,
      hint: folderHint(found),
    });
  throw new SensoriumError('data.read', 'this is not a data set of a known format', {
    place: path,
    expected: 'JSON, JSON lines, parquet, tar, CSV or a folder of images',
    got: formatName(found.kind),
    hint: /\.(?:xlsx?|ods|numbers)$/i.test(path) ? 'Save the sheet as CSV in UTF-8' : formatHint(found.kind),
  });
}
