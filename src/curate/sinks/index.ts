// The kinds of output, by name.

import { FolderSink, JsonlSink, ListSink } from './lines.js';
import { ParquetSink } from './parquet.js';
import type { Sink, SinkOptions } from './sink.js';
import { WebdatasetSink } from './webdataset.js';

export type { KeptRow, Sink, SinkState } from './sink.js';

/** Names of the kinds of output. */
export const SINKS = ['webdataset', 'parquet', 'jsonl', 'folder', 'list'] as const;
export type SinkName = (typeof SINKS)[number];

const openers: Readonly<Record<SinkName, (options: SinkOptions) => Promise<Sink>>> = {
  webdataset: (options) => WebdatasetSink.open(options),
  parquet: async (options) => new ParquetSink(options),
  jsonl: (options) => JsonlSink.open(options),
  folder: async (options) => new FolderSink(options),
  list: (options) => ListSink.open(options),
};

/** Opens a sink in a folder, at its beginning or where an earlier run stopped. */
export const openSink = (name: SinkName, options: SinkOptions): Promise<Sink> => openers[name](options);
