// Demonstrations on disk: every data set of conversations that the package reads, and folders of pictures with captions beside them or without.

import { openUnits } from '../../curate/source.js';
import { conversations } from '../../data/conversations.js';
import type { Conversation, Table } from '../../data/dataset.js';
import { mediaEntry } from '../../data/media-entry.js';
import { readRecord } from '../../data/record.js';
import type { RowPlace } from '../../data/row.js';
import { type Demo, demosOf, makeDemo, textOf } from './demo.js';

/** Rows of demos: a conversation has several. */
export interface DemoSource {
  readonly path: string;
  readonly format: string;
  /** Rows of the data. */
  readonly rows: number;
  /** The identity of the data, wherever they lie. */
  readonly describe: Readonly<Record<string, unknown>>;
  /** The demos of a row. Errors: `data.row`, with its place. */
  demos(row: number): Promise<Demo[]>;
  dispose(): void;
}

/** How demos are read. */
export interface DemoSourceOptions {
  format?: string;
  /** Folder of the images. Default: that of the file. */
  images?: string;
  signal?: AbortSignal;
}

/** What rows without a question are given by the readers of data, in place of their own words, so that it can be told apart and left out. */
const UNASKED = '(nothing is asked)';

/** The demos of a conversation as it was read with `UNASKED`. */
function readDemos(conversation: Conversation): Demo[] {
  const captions = conversation.messages.some(({ role, content }) => role === 'user' && textOf(content) === UNASKED);
  return demosOf(conversation, { captions });
}

/** Opens a file or folder. Errors: `data.read`, `data.format`. */
export async function openDemoSource(path: string, { format, images, signal }: DemoSourceOptions = {}): Promise<DemoSource> {
  const units = format === undefined ? await openUnits(path, { signal }) : undefined;
  if (units?.format === 'folder') return pictureFolder(path, await (units.units[0] as (typeof units.units)[number]).open());
  const set = await conversations(path, { format, images, prompt: UNASKED }).open(signal);
  const { prompt: _, ...describe } = set.describe;
  return {
    path,
    format: set.format,
    rows: set.length,
    describe,
    demos: async (row) => readDemos(await set.get(row)),
    dispose: () => set.dispose?.(),
  };
}

/** Pictures, each with KEY.txt or KEY.json beside it, or with nothing: these can be found and have no answer to show. */
function pictureFolder(path: string, table: Table): DemoSource {
  return {
    path,
    format: 'folder',
    rows: table.length,
    describe: table.fingerprint,
    async demos(row) {
      const record = await table.record(row);
      const at: RowPlace = table.at(row);
      const context = { at, root: table.root };
      const { id: _, image, ...own } = record;
      if (Object.keys(own).length > 0) return readDemos(readRecord(record, context, { prompt: UNASKED }));
      const { source, name } = mediaEntry(image, 'image', 'image', context);
      return [makeDemo([{ type: 'image', source, origin: { name, key: 'image' } }], '', `${at.file}, ${name}`)];
    },
    dispose: () => table.dispose(),
  };
}
