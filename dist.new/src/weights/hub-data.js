// Data sets of the Hugging Face hub: which files of a repository are a data set, fetched into the shared cache within a bound, and where it lies.
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readlink, stat } from 'node:fs/promises';
import { dirname, join, posix, relative } from 'node:path';
import { SensoriumError } from '../util/errors.js';
import { readJson, writeAtomic } from '../util/fs.js';
import { errno, io } from '../util/io.js';
import { formatBytes } from '../util/progress.js';
import { readRef, repoCache, sizeThere, tryLink } from './hub-cache.js';
import { HubClient, isPassing } from './hub-client.js';
import { Pull } from './hub-pull.js';
import { COMMIT, hubSettings, parseHubId } from './hub-settings.js';
/** Bytes of a data set that nobody has allowed more for. */
const MAX_BYTES = 10e9;
const TABLES = /\.(jsonl?|csv|tsv|parquet|tar)$/i;
const MEDIA = /\.(png|jpe?g|webp|gif|bmp|tiff?|avif|mp4|mov|mkv|webm)$/i;
/** JSON that describes a repository and is not data. */
const ABOUT = /(^|\/)(dataset_infos?|state|package|tokenizer_config|config|croissant)\.json$|(^|\/)\.[^/]*(\/|$)/i;
/** Words of splits, between the marks of a file name. */
const split = (words) => new RegExp(`(^|[/_.-])(${words})([/_.-]|$)`, 'i');
const TRAIN = split('train|training');
const HELD_OUT = split('test|testing|val|valid|validation|dev|eval|evaluation');
/** True for the file of a split to train on, by its name. */
export const isTrainingSplit = (path) => TRAIN.test(path);
/** True for the file of a held-out split, by its name. */
export const isHeldOutSplit = (path) => HELD_OUT.test(path);
/**
 * Reads `owner/name`, `owner/name@revision`, or `hf://datasets/owner/name@revision/folder/file`; undefined for anything else, such as a path
 * or a name with the ending of a file. Errors: `weights.revision`, `weights.id`.
 */
