// The cache that all clients of the Hugging Face hub share: models--org--name (or datasets--…)/{blobs,refs,snapshots}, a snapshot being links to blobs.
import { copyFile, mkdir, readFile, rename, rm, stat, statfs, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { SensoriumError } from '../util/errors.js';
import { readJson, writeAtomic } from '../util/fs.js';
import { errno, io } from '../util/io.js';
import { ADAPTER_FILES } from '../util/model-files.js';
import { FILES } from './folder.js';
import { COMMIT } from './hub-settings.js';
/** The places of a model (nothing is made). */
export function repoCache(cacheDir, repo, kind) {
    const folder = `${kind === 'dataset' ? 'datasets' : 'models'}--${repo.replace('/', '--')}`;
    const root = join(cacheDir, folder);
    return {
        root,
        locks: join(cacheDir, '.locks', folder),
        snapshot: (commit) => join(root, 'snapshots', commit),
        blob: (etag) => join(root, 'blobs', etag),
    };
}
/** Looks a revision up without asking anybody; undefined when nothing of it is there. */
export async function cachedSnapshot(cache, revision, content = 'model') {
    const commit = COMMIT.test(revision) ? revision : await readRef(cache, revision);
    if (commit === undefined)
        return undefined;
    const dir = cache.snapshot(commit);
    if (!(await isThere(dir)))
        return undefined;
    const lacking = async (names) => {
        const sizes = await Promise.all(names.map((name) => sizeThere(join(dir, name))));
        return names.filter((_, i) => sizes[i] === undefined);
    };
    const index = join(dir, FILES.index);
    const isSharded = (await lacking([FILES.weights])).length > 0;
    const model = await lacking([FILES.config, ...(isSharded ? ((await cachedShards(index)) ?? [FILES.weights]) : [])]);
    const adapter = await lacking(Object.values(ADAPTER_FILES));
    const isAdapter = content === 'adapter' || (model.length > 0 && adapter.length === 0);
    return { commit, dir, isAdapter, missing: isAdapter ? adapter : model };
}
/** The shards of an index in the cache; undefined when there is none, or one that a crash has cut: it has to be fetched, not complained of. */
async function cachedShards(index) {
    if ((await sizeThere(index)) === undefined)
        return undefined;
    try {
        return shardsOf(await readJson(index), index);
    }
    catch (error) {
        if (error instanceof SensoriumError && ['util.json', 'weights.index'].includes(error.code))
            return undefined;
        throw error;
    }
}
/** The files that a shard index names. Errors: `weights.index` for names that lead out of the folder. */
export function shardsOf(index, place) {
    const map = index?.weight_map;
    if (typeof map !== 'object' || map === null || Array.isArray(map))
        throw new SensoriumError('weights.index', 'the shard index has no weight_map', { place, expected: '{ "weight_map": { name: file } }' });
    const names = [...new Set(Object.values(map))];
    const bad = names.find((name) => typeof name !== 'string' || !/^[\w-][\w.-]*\.safetensors$/.test(name));
    if (bad !== undefined)
        throw new SensoriumError('weights.index', 'wrong shard name', {
            place,
            expected: 'a .safetensors file in the same folder',
            got: JSON.stringify(bad),
        });
    return names;
}
/** Bytes of a file, links followed; undefined when it is not there or its link leads nowhere. */
export async function sizeThere(path) {
    return io(path, async () => {
        try {
            const info = await stat(path);
            return info.isFile() ? info.size : undefined;
        }
        catch (error) {
            if (errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR')
                return undefined;
            throw error;
        }
    });
}
async function isThere(dir) {
    return io(dir, () => stat(dir).then((info) => info.isDirectory(), (error) => {
        if (errno(error) === 'ENOENT' || errno(error) === 'ENOTDIR')
            return false;
        throw error;
    }));
}
/** The commit that a branch or tag was when it was last asked for. */
export async function readRef(cache, revision) {
    const path = join(cache.root, 'refs', revision);
    const text = await io(path, () => readFile(path, 'utf8').catch((error) => {
        if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(errno(error) ?? ''))
            return '';
        throw error;
    }));
    return COMMIT.test(text.trim()) ? text.trim() : undefined;
}
/** Notes which commit a branch or tag is; without a line end, as the official clients do. */
export async function writeRef(cache, revision, commit) {
    if (revision === commit || (await readRef(cache, revision)) === commit)
        return;
    await writeAtomic(join(cache.root, 'refs', revision), commit);
}
/** Puts a finished blob under its name in a snapshot: a relative link, or the file itself where links cannot be made or are not wanted. */
export async function placeInSnapshot(cache, { commit, path, etag, symlinks, keep }) {
    const pointer = join(cache.snapshot(commit), path);
    const blob = cache.blob(etag);
    await io(pointer, async () => {
        await mkdir(dirname(pointer), { recursive: true });
        await rm(pointer, { force: true }); // a link that leads nowhere, or a file of the wrong size
        if (symlinks && (await tryLink(relative(dirname(pointer), blob), pointer)))
            return;
        if (!keep)
            return rename(blob, pointer);
        const copy = `${pointer}.incomplete`;
        await copyFile(blob, copy);
        await rename(copy, pointer);
    });
}
/** Systems and disks that have no links, or do not let this user make them. */
const NO_LINKS = new Set(['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'UNKNOWN']);
/** Makes a link; false where links cannot be made. */
export async function tryLink(target, pointer) {
    try {
        await symlink(target, pointer, 'file');
        return true;
    }
    catch (error) {
        if (NO_LINKS.has(errno(error) ?? ''))
            return false;
        throw error;
    }
}
/** Bytes that this user may still write at a folder. */
export async function freeBytes(dir) {
    const { bavail, bsize } = await io(dir, () => statfs(dir));
    return bavail * bsize;
}
//# sourceMappingURL=hub-cache.js.map