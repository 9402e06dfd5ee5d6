// One file from the hub to a blob of the cache: resumed where it broke off, repeated where the connection fails, checked, then renamed.
import { createHash } from 'node:crypto';
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SensoriumError } from '../util/errors.js';
import { io } from '../util/io.js';
import { isPassing } from './hub-client.js';
/** Where the bytes of an unfinished blob are. Not the official clients' name: they would append to it at the same time as we do. */
export const partOf = (blob) => `${blob}.sensorium.incomplete`;
/**
 * Fetches one file. Errors: `weights.offline` when the connection failed too often, `weights.checksum` when the bytes are wrong twice,
 * `weights.hub` and the other refusals of `HubClient`, `util.full`; the bytes that came stay for the next try.
 */
export async function downloadBlob(client, job) {
    const part = partOf(job.blob);
    await io(part, async () => {
        await mkdir(dirname(part), { recursive: true });
        const handle = await open(part, 'a+');
        try {
            const blob = new PartialBlob(handle, job.file);
            await blob.readBack(job.signal);
            for (let wrong = 0;; wrong++) {
                await fetchAll(client, job, blob);
                if (blob.isRight())
                    break;
                const got = blob.digest;
                await restart(job, blob);
                if (wrong === 1)
                    throw wrongBytes(job.file, client, got);
                job.onRetry?.('the checksum is wrong', 0);
            }
            await handle.sync();
        }
        finally {
            await handle.close();
        }
        await rename(part, job.blob);
    });
}
/** Asks for the rest until it is here. */
async function fetchAll(client, job, blob) {
    job.onBytes?.(blob.length);
    for (let failures = 0; !blob.isWhole();) {
        const before = blob.length;
        let answer;
        try {
            await fetchRest(client, job, blob, (response) => {
                answer = response;
            });
        }
        catch (error) {
            job.signal.throwIfAborted();
            if (!isPassing(error))
                throw error;
            // A connection that is cut again and again, but brings something each time, will end.
            failures = blob.length > before ? 0 : failures + 1;
            if (failures > client.retries)
                throw error;
            const ms = client.waitMs(Math.max(failures - 1, 0), answer);
            job.onRetry?.(error.got ?? error.message, ms);
            await sleep(ms, undefined, { signal: job.signal });
        }
    }
}
/** One request for what is not here yet. */
async function fetchRest(client, job, blob, onAnswer) {
    const { file, commit } = job;
    const stalled = new AbortController();
    const giveUp = () => stalled.abort(new DOMException('nothing came', 'TimeoutError'));
    let watch = setTimeout(giveUp, client.stallMs);
    try {
        const response = await client.open({ commit, path: file.path, from: blob.length }, AbortSignal.any([job.signal, stalled.signal]));
        onAnswer(response);
        if (!response.ok && response.status !== 416)
            throw await client.refusal(response);
        if (response.status === 416 || (response.status === 206 && !startsAt(response, blob.length))) {
            await response.body?.cancel();
            await restart(job, blob);
            throw cutOff(client, `a range that was not asked for (${response.status})`);
        }
        // A server that knows no ranges begins at the start.
        if (response.status === 200 && blob.length > 0)
            await restart(job, blob);
        const reader = response.body?.getReader();
        for (;;) {
            const { done, value } = (await client.reading(async () => reader?.read())) ?? { done: true, value: undefined };
            if (done || value === undefined)
                break;
            clearTimeout(watch);
            watch = setTimeout(giveUp, client.stallMs);
            if (blob.length + value.length > file.size) {
                await reader?.cancel();
                throw wrongBytes(file, client, `more than ${file.size} bytes`);
            }
            await blob.append(value);
            job.onBytes?.(blob.length);
        }
        if (!blob.isWhole())
            throw cutOff(client, `the end of the file after ${blob.length} of ${file.size} bytes`);
    }
    finally {
        clearTimeout(watch);
    }
}
async function restart(job, blob) {
    await blob.restart();
    job.onBytes?.(0);
}
function startsAt(response, offset) {
    const range = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
    return range !== null && Number(range[1]) === offset;
}
function cutOff(client, got) {
    return new SensoriumError('weights.offline', 'the download broke off', {
        place: client.settings.endpoint,
        got,
        hint: 'Run again: what has come is kept',
    });
}
function wrongBytes(file, client, got) {
    return new SensoriumError('weights.checksum', 'the bytes that came are not those of this file', {
        place: `${client.settings.endpoint}/${client.id.repo}: ${file.path}`,
        expected: `${file.etag.length === 64 ? 'SHA-256' : 'Git SHA-1'} ${file.etag}`,
        got,
        hint: 'A proxy or mirror may have changed them: try again, or another HF_ENDPOINT',
    });
}
/** A file that grows, with the checksum of what is in it: SHA-256 for large files, Git's SHA-1 of a blob for small ones. */
class PartialBlob {
    handle;
    file;
    length = 0;
    hash;
    digested;
    constructor(handle, file) {
        this.handle = handle;
        this.file = file;
        this.hash = this.newHash();
    }
    newHash() {
        return this.file.etag.length === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${this.file.size}\0`);
    }
    /** Takes over what an earlier download left. */
    async readBack(signal) {
        const block = Buffer.alloc(2 ** 20);
        for (;;) {
            signal.throwIfAborted();
            const { bytesRead } = await this.handle.read(block, 0, block.length, this.length);
            if (bytesRead === 0)
                return;
            this.hash.update(block.subarray(0, bytesRead));
            this.length += bytesRead;
            if (this.length > this.file.size)
                return this.restart();
        }
    }
    async append(bytes) {
        await this.handle.appendFile(bytes);
        this.hash.update(bytes);
        this.length += bytes.length;
    }
    async restart() {
        await this.handle.truncate(0);
        this.length = 0;
        this.hash = this.newHash();
        this.digested = undefined;
    }
    isWhole() {
        return this.length === this.file.size;
    }
    get digest() {
        this.digested ??= this.hash.digest('hex');
        return this.digested;
    }
    isRight() {
        return this.digest === this.file.etag;
    }
}
//# sourceMappingURL=hub-download.js.map