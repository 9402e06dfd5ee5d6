// Replies on disk, by key: a folder of JSON lines to which every process adds a file of its own, so that nobody waits for a lock.
import { randomBytes } from 'node:crypto';
import { closeSync, fdatasync, openSync, writeSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { io, mapIoError } from '../../util/io.js';
const line = z.union([
    z.object({ key: z.string().min(1), reply: z.string() }),
    z.object({ key: z.string().min(1), rank: z.number().int().nonnegative() }),
]);
const sync = promisify(fdatasync);
const NEWLINE = 10;
/** The record of a line; undefined for one that is damaged. */
function parse(text) {
    try {
        return line.safeParse(JSON.parse(text)).data;
    }
    catch (error) {
        if (error instanceof SyntaxError)
            return undefined;
        throw error;
    }
}
/**
 * Replies of a folder. A reply is on its way to the disk before `put` returns, so that a killed process loses none of them; `flush` makes them
 * safe from a failing machine too. Of two replies under one key the older counts: what has been scored once does not change. The line that
 * a crash cut off at the end of a file is not read, and nobody appends to that file again; other damaged lines are counted. What they
 * held is asked again.
 */
export class ReplyStore {
    dir;
    kept = new Map();
    file;
    path = '';
    syncing;
    /** Lines that could not be read, the cut ends of files left out. */
    damaged = 0;
    constructor(dir) {
        this.dir = dir;
    }
    /** Reads what the folder holds; it is made where it is missing. Errors: those of the file system, which name the file. */
    static async open(dir) {
        const store = new ReplyStore(dir);
        await io(dir, () => mkdir(dir, { recursive: true }));
        await store.refresh();
        return store;
    }
    /** Reads what other processes have added. */
    async refresh() {
        this.damaged = 0;
        const names = await io(this.dir, () => readdir(this.dir));
        // The names begin with a time.
        for (const name of names.filter((one) => one.endsWith('.jsonl')).sort())
            await this.read(join(this.dir, name));
    }
    async read(path) {
        const bytes = await io(path, () => readFile(path));
        for (let start = 0;;) {
            const end = bytes.indexOf(NEWLINE, start);
            if (end < 0)
                return; // a line without its end is being written, or was when its process died
            const record = parse(bytes.toString('utf8', start, end));
            start = end + 1;
            if (record === undefined)
                this.damaged++;
            else if (!this.kept.has(record.key))
                this.kept.set(record.key, 'reply' in record ? { reply: record.reply } : { rank: record.rank });
        }
    }
    /** How many there are. */
    get size() {
        return this.kept.size;
    }
    /** What is kept under a key. */
    get(key) {
        return this.kept.get(key);
    }
    /** Keeps something under a key that is still free. Errors: `util.full` and the like. */
    put(key, kept) {
        if (this.kept.has(key))
            return;
        if (this.file === undefined) {
            const time = new Date().toISOString().replace(/[:.]/g, '-');
            this.path = join(this.dir, `${time}-${process.pid}-${randomBytes(4).toString('hex')}.jsonl`);
        }
        try {
            this.file ??= openSync(this.path, 'ax');
            const bytes = Buffer.from(`${JSON.stringify({ key, ...kept })}\n`);
            for (let at = 0; at < bytes.length;)
                at += writeSync(this.file, bytes, at);
        }
        catch (error) {
            throw mapIoError(error, this.path);
        }
        this.kept.set(key, kept);
    }
    /** Waits until everything is on the disk itself. */
    async flush() {
        while (this.syncing)
            await this.syncing;
        if (this.file === undefined)
            return;
        this.syncing = io(this.path, () => sync(this.file)).finally(() => {
            this.syncing = undefined;
        });
        await this.syncing;
    }
    /** Flushes and closes the file of this process. */
    async close() {
        await this.flush();
        if (this.file !== undefined)
            closeSync(this.file);
        this.file = undefined;
    }
}
//# sourceMappingURL=store.js.map