// The rows of a data set in order, shard by shard: one file is open at a time, whatever the number of shards.

import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Table } from '../data/dataset.js';
import { detectFormat, formatNamed } from '../data/formats/index.js';
import { namesIn } from '../data/open-file.js';
import { openParquet } from '../data/parquet-table.js';
import { shardsAt } from '../data/shards.js';
import { isImageName } from '../data/sniff.js';
import { openTar } from '../data/tar-table.js';
import { SensoriumError } from '../util/errors.js';
import { openPairFolder } from './pair-folder.js';

/** One file of a data set, or all of it. */
export interface Unit {
  /** Name for reports and provenance. */
  name: string;
  /** Bytes on disk, by which the rows of files that are not open yet are estimated; 0 where the table is open already. */
  bytes: number;
  open(): Promise<Table>;
}

/** A data set as units in their order. */
export interface UnitSource {
  format: string;
  units: readonly Unit[];
}

/** Options of `openUnits`. */
export interface UnitOptions {
  /** Name of the format. Default: by content. */
  format?: string;
  signal?: AbortSignal;
}

const shardFormats = {
  webdataset: { ending: '.tar', open: (file: string, signal?: AbortSignal) => openTar(file, { signal }) },
  parquet: { ending: '.parquet', open: (file: string) => openParquet(file, { anyColumns: true }) },
} as const;

async function sharded(path: string, name: keyof typeof shardFormats, signal?: AbortSignal): Promise<UnitSource> {
  const { ending, open } = shardFormats[name];
  const found = await shardsAt(path, ending);
  const files = found.length > 0 ? found : [path];
  const units: Unit[] = [];
  for (const file of files) units.push({ name: basename(file), bytes: (await stat(file)).size, open: () => open(file, signal) });
  return { format: name, units };
}

/** Images of a folder that have no metadata file are rows by themselves. */
async function isBareFolder(path: string): Promise<boolean> {
  const names = await namesIn(path);
  if (names.some((name) => /^(?:metadata\.|data\.|captions\.json)|\.(?:tar|parquet)$/.test(name))) return false;
  if (names.some(isImageName)) return true;
  for (const name of names.slice(0, 20)) if (await hasSidecars(`${path}/${name}`)) return true;
  return false;
}

/** Folders for classes hold images alone; here texts stand beside them. */
async function hasSidecars(folder: string): Promise<boolean> {
  const names = await namesIn(folder);
  const image = names.find(isImageName);
  const stem = image?.replace(/\.[^.]+$/, '');
  return stem !== undefined && (names.includes(`${stem}.txt`) || names.includes(`${stem}.json`));
}

/**
 * Opens a data set: tar and parquet files shard by shard, anything else as one table. Errors: `data.read`, `data.format`.
 */
export async function openUnits(path: string, { format, signal }: UnitOptions = {}): Promise<UnitSource> {
  if (format === undefined && (await isBareFolder(path))) {
    const table = await openPairFolder(path);
    if (table) return { format: 'folder', units: [{ name: basename(path), bytes: 0, open: async () => table }] };
  }
  if (format === 'webdataset' || format === 'parquet') return sharded(path, format, signal);
  if (format === undefined) {
    const found = await detectFormat(path).catch(async (error: unknown) => {
      // Parquet whose columns are not those of dialogues is opened here by its images and captions.
      if (error instanceof SensoriumError && (await shardsAt(path, '.parquet')).length > 0) return undefined;
      throw error;
    });
    const name = found?.format.name ?? 'parquet';
    if (name === 'webdataset' || name === 'parquet') return sharded(path, name, signal);
    return oneTable(path, name, signal);
  }
  return oneTable(path, formatNamed(format).name, signal);
}

async function oneTable(path: string, format: string, signal?: AbortSignal): Promise<UnitSource> {
  return {
    format,
    units: [
      {
        name: basename(path),
        bytes: 0,
        open: async () => formatNamed(format).open((await detectFormat(path)).found.path, { signal }),
      },
    ],
  };
}
