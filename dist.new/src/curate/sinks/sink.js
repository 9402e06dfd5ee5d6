// The interface of a sink, which writes the rows that stay; and files that are written up to a place from which a run goes on.
import { open, rename, rm, truncate } from 'node:fs/promises';
import { errno } from '../../util/io.js';
/** Bytes that are kept before they are written. */
const KEPT_BYTES = 2 ** 20;
/** A file that is appended to under a name of its own until it is complete. Small pieces are written together. */
export class PartFile {
    path;
    handle;
    bytes;
    closed = false;
    waiting = [];
    waitingBytes = 0;
    constructor(path, handle, 
    /** Bytes so far. */
    bytes) {
        this.path = path;
        this.handle = handle;
        this.bytes = bytes;
    }
    /** Opens a part of `bytes` bytes, which may have been completed since: whatever stands behind them is cut off. */
    static async open(path, bytes) {
        const part = `${path}.part`;
        if (bytes === 0)
            await rm(path, { force: true });
        else
            await rename(path, part).catch((error) => {
                if (errno(error) !== 'ENOENT')
                    throw error;
            });
        const handle = await open(part, bytes === 0 ? 'w' : 'r+');
        if (bytes > 0)
            await truncate(part, bytes);
        return new PartFile(path, handle, bytes);
    }
    /** Adds pieces, which must not change any more. They are in the file after `sync` or `close`. */
    async append(...pieces) {
        for (const piece of pieces) {
            this.waiting.push(piece);
            this.waitingBytes += piece.length;
            this.bytes += piece.length;
        }
        if (this.waitingBytes >= KEPT_BYTES)
            await this.flush();
    }
    async flush() {
        const whole = this.waiting.length === 1 ? this.waiting[0] : Buffer.concat(this.waiting, this.waitingBytes);
        const start = this.bytes - whole.length;
        this.waiting = [];
        this.waitingBytes = 0;
        // A write may stop in the middle.
        for (let at = 0; at < whole.length;) {
            const { bytesWritten } = await this.handle.write(whole, at, whole.length - at, start + at);
            at += bytesWritten;
        }
    }
    async sync() {
        await this.flush();
        await this.handle.sync();
    }
    /** Closes the file, complete or not; calling it twice does no harm. */
    async close() {
        if (this.closed)
            return;
        this.closed = true;
        try {
            await this.flush();
        }
        finally {
            await this.handle.close();
        }
    }
    /** Gives the file its name. */
    async complete() {
        await this.handle.sync();
        await this.close();
        await rename(`${this.path}.part`, this.path);
    }
}
//# sourceMappingURL=sink.js.map