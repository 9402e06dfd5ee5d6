// `conversations('my/data.json')`: a data set of one's own, named in a recipe, opened when it is needed.
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { SensoriumError } from '../util/errors.js';
import { mapIoError, readJson } from '../util/fs.js';
import { errno } from '../util/io.js';
import { show } from '../util/show.js';
import { asPath } from '../weights/hub.js';
import { parseHubData, pullData } from '../weights/hub-data.js';
import { mediaOf } from './dataset.js';
import { detectFormat, formatNamed, lookAt } from './formats/index.js';
import { checkFiles } from './media-entry.js';
import { checkImageFolder } from './open-file.js';
import { rejectedReply } from './prompts.js';
import { readRecord } from './record.js';
import { RowError } from './row.js';
import { scanRows } from './scan.js';
/**
 * Conversations in a file or folder of any format that `FORMATS` lists, or in a data set of the hub: `owner/name`, `owner/name@revision`,
 * `hf://datasets/owner/name/file`. Nothing is read before `open`, which reads an index: rows are then
 * read one at a time, in any order. Files of pictures and videos are looked up and not decoded.
 * @example stage.instruct({ data: conversations('my/data.json', { images: 'my/pictures' }) })
 */
export function conversations(path, options = {}) {
    return { path, open: (signal) => openConversations(path, options, signal) };
}
/** The file or folder that a name means: a path on disk as it is, else a data set of the hub, fetched if need be. */
async function dataPath(name, { hub }, signal) {
    const isThere = async (path) => stat(path).then(() => true, (error) => {
        if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(errno(error) ?? ''))
            return false;
        throw mapIoError(error, path);
    });
    const found = parseHubData(name);
    if (!found || (await isThere(name)))
        return name;
    // A path that is wrong by its last part is a path.
    if (!name.startsWith('hf:') && (await isThere(name.split('/')[0])))
        return name;
    try {
        return await pullData(found, { signal, ...hub });
    }
    catch (error) {
        throw name.startsWith('hf:') ? error : asPath(error, name, 'file or folder');
    }
}
async function openConversations(name, options, signal) {
    await checkImageFolder(options.images);
    const path = await dataPath(name, options, signal);
    const { format, found } = options.format === undefined ? await detectFormat(path) : { format: formatNamed(options.format), found: await lookAt(path) };
    const table = await format.open(found.path, { ...options, signal });
    const captions = options.captions === undefined ? undefined : await readCaptions(options.captions);
    const set = new RowSet(table, format, { ...options, captionsOf: captions });
    if (!options.skipBad && !options.onBad)
        return set;
    try {
        const bad = [];
        const badRows = new Set();
        for await (const { row, faults = [] } of scanRows(set, { check: options.check, signal })) {
            bad.push(...faults);
            if (faults.length > 0)
                badRows.add(row);
            for (const fault of faults)
                options.onBad?.(fault);
            options.onRow?.(row + 1, set.rows);
        }
        return set.without(bad, badRows);
    }
    catch (error) {
        table.dispose();
        throw error;
    }
}
/** Reads a file of captions by image. Errors: `data.read`, `util.json`. */
async function readCaptions(path) {
    const value = await readJson(path);
    const isList = (list) => Array.isArray(list) && list.every((text) => typeof text === 'string');
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isList))
        return value;
    throw new SensoriumError('data.read', 'this is not a file of captions', {
        place: path,
        expected: '{"IMAGE": ["caption", …], …}',
        got: show(value),
    });
}
/** The conversation with the captions of its first image beside it. Throws `RowError` for an image without any. */
function withCaptions(conversation, captions) {
    const name = mediaOf(conversation)[0]?.origin.name;
    if (name === undefined)
        return conversation;
    const found = captions[name] ?? captions[basename(name)];
    if (found)
        return { ...conversation, extra: { ...conversation.extra, captions: found } };
    throw new RowError(conversation.at, 'captions', 'the image has no captions', {
        expected: `an entry of the file of captions for ${name}`,
        got: `${Object.keys(captions).length} others`,
        hint: 'Leave the row out, or add its captions',
    });
}
/** Throws `RowError` with `data.same` for a pair whose replies are the same. */
function assertDiffers(conversation) {
    const rejected = rejectedReply(conversation);
    if (rejected === undefined || conversation.messages.at(-1)?.content !== rejected)
        return;
    throw new RowError(conversation.at, 'rejected', 'both replies of the pair are the same', {
        code: 'data.same',
        expected: 'another reply than the chosen one',
        got: rejected,
        hint: 'Leave the row out: there is nothing to prefer',
    });
}
/** The rows of a table as conversations. */
class RowSet {
    table;
    reader;
    options;
    used;
    bad;
    format;
    describe;
    length;
    rows;
    constructor(table, reader, options, 
    /** Numbers of the rows that are used; all of them by default. */
    used, bad = [], leftOut = new Set()) {
        this.table = table;
        this.reader = reader;
        this.options = options;
        this.used = used;
        this.bad = bad;
        const { prompt, objects, axis, captions } = options;
        this.format = reader.name;
        this.rows = table.length;
        this.length = used?.length ?? table.length;
        this.describe = {
            format: this.format,
            ...table.fingerprint,
            ...(prompt === undefined ? {} : { prompt }),
            ...(objects === undefined ? {} : { objects }),
            ...(axis === undefined ? {} : { axis }),
            ...(captions === undefined ? {} : { captions: basename(captions) }),
            ...(leftOut.size > 0 ? { leftOut: [...leftOut] } : {}),
        };
    }
    async get(index) {
        if (!Number.isInteger(index) || index < 0 || index >= this.length)
            throw new SensoriumError('data.index', 'no such sample', { expected: `0 to ${this.length - 1}`, got: String(index) });
        return this.row(this.used?.[index] ?? index);
    }
    at(index) {
        return this.place(this.used?.[index] ?? index);
    }
    async row(row) {
        const context = { at: this.place(row), root: resolve(this.options.images ?? this.table.root) };
        const read = this.reader.read ?? readRecord;
        const { captionsOf: captions } = this.options;
        const own = read(await this.table.record(row), context, this.options);
        assertDiffers(own);
        await checkFiles(own);
        return captions ? withCaptions(own, captions) : own;
    }
    place(row) {
        return this.table.at(row);
    }
    without(bad, badRows) {
        const used = Uint32Array.from(Array.from({ length: this.rows }, (_, i) => i).filter((row) => !badRows.has(row)));
        if (used.length === 0)
            throw nothingUsable(this.options.images ?? this.table.root, bad, badRows.size);
        return new RowSet(this.table, this.reader, this.options, used, bad, badRows);
    }
    dispose() {
        this.table.dispose();
    }
}
/** The error of a data set without a usable row: `data.read` for none at all, `data.bad` with the first faults. */
export function nothingUsable(place, bad, rows) {
    const [first] = bad;
    if (!first)
        return new SensoriumError('data.read', 'the data set has no samples', { place, expected: 'at least one row', got: 'none' });
    const shown = bad.slice(0, 3).map(({ row, key, problem }) => `row ${row}${key ? `, ${key}` : ''}: ${problem}`);
    return new SensoriumError('data.bad', 'no row of the data set can be used', {
        place: first.file,
        expected: 'at least one good row',
        got: `${rows} bad. ${shown.join('; ')}${bad.length > shown.length ? '; …' : ''}`,
        hint: 'Correct the first faults: `sensorium data inspect` lists all',
    });
}
//# sourceMappingURL=conversations.js.map