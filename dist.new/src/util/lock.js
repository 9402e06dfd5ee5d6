// One run per folder: a lock file with pid and start time, taken over when its process has ended. Node only.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, mkdir, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { SensoriumError } from './errors.js';
import { errno, io } from './io.js';
/** True when the process runs, as far as this machine can tell. */
export function alive(pid) {
    try {
        process.kill(pid, 0);
        return true;
    }
    catch (error) {
        return errno(error) === 'EPERM';
    }
}
/** Start time of a process in clock ticks since boot (field 22 of /proc/PID/stat), null where that cannot be read. */
function birth(pid) {
    try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
    }
    catch {
        return null; // not Linux, or the process has just ended; `alive` decides then
    }
}
const heldTokens = new Set();
/** True when the process that wrote the lock has ended (or is this one, restarted under the same pid). */
function stale(record) {
    if (record.host !== hostname())
        return false;
    if (record.pid === process.pid)
        return !heldTokens.has(record.token);
    if (!alive(record.pid))
        return true;
    const born = birth(record.pid);
    return born !== null && record.born !== null && born !== record.born;
}
async function readLock(path) {
    let text;
    try {
        text = await readFile(path, 'utf8');
    }
    catch (error) {
        if (errno(error) === 'ENOENT')
            return 'gone';
        throw error;
    }
    try {
        const record = JSON.parse(text);
        return typeof record.pid === 'number' && typeof record.token === 'string' ? record : 'broken';
    }
    catch {
        return 'broken'; // written by something else, or cut by a crash of the machine: the caller takes it over
    }
}
/**
 * Takes a folder for this process (`.lock` inside it; the folder is made). Locks of processes that have ended are taken over.
 * Throws `util.locked`, naming the pid that holds it.
 */
export async function acquireLock(dir) {
    const path = join(resolve(dir), '.lock');
    const token = randomBytes(8).toString('hex');
    const record = { pid: process.pid, host: hostname(), started: new Date().toISOString(), born: birth(process.pid), token };
    return io(dir, async () => {
        await mkdir(dir, { recursive: true });
        const mine = `${path}.${token}`;
        await writeFile(mine, JSON.stringify(record));
        heldTokens.add(token);
        try {
            for (;;) {
                try {
                    await link(mine, path); // atomic, and nobody ever reads half a lock
                    break;
                }
                catch (error) {
                    if (errno(error) !== 'EEXIST')
                        throw error;
                }
                const holder = await readLock(path);
                if (holder === 'gone')
                    continue;
                if (holder !== 'broken' && !stale(holder))
                    throw lockedError(dir, path, holder);
                await takeAway(path, holder === 'broken' ? undefined : holder.token, mine);
            }
        }
        catch (error) {
            heldTokens.delete(token);
            throw error;
        }
        finally {
            await rm(mine, { force: true });
        }
        return {
            async release() {
                if (!heldTokens.delete(token))
                    return;
                await io(dir, async () => {
                    const now = await readLock(path);
                    if (now !== 'gone' && now !== 'broken' && now.token === token)
                        await unlink(path);
                });
            },
        };
    });
}
function lockedError(dir, path, holder) {
    const here = holder.host === hostname();
    return new SensoriumError('util.locked', 'another run is using this folder', {
        place: dir,
        got: `a lock of process ${holder.pid}${here ? '' : ` on ${holder.host}`}, taken ${holder.started}`,
        hint: here
            ? `Wait for it, stop it (kill ${holder.pid}), or choose another folder`
            : `If no such process runs on ${holder.host} any more, delete ${path}; otherwise choose another folder`,
    });
}
/**
 * Removes a stale lock. Who may is settled by a second link named after the lock's content, so that exactly one process removes it and
 * nobody removes the lock that another has taken since.
 */
async function takeAway(path, expected, mine) {
    const right = `${path}.stale-${expected ?? 'broken'}`;
    try {
        await link(mine, right);
    }
    catch (error) {
        if (errno(error) !== 'EEXIST')
            throw error;
        const other = await readLock(right);
        if (other !== 'gone' && (other === 'broken' || stale(other)))
            await rm(right, { force: true });
        await setTimeout(10);
        return;
    }
    try {
        const now = await readLock(path);
        if (now !== 'gone' && (now === 'broken' ? expected === undefined : now.token === expected))
            await rm(path, { force: true });
    }
    finally {
        await rm(right, { force: true });
    }
}
//# sourceMappingURL=lock.js.map