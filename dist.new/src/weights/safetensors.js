// The safetensors format, both ways: a length, a JSON header, the bytes of the tensors without gaps. Nothing in a file is trusted.
import { open } from 'node:fs/promises';
import { SensoriumError } from '../util/errors.js';
import { mapIoError, writeAtomic } from '../util/fs.js';
import { alignedArray, bytesOf, sizeOf } from '../util/host.js';
import { castFloat } from './half.js';
import { convertFloats, dictionary, noSuchTensor, } from './source.js';
/** Format name, bytes per element, our type (none: such tensors can be listed but not read), in the reference's order of alignment. */
const TYPES = [
    ['BOOL', 1, 'bool'],
    ['U8', 1, 'uint8'],
    ['I8', 1, 'int8'],
    ['F8_E5M2', 1, undefined],
    ['F8_E4M3', 1, undefined],
    ['I16', 2, undefined],
    ['U16', 2, undefined],
    ['F16', 2, 'float16'],
    ['BF16', 2, 'bfloat16'],
    ['I32', 4, 'int32'],
    ['U32', 4, undefined],
    ['F32', 4, 'float32'],
    ['F64', 8, 'float64'],
    ['I64', 8, 'int64'],
    ['U64', 8, undefined],
];
const rankOf = new Map(TYPES.map(([, , dtype], rank) => [dtype, rank]));
const codeOf = new Map(TYPES.map(([code, , dtype]) => [dtype, code]));
const typeOf = new Map(TYPES.map(([code, bytes, dtype]) => [code, { bytes, dtype }]));
/** Elements that are converted at a time. */
const PIECE = 2 ** 20;
/** The reference implementation's own bound on the header, in bytes. */
const MAX_HEADER = 100_000_000;
const CUT = 'The file is cut short: download or copy it again';
function broken(place, summary, details = {}) {
    return new SensoriumError('weights.format', summary, {
        hint: 'This is not a valid safetensors file: download or write it again',
        ...details,
        place,
    });
}
/** A safetensors file: its header is read and checked at `open`, tensors when asked for. Keeps no handle open. */
export class SafetensorsFile {
    place;
    tensors;
    /** Free text of the writer, such as `{ format: 'pt' }`. */
    metadata;
    unsupported;
    entries;
    identity;
    constructor(path, header, identity) {
        this.place = path;
        this.entries = header.entries;
        this.tensors = header.entries;
        this.metadata = header.metadata;
        this.unsupported = header.unsupported;
        this.identity = identity;
    }
    /** Opens and validates a file. Errors: `weights.format` (naming the tensor, and whether the file is cut short), `util.*` for I/O. */
    static async open(path) {
        return withFile(path, async (file) => {
            const { size, identity } = await identify(file);
            const start = Buffer.alloc(8);
            if (size < 8)
                throw broken(path, 'the file is too short to be safetensors', { expected: 'at least 8 bytes', got: String(size), hint: CUT });
            await readFully(file, start, 0, path);
            const length = start.readBigUInt64LE(0);
            if (length > BigInt(MAX_HEADER))
                throw broken(path, 'the header is too long', { expected: `at most ${MAX_HEADER} bytes`, got: String(length) });
            if (8 + Number(length) > size)
                throw broken(path, 'the header does not fit into the file', {
                    expected: `${8n + length} bytes or more`,
                    got: String(size),
                    hint: CUT,
                });
            const bytes = Buffer.alloc(Number(length));
            await readFully(file, bytes, 8, path);
            return new SafetensorsFile(path, parseHeader(bytes, size, path), identity);
        });
    }
    async read(name, { as } = {}) {
        const tensor = await this.withSameFile((file) => this.readFrom(file, name));
        return as ? castFloat(tensor, as, `${this.place}: ${name}`) : tensor;
    }
    async readMany(names, { as, signal } = {}) {
        return this.withSameFile(async (file) => {
            const out = dictionary();
            for (const name of names) {
                signal?.throwIfAborted();
                out[name] = await this.readAs(file, name, as);
            }
            return out;
        });
    }
    locate(name) {
        const entry = this.entries.get(name);
        return entry && { file: this.place, offset: entry.offset, length: entry.length };
    }
    /** Floats of 16 bits become float32 piece by piece, so that a large matrix holds neither the thread for long nor twice its memory. */
    async readAs(file, name, as) {
        const { dtype, shape = [], offset = 0 } = this.entries.get(name) ?? {};
        const size = sizeOf(shape);
        if (as !== 'float32' || (dtype !== 'float16' && dtype !== 'bfloat16') || size <= PIECE)
            return convertFloats(await this.readFrom(file, name), as);
        const data = alignedArray('float32', size);
        const piece = alignedArray(dtype, PIECE);
        for (let at = 0; at < size; at += PIECE) {
            const words = piece.subarray(0, Math.min(PIECE, size - at));
            await readFully(file, new Uint8Array(words.buffer, words.byteOffset, words.byteLength), offset + 2 * at, this.place);
            data.set(castFloat({ dtype, shape: [words.length], data: words }, 'float32').data, at);
        }
        return { dtype: 'float32', shape, data };
    }
    async readFrom(file, name) {
        const entry = this.entries.get(name);
        if (!entry) {
            const code = this.unsupported.get(name);
            if (code)
                throw new SensoriumError('weights.dtype', 'tensors of this type cannot be read', {
                    place: `${this.place}: ${name}`,
                    expected: [...codeOf].flatMap(([dtype, c]) => (dtype ? [c] : [])).join(', '),
                    got: code,
                });
            throw noSuchTensor(name, this.place, this.entries.keys());
        }
        const data = alignedArray(entry.dtype, sizeOf(entry.shape));
        await readFully(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength), entry.offset, this.place);
        return { dtype: entry.dtype, shape: entry.shape, data };
    }
    /** The offsets belong to the file that was opened; after a replacement they would read nonsense. */
    withSameFile(work) {
        return withFile(this.place, async (file) => {
            const { identity } = await identify(file);
            if (identity !== this.identity)
                throw new SensoriumError('weights.changed', 'the file was replaced after it was opened', {
                    place: this.place,
                    hint: 'Open it again',
                });
            return work(file);
        });
    }
}
/**
 * Lays a file out as the reference implementation does: widest types first, then by name. Errors: `weights.dtype`, `weights.name`.
 */
