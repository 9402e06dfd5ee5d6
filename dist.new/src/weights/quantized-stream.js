// Tensors piece by piece, from safetensors to safetensors: what lets a checkpoint be rewritten that does not fit into memory.
import { open } from 'node:fs/promises';
import { SensoriumError } from '../util/errors.js';
import { mapIoError } from '../util/fs.js';
import { alignedArray, bytesOf, sizeOf } from '../util/host.js';
import { castFloat } from './half.js';
import { layoutSafetensors } from './safetensors.js';
/** Bytes that are held at once. */
const PIECE = 8 * 2 ** 20;
/** Reads parts of the tensors of a source that lies in files; keeps the files open until `close`. */
export class TensorReader {
    source;
    files = new Map();
    constructor(source) {
        this.source = source;
    }
    /** The bytes of a tensor as they are, in order, in pieces that are only good until the next one. */
    async *bytes(name) {
        const { offset, length } = this.locate(name);
        const buffer = new Uint8Array(Math.min(PIECE, length));
        for (let at = 0; at < length;) {
            const piece = buffer.subarray(0, Math.min(buffer.length, length - at));
            await this.fill(name, piece, offset + at);
            yield piece;
            at += piece.length;
        }
    }
    /** Some rows of a matrix at a time, as float32. */
    async *rows(name) {
        const { dtype, shape } = this.source.tensors.get(name);
        const [count = 0, width = 0] = shape;
        const rowBytes = width * bytesOf(dtype);
        const { offset } = this.locate(name);
        const step = Math.max(1, Math.floor(PIECE / rowBytes));
        for (let first = 0; first < count; first += step) {
            const n = Math.min(step, count - first);
            const data = alignedArray(dtype, n * width);
            await this.fill(name, new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset + first * rowBytes);
            const rows = castFloat({ dtype, shape: [n, width], data }, 'float32', `${this.source.place}: ${name}`);
            yield { first, rows: rows };
        }
    }
    locate(name) {
        const location = this.source.locate(name);
        if (location)
            return location;
        throw new SensoriumError('weights.missing', 'this tensor is not in a file', { place: `${this.source.place}: ${name}` });
    }
    async fill(name, target, position) {
        const { file } = this.locate(name);
        try {
            let handle = this.files.get(file);
            if (!handle) {
                handle = await open(file, 'r');
                this.files.set(file, handle);
            }
            for (let done = 0; done < target.length;) {
                const { bytesRead } = await handle.read(target, done, target.length - done, position + done);
                if (bytesRead === 0)
                    throw new SensoriumError('weights.format', 'the file ended early', {
                        place: `${file}: ${name}`,
                        hint: 'It was changed while it was read: start again',
                    });
                done += bytesRead;
            }
        }
        catch (error) {
            throw mapIoError(error, file);
        }
    }
    async close() {
        for (const handle of this.files.values())
            await handle.close();
        this.files.clear();
    }
}
/** A safetensors file whose tensors are known beforehand and are filled in any order, piece by piece. */
export class SafetensorsWriter {
    path;
    file;
    layout;
    written = 0;
    constructor(path, file, layout) {
        this.path = path;
        this.file = file;
        this.layout = layout;
    }
    /** Creates the file and writes its header. Errors: `weights.dtype`, `weights.name`, `util.*`. */
    static async create(path, tensors, metadata) {
        const layout = layoutSafetensors(tensors, metadata);
        try {
            const writer = new SafetensorsWriter(path, await open(path, 'wx'), layout);
            await writer.put(layout.head, 0);
            return writer;
        }
        catch (error) {
            throw mapIoError(error, path);
        }
    }
    /** Of the whole file, in bytes. */
    get size() {
        return this.layout.size;
    }
    /** Writes data of a tensor, `at` bytes from its beginning. */
    async write(name, data, at = 0) {
        const start = this.layout.offsets.get(name);
        if (start === undefined)
            throw new SensoriumError('weights.missing', 'this tensor was not announced', { place: `${this.path}: ${name}` });
        await this.put(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start + at);
    }
    async put(bytes, position) {
        try {
            for (let done = 0; done < bytes.length;) {
                const { bytesWritten } = await this.file.write(bytes, done, Math.min(bytes.length - done, 2 ** 30), position + done);
                done += bytesWritten;
            }
            this.written += bytes.length;
        }
        catch (error) {
            throw mapIoError(error, this.path);
        }
    }
    /** Closes the file; throws `weights.format` when a part of it was never written. */
    async close() {
        await this.file.close();
        if (this.written !== this.size)
            throw new SensoriumError('weights.format', 'not all tensors were written', {
                place: this.path,
                expected: `${this.size} bytes`,
                got: String(this.written),
            });
    }
    /** Closes the file as it is, after a failure. */
    async abandon() {
        await this.file.close();
    }
}
/** Bytes of a tensor. */
export function tensorSize({ dtype, shape }) {
    return sizeOf(shape) * bytesOf(dtype);
}
//# sourceMappingURL=quantized-stream.js.map