// The GGUF container, version 3, little-endian: metadata, a table of tensors, and their bytes, written one tensor at a time.
import { open } from 'node:fs/promises';
import { SensoriumError } from '../../util/errors.js';
import { GGML_TYPE, ggmlBytes, ggmlEncode } from './ggml.js';
const VERSION = 3;
const ALIGNMENT = 32;
const KIND = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9 };
/** Bytes that grow. */
class Bytes {
    parts = [];
    length = 0;
    add(part) {
        this.parts.push(part);
        this.length += part.length;
        return this;
    }
    raw(text) {
        return this.add(Buffer.from(text));
    }
    u8(v) {
        return this.add(Uint8Array.of(v));
    }
    u32(v) {
        const b = Buffer.alloc(4);
        b.writeUInt32LE(v);
        return this.add(b);
    }
    u64(v) {
        const b = Buffer.alloc(8);
        b.writeBigUInt64LE(BigInt(v));
        return this.add(b);
    }
    i32(v) {
        return this.u32(v >>> 0);
    }
    f32(v) {
        const b = Buffer.alloc(4);
        b.writeFloatLE(v);
        return this.add(b);
    }
    text(v) {
        const b = Buffer.from(v);
        return this.u64(b.length).add(b);
    }
    pad() {
        return this.add(new Uint8Array((ALIGNMENT - (this.length % ALIGNMENT)) % ALIGNMENT));
    }
    value(v) {
        if (typeof v === 'string')
            return this.u32(KIND.string).text(v);
        if (typeof v === 'boolean')
            return this.u32(KIND.bool).u8(v ? 1 : 0);
        if (typeof v === 'number')
            return this.u32(KIND.uint32).u32(v);
        if ('float32' in v)
            return this.u32(KIND.float32).f32(v.float32);
        const [kind, list] = 'int32s' in v ? [KIND.int32, v.int32s] : 'float32s' in v ? [KIND.float32, v.float32s] : [KIND.string, v];
        this.u32(KIND.array).u32(kind).u64(list.length);
        for (const item of list) {
            if (typeof item === 'string')
                this.text(item);
            else if (kind === KIND.int32)
                this.i32(item);
            else
                this.f32(item);
        }
        return this;
    }
    all() {
        return Buffer.concat(this.parts);
    }
}
/**
 * Writes a GGUF file (the specification is docs/gguf.md of ggml). At no time is more than one tensor in memory.
 * Errors: `weights.export` for a tensor whose data do not fill its shape; what the disk says is passed on.
 */
export async function writeGguf(path, metadata, tensors, { signal } = {}) {
    const entries = Object.entries({ ...metadata, 'general.alignment': ALIGNMENT });
    const head = new Bytes().raw('GGUF').u32(VERSION).u64(tensors.length).u64(entries.length);
    for (const [key, value] of entries)
        head.text(key).value(value);
    const padded = (n) => Math.ceil(n / ALIGNMENT) * ALIGNMENT;
    let offset = 0;
    for (const { name, shape, type } of tensors) {
        head.text(name).u32(shape.length);
        for (const d of [...shape].reverse())
            head.u64(d);
        head.u32(GGML_TYPE[type]).u64(offset);
        offset += padded(ggmlBytes(type, sizeOf(shape)));
    }
    const file = await open(path, 'wx');
    try {
        await file.writeFile(head.pad().all());
        for (const { name, shape, type, data } of tensors) {
            signal?.throwIfAborted();
            const values = await data();
            if (values.length !== sizeOf(shape))
                throw new SensoriumError('weights.export', 'the data of a tensor do not fill its shape', {
                    place: name,
                    expected: `${sizeOf(shape)} elements for [${shape.join(',')}]`,
                    got: String(values.length),
                });
            const bytes = ggmlEncode(type, values);
            await file.writeFile(bytes);
            await file.writeFile(new Uint8Array(padded(bytes.length) - bytes.length));
        }
    }
    finally {
        await file.close();
    }
}
const sizeOf = (shape) => shape.reduce((a, b) => a * b, 1);
//# sourceMappingURL=gguf-file.js.map