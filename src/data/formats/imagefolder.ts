// A folder of images with metadata.jsonl or metadata.csv (Hugging Face's imagefolder), or with a folder for each class.

import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openCsv } from '../csv-table.js';
import type { Table } from '../dataset.js';
import { mediaOf } from '../dataset.js';
import { DIALOGUE_KEYS } from '../dialogue.js';
import type { Format } from '../format.js';
import { openJson } from '../json-table.js';
import { writeJsonFolder } from '../json-writer.js';
import { checkMarks } from '../marks.js';
import { namesIn } from '../open-file.js';
import { openParquet } from '../parquet-table.js';
import { readRecord } from '../record.js';
import type { RowPlace } from '../row.js';
import { hasContent } from '../turns.js';
import { fromValueTurns, plainPair } from './turns.js';

const IMAGE = /\.(png|jpe?g|webp|gif|bmp|tiff?|avif)$/i;
const openers = { 'metadata.jsonl': openJson, 'metadata.csv': openCsv, 'metadata.parquet': openParquet } as const;

/** True for a folder of metadata. */
const hasMetadata = (names: readonly string[]): boolean => Object.keys(openers).some((name) => names.includes(name));

/** Images in one folder for each class; the label is the folder's name. */
class ClassTable implements Table {
  readonly length: number;
  readonly fingerprint: Readonly<Record<string, unknown>>;

  constructor(
    readonly root: string,
    private readonly files: readonly { name: string; label: string }[],
  ) {
    this.length = files.length;
    const hash = createHash('sha256')
      .update(files.map(({ name }) => name).join('\0'))
      .digest('hex');
    this.fingerprint = { rows: files.length, hash };
  }

  at(index: number): RowPlace {
    return { file: this.root, row: index };
  }

  async record(index: number): Promise<Record<string, unknown>> {
    const { name, label } = this.files[index] as { name: string; label: string };
    return { id: name, file_name: name, label };
  }

  dispose(): void {}
}

async function openClasses(dir: string): Promise<Table> {
  const files: { name: string; label: string }[] = [];
  const folders = (await readdir(dir, { withFileTypes: true })).filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
  for (const label of folders.map(({ name }) => name).sort())
    for (const name of await namesIn(join(dir, label))) if (IMAGE.test(name)) files.push({ name: `${label}/${name}`, label });
  return new ClassTable(dir, files);
}

/** Image folders. Written: `metadata.jsonl` beside the images. */
export const imagefolder: Format = {
  name: 'imagefolder',
  summary: 'a folder of images with metadata.jsonl or metadata.csv (file_name, …), or a folder for each class',
  target: 'folder',
  detect: ({ kind, names }) =>
    kind === 'folder' && (hasMetadata(names) || names.some((name) => /^[^/]+\/[^/]+$/.test(name) && IMAGE.test(name))),
  open: async (dir, options) => {
    const names = await namesIn(dir);
    for (const [name, open] of Object.entries(openers)) if (names.includes(name)) return open(join(dir, name), options);
    return openClasses(dir);
  },
  read: (record, context, options) => {
    const { file_name: one, file_names: many, ...rest } = record;
    const isDialogue = DIALOGUE_KEYS.some((key) => hasContent(record[key])) && !hasContent(record.image) && !hasContent(record.images);
    return readRecord(isDialogue && hasContent(one ?? many) ? { image: one ?? many, ...rest } : record, context, options);
  },
  write: (dir, conversations, options) =>
    writeJsonFolder(dir, conversations, options, {
      file: 'metadata.jsonl',
      media: '',
      check: (conversation) => void (plainPair(conversation) ?? checkMarks(conversation)),
      toRow: (conversation, names) => {
        const { id, tools, extra } = conversation;
        const of = (type: string): string[] => mediaOf(conversation).flatMap((part, i) => (part.type === type ? [names[i] as string] : []));
        const [images, videos] = [of('image'), of('video')];
        const text = plainPair(conversation) ?? { conversations: fromValueTurns(conversation) };
        return {
          row: {
            ...(images.length === 1 ? { file_name: images[0] } : images.length ? { file_names: images } : {}),
            ...(videos.length ? { videos } : {}),
            id,
            ...extra,
            ...text,
            ...(tools ? { tools } : {}),
          },
        };
      },
    }),
};