export function parseHubData(text) {
    const full = /^hf:\/\/datasets\/([^/]+\/[^/]+)(?:\/(.*?))?\/*$/.exec(text);
    if (!full && (TABLES.test(text) || text.startsWith('hf:'))) {
        if (!text.startsWith('hf:'))
            return undefined;
        throw new SensoriumError('weights.id', 'this is not a data set on the hub', {
            expected: 'hf://datasets/owner/name, with @revision and a path in it if need be',
            got: text,
        });
    }
    const id = parseHubId(full ? full[1] : text);
    const path = full?.[2] ?? '';
    if (path.split('/').includes('..'))
        return undefined;
    return id && { id: { ...id, kind: 'dataset' }, path };
}
/**
 * Brings a data set of the hub into the cache and returns its file or folder. Without a path, a repository is read as one data set: its
 * training split where it has splits. Errors: `weights.files` where it is not clear which files are meant or none can be read, `weights.size`
 * beyond `maxBytes`, and those of `pullModel`.
 */
export async function pullData({ id, path }, options = {}) {
    const { signal } = options;
    signal?.throwIfAborted();
    const settings = await hubSettings(options);
    const cache = repoCache(settings.cacheDir, id.repo, 'dataset');
    const cached = await cachedListing(cache, id.revision);
    const fromCache = async () => {
        if (!cached)
            return undefined;
        const chosen = chooseFiles(cached.files, path, id);
        const sizes = await Promise.all(chosen.files.map((file) => sizeThere(join(cache.snapshot(cached.commit), file.path))));
        return chosen.files.every((file, i) => sizes[i] === file.size) ? placeOf(cache, cached.commit, chosen) : undefined;
    };
    if (settings.offline || (cached && COMMIT.test(id.revision))) {
        const here = await fromCache();
        if (here !== undefined)
            return here;
        if (settings.offline)
            throw notHere(id, settings);
    }
    const client = new HubClient(id, settings, options);
    try {
        const commit = await client.commit(signal);
        const files = cached?.commit === commit ? cached.files : await client.files(commit, signal);
        const chosen = chooseFiles(files, path, id);
        checkSize(chosen.files, id, options.maxBytes);
        await writeAtomic(listingOf(cache, commit), JSON.stringify(files));
        await new Pull({ id, settings, cache, client, commit, files, options }).runFiles(chosen.files);
        return await placeOf(cache, commit, chosen);
    }
    catch (error) {
        signal?.throwIfAborted();
        if (!isPassing(error) || !cached)
            throw error;
        const here = await fromCache();
        if (here === undefined)
            throw error;
        options.onEvent?.({ type: 'stale', ...id, commit: cached.commit, reason: error.got ?? error.message });
        return here;
    }
}
function chooseFiles(all, path, id) {
    const within = all.filter((file) => path === '' || file.path === path || file.path.startsWith(`${path}/`));
    const place = `${id.repo}${path ? `/${path}` : ''}`;
    const names = (list) => list.slice(0, 8).join(', ') + (list.length > 8 ? `, and ${list.length - 8} more` : '');
    const fail = (summary, expected, got, hint) => new SensoriumError('weights.files', summary, { place, expected, got: names(got) || 'nothing', hint });
    if (within.length === 0)
        throw fail('the data set has no such file or folder', 'one of its files or folders', all.map((f) => f.path));
    const tables = within.filter((file) => TABLES.test(file.path) && (file.path === path || !ABOUT.test(file.path)));
    const media = (below) => all.filter((f) => MEDIA.test(f.path) && (below === '.' || f.path.startsWith(`${below}/`)));
    if (tables.length === 0) {
        const pictures = media(path || '.');
        if (pictures.length > 0)
            return { files: pictures, path, mixed: false };
        const packed = within.some((file) => /\.(zip|gz|zst|xz|7z|rar)$/i.test(file.path));
        throw fail('the hub has no files of a format that can be read', 'JSON, JSON lines, CSV, parquet, tar or images', within.map((file) => file.path), packed ? 'Download and unpack the archive, and give its folder' : undefined);
    }
    const trained = tables.filter((file) => TRAIN.test(file.path));
    const isMixed = tables.length > 1 && trained.length > 0 && tables.some((file) => HELD_OUT.test(file.path));
    const chosen = isMixed ? trained : tables;
    const groups = new Map();
    for (const file of chosen) {
        const shards = /\.(parquet|tar)$/i.exec(file.path)?.[0];
        const key = shards ? `${posix.dirname(file.path)}/*${shards}` : file.path;
        groups.set(key, [...(groups.get(key) ?? []), file]);
    }
    const [[key, group] = ['', []], ...others] = groups;
    if (others.length > 0)
        throw fail('the repository holds several data sets', 'one', [...groups.keys()], `Name one: hf://datasets/${id.repo}/${key.replace(/\/\*\.\w+$/, '')}`);
    const [first] = group;
    const folder = posix.dirname(first.path);
    const isRows = !/\.(parquet|tar)$/i.test(first.path);
    // Rows of text name pictures beside them; a parquet file may.
    const files = [...group, ...(/\.tar$/i.test(first.path) ? [] : media(folder))];
    const isFile = group.length === 1 && !(isRows && /(^|\/)metadata\.\w+$/.test(first.path));
    const mixed = !isFile && all.some((file) => posix.dirname(file.path) === folder && TABLES.test(file.path) && !group.includes(file));
    return { files, path: isFile ? first.path : folder === '.' ? '' : folder, mixed };
}
/** Where a data set lies in the cache; apart from files in its folder that are not meant, which another call may have brought. */
async function placeOf(cache, commit, { files, path, mixed }) {
    const snapshot = cache.snapshot(commit);
    if (!mixed)
        return join(snapshot, path);
    const key = createHash('sha256')
        .update(files.map((file) => file.path).join('\n'))
        .digest('hex');
    const view = join(cache.root, 'views', commit, key.slice(0, 16));
    for (const file of files)
        await linkInto(join(snapshot, file.path), join(view, file.path));
    return join(view, path);
}
async function linkInto(target, pointer) {
    await io(pointer, async () => {
        await mkdir(dirname(pointer), { recursive: true });
        const there = await stat(pointer).then(() => true, (error) => {
            if (errno(error) === 'ENOENT')
                return false;
            throw error;
        });
        if (there)
            return;
        const to = relative(dirname(pointer), target);
        const made = await tryLink(to, pointer).catch(async (error) => {
            // Another process was faster.
            if (errno(error) === 'EEXIST' && (await readlink(pointer)) === to)
                return true;
            throw error;
        });
        if (!made)
            await copyFile(target, pointer);
    });
}
function checkSize(files, id, maxBytes = MAX_BYTES) {
    const bytes = files.reduce((sum, file) => sum + file.size, 0);
    if (bytes <= maxBytes)
        return;
    const largest = [...files].sort((a, b) => b.size - a.size)[0];
    throw new SensoriumError('weights.size', 'the data set is larger than allowed; nothing was fetched', {
        place: id.repo,
        expected: `at most ${formatBytes(maxBytes)}`,
        got: `${formatBytes(bytes)} in ${files.length} files, the largest ${largest.path}`,
        hint: `Allow more with --max-download GB (maxBytes), or name a part of it: hf://datasets/${id.repo}/${largest.path}`,
    });
}
const listingOf = (cache, commit) => join(cache.root, 'listings', `${commit}.json`);
/** The files of a revision as the hub listed them when it was last asked. */
async function cachedListing(cache, revision) {
    const commit = COMMIT.test(revision) ? revision : await readRef(cache, revision);
    const path = commit && listingOf(cache, commit);
    if (!path || (await sizeThere(path)) === undefined)
        return undefined;
    return { commit, files: await readJson(path) };
}
function notHere({ repo, revision }, { cacheDir }) {
    return new SensoriumError('weights.offline', 'the hub may not be asked (HF_HUB_OFFLINE), and the cache does not have this data set', {
        place: cacheDir,
        expected: `${repo} at ${revision}`,
        got: 'not all of its files',
        hint: 'Unset HF_HUB_OFFLINE once, or copy the cache from a machine that has it, or give the path of a file or folder',
    });
}
//# sourceMappingURL=hub-data.js.map