// The rows of a JSON file as a table: an array of objects or JSON lines of any size, read by offset.
import { readSync } from 'node:fs';
import { dirname } from 'node:path';
import { SensoriumError } from '../util/errors.js';
import { indexJson } from './json-index.js';
import { jsonRows, parseRow } from './json-rows.js';
import { openDataFile } from './open-file.js';
import { RowError, shorten } from './row.js';
import { encodingOf, HEAD } from './sniff.js';
/** Bytes read at once where rows are read in order. */
const WINDOW = 2 ** 20;
/** Largest file in UTF-16, which is held in memory: its rows have no offsets. */
const MAX_WIDE = 256 * 2 ** 20;
/** Bytes in front of a row that are searched for the start of its line. */
const LINE_SEARCH = 64 * 2 ** 10;
/** Opens a file of JSON rows. Throws `data.read` with line and column for what is not one; a row that is not valid JSON throws when it is read. */
export async function openJson(file, options = {}) {
    const handle = await openDataFile(file);
    try {
        const head = new Uint8Array(HEAD);
        const { bytesRead } = await handle.read(head, 0, HEAD, 0);
        const utf8 = encodingOf(head.subarray(0, bytesRead)) === 'utf-8';
        const start = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
        const index = utf8 ? await indexJson(handle, { start, signal: options.signal }) : undefined;
        const { size } = await handle.stat();
        if (index)
            return new JsonTable(file, handle, size, index);
        if (!utf8 && size > MAX_WIDE)
            throw new SensoriumError('data.read', 'the file is too large for its encoding', {
                place: file,
                expected: `UTF-8, or at most ${MAX_WIDE} bytes of UTF-16`,
                got: `${size} bytes`,
                hint: 'Save it as UTF-8',
            });
        return new JsonTable(file, handle, size, ...(await readSlowly(file, !utf8, options.signal)));
    }
    catch (error) {
        await handle.close();
        throw error;
    }
}
/** The index of a file that `indexJson` leaves: faults are kept for the rows that have them; of UTF-16 the values are. */
async function readSlowly(file, keep, signal) {
    const known = new Map();
    const places = [];
    let isLines = false;
    const onBad = (error, index) => {
        known.set(index, error);
        places[index] = [0, 0, Number(/line (\d+)/.exec(error.place ?? '')?.[1] ?? 0)];
    };
    for await (const row of jsonRows(file, { signal, onBad })) {
        isLines = row.lines;
        places[row.index] = [row.start, row.end, row.line];
        if (keep)
            known.set(row.index, row.value);
    }
    const column = (k) => Float64Array.from(places, (place) => place[k]);
    const hash = places.map((place) => place.join()).join(' ');
    return [{ starts: column(0), ends: column(1), lines: Uint32Array.from(column(2)), isLines, hash }, known];
}
/** Rows of one JSON file. */
export class JsonTable {
    file;
    handle;
    index;
    known;
    root;
    length;
    /** The file has JSON lines, not one array. */
    isLines;
    fingerprint;
    /** The bytes that were read last, and their offset. */
    window = Buffer.alloc(0);
    windowAt = 0;
    last = -1;
    constructor(file, handle, size, index, known) {
        this.file = file;
        this.handle = handle;
        this.index = index;
        this.known = known;
        this.root = dirname(file);
        this.length = index.starts.length;
        this.isLines = index.isLines;
        this.fingerprint = { bytes: size, rows: this.length, hash: index.hash };
    }
    at(index) {
        return { file: this.file, row: index, line: this.index.lines[index] };
    }
    async record(index) {
        const value = this.known?.has(index) ? this.known.get(index) : this.parse(index);
        if (value instanceof SensoriumError)
            throw value;
        if (typeof value !== 'object' || value === null || Array.isArray(value))
            throw new RowError(this.at(index), undefined, 'malformed row', { expected: 'an object', got: shorten(value) });
        return value;
    }
    parse(index) {
        const { starts, lines, isLines } = this.index;
        const start = starts[index];
        const row = { file: this.file, bytes: this.bytes(index), index, line: lines[index], lines: isLines, start };
        return parseRow({ ...row, lineStart: () => this.lineStart(start) });
    }
    /** The bytes of a row. Rows in order are read many at a time, others alone; from the system's cache, so not worth a thread. */
    bytes(index) {
        const start = this.index.starts[index];
        const size = this.index.ends[index] - start;
        const inOrder = index === this.last + 1;
        this.last = index;
        if (start < this.windowAt || start + size > this.windowAt + this.window.length) {
            this.window = this.read(start, inOrder ? Math.max(size, WINDOW) : size);
            this.windowAt = start;
        }
        return this.window.subarray(start - this.windowAt, start - this.windowAt + size);
    }
    read(position, size) {
        const buffer = Buffer.allocUnsafe(size);
        let filled = 0;
        while (filled < size) {
            const read = readSync(this.handle.fd, buffer, filled, size - filled, position + filled);
            if (read === 0)
                break;
            filled += read;
        }
        return buffer.subarray(0, filled);
    }
    lineStart(start) {
        const from = Math.max(0, start - LINE_SEARCH);
        const found = this.read(from, start - from).lastIndexOf(10);
        return found < 0 ? from : from + found + 1;
    }
    dispose() {
        this.window = Buffer.alloc(0);
        void this.handle.close();
    }
}
//# sourceMappingURL=json-table.js.map