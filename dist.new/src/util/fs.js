// Files that survive a crash: atomic writes of files and folders, JSON with positions, JSON lines. Node only.
import { randomBytes } from 'node:crypto';
import { lstat, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { SensoriumError } from './errors.js';
import { errno, io } from './io.js';
import { jsonErrorAt } from './json.js';
import { alive } from './lock.js';
export { mapIoError } from './io.js';
export { acquireLock } from './lock.js';
async function exists(path) {
    try {
        await lstat(path);
        return true;
    }
    catch (error) {
        if (errno(error) === 'ENOENT')
            return false;
        throw error;
    }
}
/** Flushes a file or folder to disk. Windows cannot flush folders; there the rename itself is journalled. */
async function flush(path, folder) {
    if (folder && process.platform === 'win32')
        return;
    const handle = await open(path, 'r');
    try {
        await handle.sync();
    }
    finally {
        await handle.close();
    }
}
/** Names of temporaries that this process is using now: leftovers of an earlier process may carry the same pid. */
const inUse = new Set();
const temporaryName = (path, kind) => `${path}.${kind}-${process.pid}-${randomBytes(4).toString('hex')}`;
/**
 * Writes a file so that a crash leaves the old content or the new, never a part: temporary sibling, fsync, rename.
 * Missing folders are made.
 */
export async function writeAtomic(path, data) {
    const temporary = temporaryName(path, 'tmp');
    await io(path, async () => {
        await mkdir(dirname(resolve(path)), { recursive: true });
        try {
            const handle = await open(temporary, 'wx');
            try {
                await handle.writeFile(data);
                await handle.sync();
            }
            finally {
                await handle.close();
            }
            await rename(temporary, path);
        }
        catch (error) {
            await rm(temporary, { force: true });
            throw error;
        }
        await flush(dirname(resolve(path)), true);
    });
}
async function flushTree(folder) {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        if (entry.isDirectory())
            await flushTree(path);
        else if (entry.isFile())
            await flush(path, false);
    }
    await flush(folder, true);
}
/**
 * Puts a folder that `writeFolderAtomic` was replacing when the machine stopped back in order, and removes leftovers.
 * Readers call it before they conclude that the folder is missing. Returns true when the folder exists afterwards.
 */
export async function recoverFolder(dir) {
    const target = resolve(dir);
    return io(dir, async () => {
        let names;
        try {
            names = await readdir(dirname(target));
        }
        catch (error) {
            if (errno(error) === 'ENOENT')
                return false;
            throw error;
        }
        const base = basename(target);
        const leftovers = names.flatMap((name) => {
            const match = name.startsWith(`${base}.`) ? /^(tmp|new|old)-(\d+)-[0-9a-f]{8}$/.exec(name.slice(base.length + 1)) : null;
            const path = join(dirname(target), name);
            if (match === null || inUse.has(path))
                return [];
            const pid = Number(match[2]);
            // Another process that still runs may be writing; ours is known not to be (`inUse`).
            if (pid !== process.pid && alive(pid))
                return [];
            return [{ path, kind: match[1] }];
        });
        // `new` is complete and flushed, so the replacement is finished rather than undone.
        for (const kind of ['new', 'old']) {
            const found = leftovers.find((l) => l.kind === kind);
            if (found !== undefined && !(await exists(target)))
                await rename(found.path, target);
        }
        for (const { path } of leftovers)
            await rm(path, { recursive: true, force: true });
        return exists(target);
    });
}
/**
 * Replaces a folder as a whole: `write` fills a temporary sibling, which is flushed and renamed into place; the old
 * folder stays until then. A crash leaves the old or the new one (see `recoverFolder`). If `write` throws, the old one stays.
 */
export async function writeFolderAtomic(dir, write) {
    const target = resolve(dir);
    await io(dir, () => mkdir(dirname(target), { recursive: true }));
    await recoverFolder(dir);
    const names = { tmp: temporaryName(target, 'tmp'), new: temporaryName(target, 'new'), old: temporaryName(target, 'old') };
    for (const name of Object.values(names))
        inUse.add(name);
    try {
        return await io(dir, async () => {
            await mkdir(names.tmp);
            const result = await write(names.tmp);
            await flushTree(names.tmp);
            await rename(names.tmp, names.new);
            const replacing = await exists(target);
            if (replacing)
                await rename(target, names.old);
            try {
                await rename(names.new, target);
            }
            catch (error) {
                if (replacing)
                    await rename(names.old, target);
                throw error;
            }
            await flush(dirname(target), true);
            return result;
        });
    }
    finally {
        for (const name of Object.values(names)) {
            if (name !== names.old || (await exists(target)))
                await rm(name, { recursive: true, force: true });
            inUse.delete(name);
        }
    }
}
/** Reads a JSON file. Throws `util.missing` and the like for I/O, `util.json` with line and column for bad syntax. */
export async function readJson(path) {
    const text = (await io(path, () => readFile(path, 'utf8'))).replace(/^\uFEFF/, '');
    return parseJson(text, path);
}
/** `JSON.parse` whose error names the file, line and column; `line` is the number of the first line of `text` in the file. */
export function parseJson(text, place, line = 1) {
    try {
        return JSON.parse(text);
    }
    catch (cause) {
        const at = Math.min(jsonErrorAt(text), text.length);
        const before = text.slice(0, at).split('\n');
        throw new SensoriumError('util.json', 'this is not valid JSON', {
            place: `${place}:${line + before.length - 1}:${before[before.length - 1].length + 1}`,
            got: at === text.length ? 'the end of the text' : JSON.stringify(text.slice(at, at + 20)),
            hint: at === text.length ? 'The file is cut or empty: copy or download it again' : 'Correct the file there',
            cause,
        });
    }
}
/** Appends records as JSON lines. A last line that a crash cut short is removed first. */
export async function appendJsonl(path, ...records) {
    await io(path, async () => {
        await mkdir(dirname(resolve(path)), { recursive: true });
        const handle = await open(path, 'a+');
        try {
            await dropTornLine(handle);
            await handle.appendFile(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
        }
        finally {
            await handle.close();
        }
    });
}
async function dropTornLine(handle) {
    const { size } = await handle.stat();
    const block = Buffer.alloc(65536);
    for (let end = size; end > 0;) {
        const start = Math.max(0, end - block.length);
        const { bytesRead } = await handle.read(block, 0, end - start, start);
        const newline = block.subarray(0, bytesRead).lastIndexOf(10);
        if (newline >= 0 || start === 0) {
            const keep = newline < 0 ? 0 : start + newline + 1;
            if (keep < size)
                await handle.truncate(keep);
            return;
        }
        end = start;
    }
}
/** Reads a JSON-lines file; a last line without newline that does not parse (cut by a crash) is left out, any other bad line throws `util.json`. */
export async function readJsonl(path) {
    const lines = (await io(path, () => readFile(path, 'utf8'))).split('\n');
    const records = [];
    lines.forEach((line, i) => {
        if (line.trim() === '')
            return;
        try {
            records.push(parseJson(line, path, i + 1));
        }
        catch (error) {
            if (i < lines.length - 1)
                throw error;
        }
    });
    return records;
}
/** Reads a UTF-8 text file, with I/O errors that name it. */
export async function readText(path) {
    return io(path, () => readFile(path, 'utf8'));
}
//# sourceMappingURL=fs.js.map