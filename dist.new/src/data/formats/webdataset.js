// WebDataset: tar files in which the files of one key are a sample, such as 000.jpg and 000.json or 000.txt.
import { open } from 'node:fs/promises';
import { ConcatTable } from '../concat-table.js';
import { mediaOf } from '../dataset.js';
import { eachConversation } from '../json-writer.js';
import { checkMarks } from '../marks.js';
import { mediaBytes, mediaEnding, safeName, uniqueNames } from '../media-writer.js';
import { RowError } from '../row.js';
import { shardsAt } from '../shards.js';
import { MAX_TAR_FILE, TAR_BLOCK, tarHeader, tarPadding } from '../tar-header.js';
import { openTar } from '../tar-table.js';
import { writeDataFile } from '../target.js';
import { fromValueTurns } from './turns.js';
const openShards = async (path, signal) => {
    const shards = await shardsAt(path, '.tar');
    if (shards.length === 0)
        return openTar(path, { signal });
    const tables = [];
    for (const shard of shards)
        tables.push(await openTar(shard, { signal }));
    return tables.length === 1 ? tables[0] : new ConcatTable(tables);
};
/** WebDataset. Written: one tar file. */
export const webdataset = {
    name: 'webdataset',
    summary: 'WebDataset tar, or a folder of shards: KEY.jpg with KEY.json, KEY.txt or KEY.cls',
    target: '.tar',
    detect: ({ kind, names }) => kind === 'tar' || (kind === 'folder' && names.some((name) => name.endsWith('.tar'))),
    open: (path, { signal }) => openShards(path, signal),
    write: (file, conversations, options) => writeDataFile(file, { force: options.force }, async (temporary) => {
        const handle = await open(temporary, 'w');
        const unique = uniqueNames();
        const add = async (name, bytes) => {
            await handle.writev([tarHeader(name, bytes.length), bytes, tarPadding(bytes.length)]);
        };
        try {
            const rows = await eachConversation(conversations, options, async (conversation) => {
                checkMarks(conversation);
                const { id, tools, extra, at } = conversation;
                const media = mediaOf(conversation);
                const files = [];
                for (const [i, part] of media.entries()) {
                    const bytes = await mediaBytes(part, conversation);
                    if (bytes.length >= MAX_TAR_FILE)
                        throw new RowError(at, part.origin.key, 'the file is too large for a tar archive', { got: `${bytes.length} bytes` });
                    files.push({ ending: `${media.length > 1 ? `${i}` : ''}${mediaEnding(part.origin.name, bytes)}`, bytes });
                }
                // A point ends the key.
                const key = unique(safeName(id).replace(/\./g, '_').slice(0, 80), '');
                const row = { id, ...extra, conversations: fromValueTurns(conversation), ...(tools ? { tools } : {}) };
                for (const { ending, bytes } of files)
                    await add(`${key}${ending.startsWith('.') ? '' : '.'}${ending}`, bytes);
                await add(`${key}.json`, Buffer.from(JSON.stringify(row)));
            });
            await handle.write(Buffer.alloc(2 * TAR_BLOCK));
            return { rows, lost: {} };
        }
        finally {
            await handle.close();
        }
    }),
};
//# sourceMappingURL=webdataset.js.map