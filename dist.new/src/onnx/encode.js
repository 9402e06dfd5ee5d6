// Model objects to ONNX protobuf bytes, on the wire writer of @bufbuild/protobuf. Large tensor data is copied exactly once.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { SensoriumError } from '../util/errors.js';
import { sizeOf } from '../util/host.js';
import { ATTRIBUTE, DATA_TYPE, DEFAULT_OPSET, IR_VERSION } from './constants.js';
/** Protobuf's own limit on a message: larger models keep their weights outside. */
const MAX_BYTES = 0x7fffffff;
const INT64_MAX = 0x7fffffffffffffffn;
/** Pieces of bytes in order; large data is held by reference until the one final copy. */
class Pieces {
    list = [];
    length = 0;
    add(bytes) {
        if (bytes.length > 0)
            this.list.push(bytes);
        this.length += bytes.length;
        return this;
    }
    small(write) {
        const w = new BinaryWriter();
        write(w);
        return this.add(w.finish());
    }
    message(field, body) {
        this.small((w) => w.tag(field, WireType.LengthDelimited).uint32(body.length));
        for (const piece of body.list)
            this.list.push(piece);
        this.length += body.length;
        return this;
    }
    join() {
        const out = new Uint8Array(this.length);
        let at = 0;
        for (const piece of this.list) {
            out.set(piece, at);
            at += piece.length;
        }
        return out;
    }
}
const text = (w, field, value) => w.tag(field, WireType.LengthDelimited).string(value);
/** Doubles beyond int64 are clamped: 2**63 is how "to the end" looks after a trip through a JS number. */
function int64(value, place) {
    if (!Number.isInteger(value))
        throw new SensoriumError('onnx.attribute', 'an integer attribute or dimension is not an integer', {
            place,
            got: String(value),
            hint: 'Wrap floats as { float: value } or { floats: [...] }',
        });
    const big = BigInt(value);
    return big > INT64_MAX ? INT64_MAX : big < -INT64_MAX - 1n ? -INT64_MAX - 1n : big;
}
function pair(w, field, key, value) {
    w.tag(field, WireType.LengthDelimited).fork();
    text(w, 1, key);
    text(w, 2, value);
    w.join();
}
function encodeTensor(tensor) {
    const { name, dtype, dims, data, external } = tensor;
    const place = `initializer ${name}`;
    if ((data === undefined) === (external === undefined))
        throw new SensoriumError('onnx.tensor', 'a tensor needs either data or an external location', { place });
    if (data && data.length !== sizeOf(dims))
        throw new SensoriumError('onnx.tensor', 'tensor data does not fill its shape', {
            place,
            expected: `${sizeOf(dims)} elements for [${dims.join(',')}]`,
            got: String(data.length),
        });
    const pieces = new Pieces().small((w) => {
        for (const d of dims)
            w.tag(1, WireType.Varint).int64(int64(d, place));
        w.tag(2, WireType.Varint).int32(DATA_TYPE[dtype]);
        text(w, 8, name);
        if (external) {
            pair(w, 13, 'location', external.location);
            pair(w, 13, 'offset', String(external.offset));
            pair(w, 13, 'length', String(external.length));
            w.tag(14, WireType.Varint).int32(1);
        }
        else if (data)
            w.tag(9, WireType.LengthDelimited).uint32(data.byteLength);
    });
    return data ? pieces.add(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)) : pieces;
}
function encodeAttribute(name, value, place) {
    const pieces = new Pieces();
    const kind = (w, type) => w.tag(20, WireType.Varint).int32(type);
    const head = (write) => pieces.small((w) => {
        text(w, 1, name);
        write(w);
    });
    const at = `${place}, attribute ${name}`;
    if (typeof value === 'number')
        return head((w) => kind(w.tag(3, WireType.Varint).int64(int64(value, at)), ATTRIBUTE.int));
    if (typeof value === 'string')
        return head((w) => kind(text(w, 4, value), ATTRIBUTE.string));
    if (Array.isArray(value))
        return head((w) => {
            for (const v of value)
                w.tag(8, WireType.Varint).int64(int64(v, at));
            kind(w, ATTRIBUTE.ints);
        });
    const object = value;
    if ('float' in object)
        return head((w) => kind(w.tag(2, WireType.Bit32).float(object.float), ATTRIBUTE.float));
    if ('floats' in object)
        return head((w) => {
            for (const v of object.floats)
                w.tag(7, WireType.Bit32).float(v);
            kind(w, ATTRIBUTE.floats);
        });
    if ('strings' in object)
        return head((w) => {
            for (const v of object.strings)
                text(w, 9, v);
            kind(w, ATTRIBUTE.strings);
        });
    return head((w) => kind(w, ATTRIBUTE.tensor)).message(5, encodeTensor(object.tensor));
}
function encodeNode(node) {
    const pieces = new Pieces().small((w) => {
        for (const name of node.inputs)
            text(w, 1, name);
        for (const name of node.outputs)
            text(w, 2, name);
        text(w, 3, node.name);
        text(w, 4, node.opType);
        if (node.domain)
            text(w, 7, node.domain);
    });
    for (const [name, value] of Object.entries(node.attributes ?? {}))
        pieces.message(5, encodeAttribute(name, value, `node ${node.name} (${node.opType})`));
    return pieces;
}
function writeValueInfo(w, field, info) {
    const open = (f) => w.tag(f, WireType.LengthDelimited).fork();
    open(field);
    text(w, 1, info.name);
    open(2); // TypeProto
    open(1); // .tensor_type
    w.tag(1, WireType.Varint).int32(DATA_TYPE[info.dtype]);
    open(2); // TensorShapeProto: written also when empty, which means "a scalar" and not "unknown rank"
    for (const d of info.shape) {
        open(1);
        if (typeof d === 'string')
            text(w, 2, d);
        else
            w.tag(1, WireType.Varint).int64(int64(d, `value ${info.name}`));
        w.join();
    }
    w.join().join().join().join();
}
/** Serialises a model. Throws `onnx.tensor` or `onnx.attribute` for values that do not fit, `onnx.size` beyond protobuf's 2 GB. */
export function encodeModel(model) {
    const graph = new Pieces();
    for (const node of model.nodes)
        graph.message(1, encodeNode(node));
    graph.small((w) => text(w, 2, model.name));
    for (const tensor of model.initializers)
        graph.message(5, encodeTensor(tensor));
    graph.small((w) => {
        for (const info of model.inputs)
            writeValueInfo(w, 11, info);
        for (const info of model.outputs)
            writeValueInfo(w, 12, info);
    });
    const root = new Pieces()
        .small((w) => {
        w.tag(1, WireType.Varint).int64(IR_VERSION);
        text(w, 2, 'sensorium');
    })
        .message(7, graph)
        .small((w) => {
        for (const [domain, version] of [
            ['', model.opset ?? DEFAULT_OPSET],
            ['com.microsoft', 1],
        ]) {
            w.tag(8, WireType.LengthDelimited).fork();
            if (domain)
                text(w, 1, domain);
            w.tag(2, WireType.Varint).int64(version).join();
        }
        for (const [key, value] of Object.entries(model.metadata ?? {}))
            pair(w, 14, key, value);
    });
    if (root.length > MAX_BYTES)
        throw new SensoriumError('onnx.size', 'a serialised model cannot exceed 2 GB', {
            place: model.name,
            got: `${(root.length / 2 ** 30).toFixed(2)} GB`,
            hint: 'Give large initializers an external location',
        });
    return root.join();
}
//# sourceMappingURL=encode.js.map