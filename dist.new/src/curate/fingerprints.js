// What deduplication keeps of every row, on disk: the pHash of its image, its caption in comparable form, a key for each band of its MinHash.
import { readSync } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ifThere } from '../util/errors.js';
import { readJson, writeAtomic } from '../util/fs.js';
import { hexToBits } from './image-hash.js';
import { BandKeys, shinglesOf } from './minhash.js';
import { hash64 } from './text.js';
/** Words of a row in `rows.bin`: flags, pHash, hash of the text, bytes of the text. */
const WORDS = 6;
const [HAS_IMAGE, HAS_TEXT] = [1, 2];
/** Writes rows; goes on where an earlier process stopped. */
export class FingerprintWriter {
    dir;
    bands;
    shingle;
    files;
    state;
    pending;
    keys;
    constructor(dir, bands, shingle, files, state) {
        this.dir = dir;
        this.bands = bands;
        this.shingle = shingle;
        this.files = files;
        this.state = state;
        this.keys = new BandKeys(bands);
        this.pending = { rows: [], texts: [], keys: Array.from({ length: bands.bands }, () => []) };
    }
    /** Opens the files in a folder and cuts off what was written after the last place that was noted. */
    static async open(dir, { bands, shingle }) {
        await mkdir(dir, { recursive: true });
        const state = (await ifThere(() => readJson(join(dir, 'scan.json')))) ?? {
            next: { unit: 0, row: 0, ordinal: 0 },
            rows: 0,
            textBytes: 0,
            broken: 0,
        };
        const append = async (name, bytes) => {
            const handle = await open(join(dir, name), 'a');
            await handle.truncate(bytes);
            return handle;
        };
        const files = {
            rows: await append('rows.bin', state.rows * WORDS * 4),
            text: await append('text.bin', state.textBytes),
            bands: [],
        };
        for (let band = 0; band < bands.bands; band++)
            files.bands.push(await append(`band-${band}.bin`, state.rows * 4));
        return new FingerprintWriter(dir, bands, shingle, files, state);
    }
    get next() {
        return this.state.next;
    }
    get rows() {
        return this.state.rows;
    }
    get broken() {
        return this.state.broken;
    }
    /** Adds a row; undefined for one that cannot be read, which repeats none. */
    add(row) {
        const { pending, bands } = this;
        const bytes = Buffer.from(row?.text ?? '');
        const image = row?.pHash;
        const hash = hash64(row?.text ?? '');
        const flags = (image ? HAS_IMAGE : 0) | (bytes.length > 0 ? HAS_TEXT : 0);
        pending.rows.push(flags, image?.high ?? 0, image?.low ?? 0, hash.high, hash.low, bytes.length);
        if (bytes.length > 0)
            pending.texts.push(bytes);
        const keys = new Uint32Array(bands.bands);
        if (bytes.length > 0)
            this.keys.of(shinglesOf(row?.text ?? '', this.shingle), keys);
        for (let band = 0; band < bands.bands; band++)
            pending.keys[band]?.push(keys[band]);
        this.state = {
            ...this.state,
            rows: this.state.rows + 1,
            textBytes: this.state.textBytes + bytes.length,
            broken: this.state.broken + (row ? 0 : 1),
        };
    }
    /** Writes what was added and notes how far the rows are. */
    async save(next) {
        const { files, pending } = this;
        const bytesOf = (words) => new Uint8Array(Uint32Array.from(words).buffer);
        await files.rows.appendFile(bytesOf(pending.rows));
        await files.text.appendFile(Buffer.concat(pending.texts));
        for (const [band, handle] of files.bands.entries())
            await handle.appendFile(bytesOf(pending.keys[band]));
        for (const handle of [files.rows, files.text, ...files.bands])
            await handle.sync();
        this.pending = { rows: [], texts: [], keys: pending.keys.map(() => []) };
        this.state = { ...this.state, next };
        await writeAtomic(join(this.dir, 'scan.json'), JSON.stringify(this.state));
    }
    async close() {
        for (const handle of [this.files.rows, this.files.text, ...this.files.bands])
            await handle.close();
    }
}
/** Fingerprints of all rows: 32 bytes a row in memory, texts and keys of bands on disk. */
export class Fingerprints {
    dir;
    length;
    flags;
    high;
    low;
    textHigh;
    textLow;
    ends;
    text;
    constructor(dir, length, flags, high, low, textHigh, textLow, ends, text) {
        this.dir = dir;
        this.length = length;
        this.flags = flags;
        this.high = high;
        this.low = low;
        this.textHigh = textHigh;
        this.textLow = textLow;
        this.ends = ends;
        this.text = text;
    }
    static async open(dir) {
        const { rows } = await readJson(join(dir, 'scan.json'));
        const columns = [0, 1, 2, 3].map(() => new Uint32Array(rows));
        const [flags, ends] = [new Uint8Array(rows), new Float64Array(rows + 1)];
        const handle = await open(join(dir, 'rows.bin'), 'r');
        try {
            const some = 2 ** 14;
            for (let from = 0; from < rows; from += some) {
                const count = Math.min(some, rows - from);
                const words = new Uint32Array(count * WORDS);
                await handle.read(new Uint8Array(words.buffer), 0, words.byteLength, from * WORDS * 4);
                for (let i = 0; i < count; i++) {
                    const at = i * WORDS;
                    flags[from + i] = words[at];
                    for (const [k, column] of columns.entries())
                        column[from + i] = words[at + 1 + k];
                    ends[from + i + 1] = ends[from + i] + words[at + 5];
                }
            }
        }
        finally {
            await handle.close();
        }
        return new Fingerprints(dir, rows, flags, ...columns, ends, await open(join(dir, 'text.bin'), 'r'));
    }
    hasImage(row) {
        return (this.flags[row] & HAS_IMAGE) !== 0;
    }
    hasText(row) {
        return (this.flags[row] & HAS_TEXT) !== 0;
    }
    /** The text of a row in comparable form. */
    textOf(row) {
        const [from, to] = [this.ends[row], this.ends[row + 1]];
        const bytes = Buffer.alloc(to - from);
        readSync(this.text.fd, bytes, 0, bytes.length, from);
        return bytes.toString('utf8');
    }
    /** Keys of a band, one for each row. */
    async band(band) {
        const bytes = await readFile(join(this.dir, `band-${band}.bin`));
        // A Buffer may begin anywhere; words may not.
        return new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    }
    async close() {
        await this.text.close();
    }
}
/** Bits of a stored hash. */
export const storedHash = (hex) => typeof hex === 'string' && /^[0-9a-f]{16}$/i.test(hex) ? hexToBits(hex) : undefined;
//# sourceMappingURL=fingerprints.js.map