export function layoutSafetensors(tensors, metadata = { format: 'pt' }) {
    const sorted = [...tensors].sort((a, b) => (rankOf.get(b.dtype) ?? -1) - (rankOf.get(a.dtype) ?? -1) || Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
    const fields = [];
    if (Object.keys(metadata).length)
        fields.push(`"__metadata__":${JSON.stringify(Object.fromEntries(Object.entries(metadata).sort()))}`);
    const starts = [];
    let at = 0;
    for (const { name, dtype, shape } of sorted) {
        const code = codeOf.get(dtype);
        if (!code)
            throw new SensoriumError('weights.dtype', 'tensors of this type cannot be written', { place: name, got: String(dtype) });
        if (name === '__metadata__')
            throw new SensoriumError('weights.name', 'no tensor may have this name', { place: name, hint: 'Rename it' });
        const end = at + sizeOf(shape) * bytesOf(dtype);
        fields.push(`${JSON.stringify(name)}:{"dtype":"${code}","shape":[${shape.join(',')}],"data_offsets":[${at},${end}]}`);
        starts.push([name, at]);
        at = end;
    }
    const json = Buffer.from(`{${fields.join(',')}}`);
    const padding = (8 - (json.length % 8)) % 8; // the data then starts at a multiple of 8, and with it every tensor
    const head = Buffer.alloc(8 + json.length + padding, ' ');
    head.writeBigUInt64LE(BigInt(json.length + padding), 0);
    head.set(json, 8);
    return { head, offsets: new Map(starts.map(([name, start]) => [name, head.length + start])), size: head.length + at };
}
/** Bytes of a safetensors file. Errors: `weights.*`. */
export function encodeSafetensors(tensors, metadata = { format: 'pt' }) {
    const infos = Object.entries(tensors).map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
    const { head, offsets, size } = layoutSafetensors(infos, metadata);
    for (const [name, { dtype, shape, data }] of Object.entries(tensors))
        if (data.length !== sizeOf(shape) || data.BYTES_PER_ELEMENT !== bytesOf(dtype))
            throw new SensoriumError('weights.shape', 'a tensor does not match its shape', {
                place: name,
                expected: `${sizeOf(shape)} elements of ${dtype} for [${shape.join(',')}]`,
                got: `${data.length} of ${data.BYTES_PER_ELEMENT} bytes`,
            });
    const out = Buffer.allocUnsafe(size);
    out.set(head, 0);
    for (const [name, at] of offsets) {
        const { data } = tensors[name];
        out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    }
    return out;
}
/**
 * Writes a safetensors file atomically. The default metadata `{ format: 'pt' }` is what transformers insists on.
 * The whole file is built in memory first. Errors: as `encodeSafetensors`, and `util.*` for I/O.
 */
export async function writeSafetensors(path, tensors, metadata) {
    await writeAtomic(path, encodeSafetensors(tensors, metadata));
}
function parseHeader(bytes, size, path) {
    const json = decodeJson(bytes, path);
    const base = 8 + bytes.length;
    const header = { entries: new Map(), unsupported: new Map(), metadata: dictionary() };
    const spans = [];
    for (const [name, value] of Object.entries(json)) {
        if (name === '__metadata__') {
            if (!isRecord(value) || Object.values(value).some((v) => typeof v !== 'string'))
                throw broken(path, 'the metadata is not a map of strings', { got: brief(value) });
            Object.assign(header.metadata, value);
            continue;
        }
        const { code, shape, begin, end } = parseEntry(value, `${path}: ${name}`);
        const type = typeOf.get(code);
        if (!type)
            throw broken(`${path}: ${name}`, 'unknown tensor type', {
                expected: [...typeOf.keys()].join(', '),
                got: code,
                hint: 'A newer format? Convert it first',
            });
        const length = sizeOf(shape) * type.bytes;
        if (end - begin !== length)
            throw broken(`${path}: ${name}`, 'shape and size of the tensor disagree', {
                expected: `${length} bytes for ${code} [${shape.join(',')}]`,
                got: `${end - begin}`,
            });
        spans.push({ name, begin, end });
        if (type.dtype)
            header.entries.set(name, { name, dtype: type.dtype, shape, offset: base + begin, length });
        else
            header.unsupported.set(name, code);
    }
    checkSpans(spans, base, size, path);
    return header;
}
function decodeJson(bytes, path) {
    let json;
    try {
        json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    }
    catch (cause) {
        throw broken(path, 'the header is not JSON', {
            expected: 'a JSON object',
            got: JSON.stringify(bytes.subarray(0, 24).toString('latin1')),
            cause,
        });
    }
    if (!isRecord(json))
        throw broken(path, 'the header is not a JSON object', { got: brief(json) });
    return json;
}
function parseEntry(value, place) {
    const whole = (v) => Number.isSafeInteger(v) && v >= 0;
    if (isRecord(value)) {
        const { dtype, shape, data_offsets: offsets } = value;
        if (typeof dtype === 'string' &&
            Array.isArray(shape) &&
            shape.every(whole) &&
            Array.isArray(offsets) &&
            offsets.length === 2 &&
            offsets.every(whole)) {
            const [begin, end] = offsets;
            if (begin <= end && Number.isSafeInteger(sizeOf(shape)))
                return { code: dtype, shape, begin, end };
        }
    }
    throw broken(place, 'wrong header entry', { expected: '{ dtype, shape, data_offsets: [begin, end] }', got: brief(value) });
}
/** The tensors must cover the rest of the file exactly: a gap could hide data, an overlap would alias two weights. */
function checkSpans(spans, base, size, path) {
    spans.sort((a, b) => a.begin - b.begin || a.end - b.end);
    const past = spans.find(({ end }) => base + end > size);
    if (past)
        throw broken(`${path}: ${past.name}`, 'the tensor lies beyond the end of the file', {
            expected: `${base + (spans[spans.length - 1]?.end ?? 0)} bytes`,
            got: String(size),
            hint: CUT,
        });
    let at = 0;
    for (const { name, begin, end } of spans) {
        if (begin !== at)
            throw broken(`${path}: ${name}`, begin < at ? 'the tensor overlaps another one' : 'there is a hole before the tensor', {
                expected: `data from ${at}`,
                got: `from ${begin}`,
            });
        at = end;
    }
    if (base + at !== size)
        throw broken(path, 'there is data that belongs to no tensor', { expected: `${base + at} bytes`, got: String(size) });
}
async function withFile(path, work) {
    let file;
    try {
        file = await open(path, 'r');
        return await work(file);
    }
    catch (error) {
        throw mapIoError(error, path);
    }
    finally {
        await file?.close();
    }
}
async function identify(file) {
    const { dev, ino, size, mtimeNs } = await file.stat({ bigint: true });
    return { size: Number(size), identity: `${dev}:${ino}:${size}:${mtimeNs}` };
}
/** Fills `target` from the file; one read call moves at most 2 GiB. */
async function readFully(file, target, offset, path) {
    for (let done = 0; done < target.length;) {
        const { bytesRead } = await file.read(target, done, Math.min(target.length - done, 2 ** 30), offset + done);
        if (bytesRead === 0)
            throw broken(path, 'the file ended early', { expected: `${offset + target.length} bytes`, got: String(offset + done), hint: CUT });
        done += bytesRead;
    }
}
function isRecord(value) {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}
function brief(value) {
    const text = JSON.stringify(value) ?? 'nothing';
    return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
//# sourceMappingURL=safetensors.js.map