// The kinds of output, by name.
import { FolderSink, JsonlSink, ListSink } from './lines.js';
import { ParquetSink } from './parquet.js';
import { WebdatasetSink } from './webdataset.js';
/** Names of the kinds of output. */
export const SINKS = ['webdataset', 'parquet', 'jsonl', 'folder', 'list'];
const openers = {
    webdataset: (options) => WebdatasetSink.open(options),
    parquet: async (options) => new ParquetSink(options),
    jsonl: (options) => JsonlSink.open(options),
    folder: async (options) => new FolderSink(options),
    list: (options) => ListSink.open(options),
};
/** Opens a sink in a folder, at its beginning or where an earlier run stopped. */
export const openSink = (name, options) => openers[name](options);
//# sourceMappingURL=index.js.map