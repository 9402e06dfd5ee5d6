// Where the rows of a JSON file are: one pass over its bytes, nothing is parsed.
import { createHash } from 'node:crypto';
import { throwIfAborted } from '../util/errors.js';
const [TAB, LF, CR, SPACE, QUOTE, COMMA, BACKSLASH] = [9, 10, 13, 32, 34, 44, 92];
const [OPEN, CLOSE, BRACE, UNBRACE] = [91, 93, 123, 125];
const CHUNK = 4 * 2 ** 20;
const isBlank = (byte) => byte === SPACE || byte === LF || byte === CR || byte === TAB;
/** Numbers in a typed array that doubles. */
class Growing {
    values = new Float64Array(1024);
    length = 0;
    push(value) {
        if (this.length === this.values.length) {
            const larger = new Float64Array(2 * this.length);
            larger.set(this.values);
            this.values = larger;
        }
        this.values[this.length++] = value;
    }
    done() {
        return this.values.slice(0, this.length);
    }
}
/** An array of objects with commas between them. */
class ArrayScanner {
    starts = new Growing();
    ends = new Growing();
    lines = new Growing();
    depth = 0;
    inString = false;
    /** Backslashes at the end of the last piece, inside a string. */
    slashes = 0;
    line = 1;
    after = 'nothing';
    scan(bytes, base) {
        let { depth, inString, slashes: carried, line } = this;
        let nextLine = -1;
        for (let i = 0; i < bytes.length; i++) {
            const byte = bytes[i];
            if (inString) {
                // Strings are most of a file: jump to the next quote, which ends one unless an odd number of backslashes stands before it.
                const quote = bytes.indexOf(QUOTE, i);
                const stop = quote < 0 ? bytes.length : quote;
                if (nextLine < i) {
                    const found = bytes.indexOf(LF, i);
                    nextLine = found < 0 ? Number.POSITIVE_INFINITY : found;
                }
                if (nextLine < stop)
                    return false;
                let slashes = 0;
                while (stop - slashes > i && bytes[stop - slashes - 1] === BACKSLASH)
                    slashes++;
                if (stop - slashes === i)
                    slashes += carried;
                carried = quote < 0 ? slashes : 0;
                if (quote >= 0 && slashes % 2 === 0)
                    inString = false;
                i = stop;
            }
            else if (depth > 0) {
                if (byte === QUOTE)
                    inString = true;
                else if (byte === BRACE || byte === OPEN)
                    depth++;
                else if (byte === UNBRACE || byte === CLOSE) {
                    if (--depth === 0) {
                        this.ends.push(base + i + 1);
                        this.after = 'row';
                    }
                }
                else if (byte === LF)
                    line++;
            }
            else if (isBlank(byte)) {
                if (byte === LF)
                    line++;
            }
            else if (byte === BRACE && (this.after === 'open' || this.after === 'comma')) {
                this.starts.push(base + i);
                this.lines.push(line);
                depth = 1;
            }
            else if (byte === COMMA && this.after === 'row')
                this.after = 'comma';
            else if (byte === OPEN && this.after === 'nothing')
                this.after = 'open';
            else if (byte === CLOSE && (this.after === 'row' || this.after === 'open'))
                this.after = 'closed';
            else
                return false;
        }
        [this.depth, this.inString, this.slashes, this.line] = [depth, inString, carried, line];
        return true;
    }
    end() {
        return this.after === 'closed';
    }
}
/** An object on each line; blank lines between them. */
class LineScanner {
    starts = new Growing();
    ends = new Growing();
    lines = new Growing();
    line = 1;
    start = -1;
    last = 0;
    lastAt = 0;
    scan(bytes, base) {
        for (let from = 0; from < bytes.length;) {
            const found = bytes.indexOf(LF, from);
            const to = found < 0 ? bytes.length : found;
            if (this.start < 0) {
                let at = from;
                while (at < to && isBlank(bytes[at]))
                    at++;
                if (at < to) {
                    if (bytes[at] !== BRACE)
                        return false;
                    this.start = base + at;
                    this.lines.push(this.line);
                    this.starts.push(this.start);
                }
            }
            if (this.start >= 0) {
                let at = to;
                while (at > from && isBlank(bytes[at - 1]))
                    at--;
                if (at > from)
                    [this.last, this.lastAt] = [bytes[at - 1], base + at];
            }
            if (found < 0)
                break;
            if (!this.end())
                return false;
            this.line++;
            from = found + 1;
        }
        return true;
    }
    end() {
        if (this.start < 0)
            return true;
        this.start = -1;
        this.ends.push(this.lastAt);
        return this.last === UNBRACE;
    }
}
/**
 * Finds the rows of a UTF-8 file that is an array of objects or has an object on each line, in one pass: about 0.4 GB a second. Gives undefined for
 * a file that is not exactly that, such as one with a fault, or with objects over several lines: `jsonRows` reads it row by row and names
 * what is wrong.
 */
export async function indexJson(handle, options) {
    const hash = createHash('sha256');
    const { chunkBytes = CHUNK } = options;
    const buffer = Buffer.allocUnsafe(chunkBytes);
    let scanner;
    let position = options.start;
    for (;;) {
        throwIfAborted(options.signal);
        const { bytesRead } = await handle.read(buffer, 0, chunkBytes, position);
        if (bytesRead === 0)
            break;
        const bytes = buffer.subarray(0, bytesRead);
        hash.update(bytes);
        if (!scanner) {
            const first = bytes.find((byte) => !isBlank(byte));
            if (first !== OPEN && first !== BRACE)
                return undefined;
            scanner = first === OPEN ? new ArrayScanner() : new LineScanner();
        }
        if (!scanner.scan(bytes, position))
            return undefined;
        position += bytesRead;
    }
    if (!scanner?.end(position))
        return undefined;
    const [starts, ends, lines] = [scanner.starts.done(), scanner.ends.done(), Uint32Array.from(scanner.lines.done())];
    return { starts, ends, lines, isLines: scanner instanceof LineScanner, hash: hash.digest('hex') };
}
//# sourceMappingURL=json-index.js.map