// The folder of a run: its options, the decision about every row, and how far it is, so that a run that was killed goes on where it stood.
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SensoriumError } from '../util/errors.js';
import { acquireLock, readJson, writeAtomic } from '../util/fs.js';
import { errno } from '../util/io.js';
import { PartFile } from './sinks/sink.js';
/** The folder of what a run needs to go on. */
export const STATE_FOLDER = '.curate';
/** One line for every row. */
export const DECISIONS = 'decisions.jsonl';
/** The result. */
export const REPORT = 'report.json';
/** A folder that this process writes to. */
export class RunFolder {
    dir;
    lock;
    log;
    state;
    constructor(dir, lock, 
    /** Missing where the run is over. */
    log, 
    /** Where an earlier run stopped. */
    state) {
        this.dir = dir;
        this.lock = lock;
        this.log = log;
        this.state = state;
    }
    /**
     * Takes a folder, new or of a run that is resumed. Errors: `data.exists` for one that holds something, `curate.resume` where another run
     * was there, `util.locked`.
     */
    static async open(dir, { identity, resume = false, force = false }) {
        const names = (await readdir(dir).catch((error) => {
            if (errno(error) === 'ENOENT')
                return [];
            if (errno(error) === 'ENOTDIR')
                throw exists(dir, 'a file', 'Choose another path');
            throw error;
        }));
        const isRun = names.includes(STATE_FOLDER);
        const others = names.filter((name) => !name.startsWith('.lock'));
        if (others.length > 0 && !isRun)
            throw exists(dir, others.slice(0, 3).join(', '), 'Choose an empty folder');
        if (isRun && !resume && !force)
            throw exists(dir, 'another run', 'Go on with --resume, or replace it with --force');
        const lock = await acquireLock(dir);
        try {
            if (isRun && force && !resume)
                for (const name of others)
                    await rm(join(dir, name), { recursive: true, force: true });
            const file = join(dir, STATE_FOLDER, 'options.json');
            const known = isRun && resume ? await readJson(file) : undefined;
            if (known)
                checkSame(known, identity, dir);
            else {
                await mkdir(join(dir, STATE_FOLDER), { recursive: true });
                await writeAtomic(file, `${JSON.stringify(identity, null, 2)}\n`);
            }
            const state = known ? await readState(dir) : undefined;
            const log = state?.done ? undefined : await PartFile.open(join(dir, DECISIONS), state?.log ?? 0);
            return new RunFolder(dir, lock, log, state);
        }
        catch (error) {
            await lock.release();
            throw error;
        }
    }
    /** The decisions of the earlier run, in order. */
    async *decisions() {
        if ((this.state?.log ?? 0) === 0)
            return;
        const input = createReadStream(join(this.dir, `${DECISIONS}.part`));
        for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }))
            yield JSON.parse(line);
    }
    /** Adds decisions. */
    async write(decisions) {
        await this.open.append(Buffer.from(decisions.map((decision) => `${JSON.stringify(decision)}\n`).join('')));
    }
    /** Notes how far the run is: from now on it goes on from there. */
    async save(next, sink) {
        await this.open.sync();
        await writeAtomic(join(this.dir, STATE_FOLDER, 'state.json'), JSON.stringify({ next, log: this.open.bytes, sink }));
    }
    /** Notes that the run is over. */
    async finish(report) {
        const log = this.open;
        await log.complete();
        await writeAtomic(join(this.dir, REPORT), `${JSON.stringify(report, null, 2)}\n`);
        const state = { next: { unit: 0, row: 0, ordinal: 0 }, log: log.bytes, sink: {}, done: true };
        await writeAtomic(join(this.dir, STATE_FOLDER, 'state.json'), JSON.stringify(state));
    }
    /** Closes what is open and gives the folder back. */
    async close() {
        await this.log?.close();
        await this.lock.release();
    }
    get open() {
        if (!this.log)
            throw new SensoriumError('curate.resume', 'the run in this folder is over', { place: this.dir });
        return this.log;
    }
}
async function readState(dir) {
    try {
        return await readJson(join(dir, STATE_FOLDER, 'state.json'));
    }
    catch (error) {
        if (error instanceof SensoriumError && error.code === 'util.missing')
            return undefined; // it was stopped before its first place
        throw error;
    }
}
/** Throws `curate.resume` for a run that was begun with other options, naming the first. */
export function checkSame(known, now, dir) {
    for (const key of new Set([...Object.keys(known), ...Object.keys(now)])) {
        const [before, after] = [JSON.stringify(known[key]), JSON.stringify(now[key])];
        if (before !== after)
            throw new SensoriumError('curate.resume', 'the run in this folder had other options', {
                place: `${dir}: ${key}`,
                expected: before ?? 'nothing',
                got: after ?? 'nothing',
                hint: 'Give the same options as before, or begin anew with --force',
            });
    }
}
/** `data.exists` for the folder of an output that holds something. */
export const exists = (place, got, hint) => new SensoriumError('data.exists', 'the folder of the output is not empty', { place, got, hint });
//# sourceMappingURL=run-folder.js.map