// Lines to a stream that may be gone, full or stalled: a line that cannot be written is dropped and counted, and nothing ends or waits.
/** Bytes that may wait for a reader who takes nothing. */
const MAX_WAITING = 2 ** 20;
/** Streams whose errors are heard. */
const heard = new WeakSet();
/** Writes to a stream whose failures are no failures of the program. */
export class LogWriter {
    stream;
    /** Writes that failed or were dropped. */
    lost = 0;
    constructor(stream) {
        this.stream = stream;
        if (heard.has(stream))
            return;
        heard.add(stream);
        stream.on('error', () => { }); // each failed write is counted by its own callback
    }
    /** Writes text as soon as the stream takes it. Never throws. */
    write(text) {
        if (this.stream.writableLength > MAX_WAITING) {
            this.lost++;
            return;
        }
        try {
            this.stream.write(text, (error) => {
                if (error)
                    this.lost++;
            });
        }
        catch {
            this.lost++; // files are written at once, and some versions of Node throw
        }
    }
}
//# sourceMappingURL=log-writer.js.map