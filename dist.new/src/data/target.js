// Where a data set may be written: nothing is replaced without force, nothing but a data set even with it; writes are atomic.
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { SensoriumError } from '../util/errors.js';
import { mapIoError, writeFolderAtomic } from '../util/fs.js';
/** `writeFolderAtomic` for data sets: throws `data.exists` when something is there that may not be replaced. */
export async function writeDataFolder(target, options, write) {
    const found = await lookAt(target);
    if (found === 'file')
        throw ofOtherKind(target, 'a folder', 'a file');
    if (found === 'folder') {
        const names = await readdir(target);
        if (names.length && !options.force)
            throw existsAlready(target);
        if (names.length && !options.marks.some((m) => names.includes(m)))
            throw new SensoriumError('data.exists', 'the folder holds something that is not a data set, so it is not replaced', {
                place: target,
                expected: `an empty folder, or one with ${options.marks.join(' or ')}`,
                hint: 'Choose another path',
            });
    }
    return writeFolderAtomic(target, write);
}
/** Throws `data.exists` when a file may not be written there: called before long work, so that it is not done for nothing. */
export async function checkTarget(target, options) {
    const found = await lookAt(target);
    if (found === 'folder')
        throw ofOtherKind(target, 'a file', 'a folder');
    if (found === 'file' && !options.force)
        throw existsAlready(target);
}
/** Streams one file into a temporary sibling, flushes it and renames it into place; on failure the target stays as it was. Missing folders are made. */
export async function writeDataFile(target, options, write) {
    await checkTarget(target, options);
    const temporary = `${resolve(target)}.tmp-${process.pid}-${randomBytes(4).toString('hex')}`;
    try {
        await mkdir(dirname(temporary), { recursive: true });
        const result = await write(temporary);
        await flushed(await open(temporary, 'r+'));
        await rename(temporary, target);
        if (process.platform !== 'win32')
            await flushed(await open(dirname(resolve(target)), 'r'));
        return result;
    }
    catch (error) {
        await rm(temporary, { force: true });
        throw mapIoError(error, target);
    }
}
async function flushed(handle) {
    try {
        await handle.sync();
    }
    finally {
        await handle.close();
    }
}
async function lookAt(path) {
    try {
        return (await stat(path)).isDirectory() ? 'folder' : 'file';
    }
    catch (error) {
        if (error.code === 'ENOENT')
            return 'nothing';
        throw mapIoError(error, path);
    }
}
const existsAlready = (place) => new SensoriumError('data.exists', 'the target exists already', { place, hint: 'Choose another path, or replace it with --force' });
const ofOtherKind = (place, expected, got) => new SensoriumError('data.exists', 'something of another kind is in the way', { place, expected, got, hint: 'Choose another path' });
//# sourceMappingURL=target.js.map