// ONNX protobuf bytes to model objects, on the wire reader of @bufbuild/protobuf. Tensor data are views where alignment allows.
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { SensoriumError } from '../util/errors.js';
import { arrayType, bytesOf, sizeOf } from '../util/host.js';
import { ATTRIBUTE, DATA_TYPE, dtypeOfCode } from './constants.js';
/** Calls `field` for every field of the message that ends at `end`; a handler that returns false has the field skipped. */
function eachField(r, end, field) {
    while (r.pos < end) {
        const [no, wire] = r.tag();
        if (field(no, wire) === false)
            r.skip(wire, no);
    }
    if (r.pos !== end)
        throw new RangeError('a field runs over the end of its message');
}
function nested(r, read) {
    const length = r.uint32();
    if (r.pos + length > r.len)
        throw new RangeError('premature EOF');
    return read(r.pos + length);
}
const readInt = (r) => Number(r.int64());
/** Repeated scalars come packed or one by one. */
function repeated(r, wire, read, into) {
    if (wire !== WireType.LengthDelimited)
        into.push(read());
    else
        nested(r, (end) => {
            while (r.pos < end)
                into.push(read());
        });
}
function readPair(r) {
    return nested(r, (end) => {
        const entry = ['', ''];
        eachField(r, end, (no) => {
            if (no === 1 || no === 2)
                entry[no - 1] = r.string();
            else
                return false;
        });
        return entry;
    });
}
function readDtype(code, place) {
    const dtype = dtypeOfCode(code);
    if (!dtype)
        throw new SensoriumError('onnx.dtype', 'unsupported element type', {
            place,
            expected: Object.entries(DATA_TYPE)
                .map(([name, c]) => `${c} (${name})`)
                .join(', '),
            got: String(code),
        });
    return dtype;
}
function viewAs(dtype, raw, place) {
    const size = bytesOf(dtype);
    if (raw.byteLength % size !== 0)
        throw new SensoriumError('onnx.tensor', 'raw data is not a whole number of elements', {
            place,
            expected: `a multiple of ${size} bytes (${dtype})`,
            got: String(raw.byteLength),
        });
    const bytes = raw.byteOffset % size === 0 ? raw : new Uint8Array(raw); // a Buffer's slice is no copy
    return new (arrayType(dtype))(bytes.buffer, bytes.byteOffset, bytes.byteLength / size);
}
function decodeTensor(r, end) {
    const dims = [];
    const numbers = [];
    const bigs = [];
    const external = new Map();
    let name = '';
    let code = 0;
    let raw;
    let outside = false;
    eachField(r, end, (no, wire) => {
        if (no === 1)
            repeated(r, wire, () => readInt(r), dims);
        else if (no === 2)
            code = r.int32();
        else if (no === 4)
            repeated(r, wire, () => r.float(), numbers);
        else if (no === 5)
            repeated(r, wire, () => r.int32(), numbers);
        else if (no === 7)
            repeated(r, wire, () => BigInt(r.int64()), bigs);
        else if (no === 8)
            name = r.string();
        else if (no === 9)
            raw = r.bytes();
        else if (no === 10)
            repeated(r, wire, () => r.double(), numbers);
        else if (no === 13)
            external.set(...readPair(r));
        else if (no === 14)
            outside = r.int32() === 1;
        else
            return false;
    });
    const place = `tensor ${name}`;
    const dtype = readDtype(code, place);
    if (outside) {
        const offset = Number(external.get('offset') ?? 0);
        const length = Number(external.get('length') ?? sizeOf(dims) * bytesOf(dtype));
        return { name, dtype, dims, external: { location: external.get('location') ?? '', offset, length } };
    }
    let data;
    if (raw)
        data = viewAs(dtype, raw, place);
    else if (dtype === 'int64')
        data = BigInt64Array.from(bigs);
    else
        data = arrayType(dtype).from(numbers);
    if (data.length !== sizeOf(dims))
        throw new SensoriumError('onnx.tensor', 'tensor data does not fill its shape', {
            place,
            expected: `${sizeOf(dims)} elements for [${dims.join(',')}]`,
            got: String(data.length),
        });
    return { name, dtype, dims, data };
}
function decodeAttribute(r, end, place) {
    let name = '';
    let type = 0;
    let float = 0;
    let int = 0;
    let string = '';
    let tensor;
    const floats = [];
    const ints = [];
    const strings = [];
    eachField(r, end, (no, wire) => {
        if (no === 1)
            name = r.string();
        else if (no === 2)
            float = r.float();
        else if (no === 3)
            int = readInt(r);
        else if (no === 4)
            string = r.string();
        else if (no === 5)
            tensor = nested(r, (stop) => decodeTensor(r, stop));
        else if (no === 7)
            repeated(r, wire, () => r.float(), floats);
        else if (no === 8)
            repeated(r, wire, () => readInt(r), ints);
        else if (no === 9)
            strings.push(r.string());
        else if (no === 20)
            type = r.int32();
        else
            return false;
    });
    if (type === ATTRIBUTE.float)
        return [name, { float }];
    if (type === ATTRIBUTE.int)
        return [name, int];
    if (type === ATTRIBUTE.string)
        return [name, string];
    if (type === ATTRIBUTE.floats)
        return [name, { floats }];
    if (type === ATTRIBUTE.ints)
        return [name, ints];
    if (type === ATTRIBUTE.strings)
        return [name, { strings }];
    if (type === ATTRIBUTE.tensor && tensor)
        return [name, { tensor }];
    throw new SensoriumError('onnx.attribute', 'unsupported attribute type', {
        place: `${place()}, attribute ${name}`,
        expected: 'float, int, string, tensor, floats, ints or strings',
        got: `AttributeType ${type}${type === 5 ? ' (a subgraph)' : ''}`,
    });
}
function decodeNode(r, end) {
    const inputs = [];
    const outputs = [];
    const attributes = {};
    let name = '';
    let opType = '';
    let domain = '';
    const place = () => `node ${name || outputs[0] || '?'} (${opType})`;
    eachField(r, end, (no) => {
        if (no === 1)
            inputs.push(r.string());
        else if (no === 2)
            outputs.push(r.string());
        else if (no === 3)
            name = r.string();
        else if (no === 4)
            opType = r.string();
        else if (no === 5) {
            const [key, value] = nested(r, (stop) => decodeAttribute(r, stop, place));
            attributes[key] = value;
        }
        else if (no === 7)
            domain = r.string();
        else
            return false;
    });
    const node = { opType, name, inputs, outputs };
    if (domain && domain !== 'ai.onnx')
        node.domain = domain;
    if (Object.keys(attributes).length > 0)
        node.attributes = attributes;
    return node;
}
function decodeValueInfo(r, end) {
    let name = '';
    let code = 0;
    const shape = [];
    const dimension = (stop) => {
        let d;
        eachField(r, stop, (no) => {
            if (no === 1)
                d = readInt(r);
            else if (no === 2)
                d = r.string();
            else
                return false;
        });
        return d ?? `${name}_${shape.length}`; // an unnamed free dimension gets a name of its own
    };
    const message = (no, want, read) => {
        if (no !== want)
            return false;
        nested(r, read);
    };
    eachField(r, end, (no) => {
        if (no === 1)
            name = r.string();
        else
            return message(no, 2, (typeEnd) => eachField(r, typeEnd, (t) => message(t, 1, (tensorEnd) => eachField(r, tensorEnd, (k) => {
                if (k === 1)
                    code = r.int32();
                else
                    return message(k, 2, (shapeEnd) => eachField(r, shapeEnd, (s) => message(s, 1, (dimEnd) => void shape.push(dimension(dimEnd)))));
            }))));
    });
    return { name, dtype: readDtype(code, `value ${name}`), shape };
}
/**
 * Parses a serialised model. Tensor data are views into `bytes` where alignment allows.
 * Throws `onnx.format` when the bytes are not a whole ONNX file, `onnx.dtype`/`onnx.attribute` for parts that we do not represent.
 */
export function decodeModel(bytes) {
    const nodes = [];
    const initializers = [];
    const inputs = [];
    const outputs = [];
    const metadata = {};
    let name = '';
    let opset = 0;
    let sawGraph = false;
    const r = new BinaryReader(bytes);
    const readGraph = (end) => eachField(r, end, (no) => {
        if (no === 1)
            nodes.push(nested(r, (stop) => decodeNode(r, stop)));
        else if (no === 2)
            name = r.string();
        else if (no === 5)
            initializers.push(nested(r, (stop) => decodeTensor(r, stop)));
        else if (no === 11)
            inputs.push(nested(r, (stop) => decodeValueInfo(r, stop)));
        else if (no === 12)
            outputs.push(nested(r, (stop) => decodeValueInfo(r, stop)));
        else
            return false;
    });
    const readOpset = (end) => {
        let domain = '';
        let version = 0;
        eachField(r, end, (no) => {
            if (no === 1)
                domain = r.string();
            else if (no === 2)
                version = readInt(r);
            else
                return false;
        });
        if (domain === '' || domain === 'ai.onnx')
            opset = version;
    };
    try {
        eachField(r, bytes.length, (no) => {
            if (no === 7) {
                sawGraph = true;
                nested(r, readGraph);
            }
            else if (no === 8)
                nested(r, readOpset);
            else if (no === 14) {
                const [key, value] = readPair(r);
                metadata[key] = value;
            }
            else
                return false;
        });
    }
    catch (error) {
        if (error instanceof SensoriumError)
            throw error;
        throw new SensoriumError('onnx.format', `the bytes are not a whole ONNX model: ${error.message}`, {
            place: `byte ${r.pos} of ${bytes.length}`,
            hint: 'The file is cut off or is not an ONNX file; fetch or export it again',
            cause: error,
        });
    }
    if (!sawGraph || opset === 0)
        throw new SensoriumError('onnx.format', 'the bytes are not a whole ONNX model', {
            expected: 'a graph and an ai.onnx opset',
            got: sawGraph ? 'no opset' : 'no graph',
            hint: 'The file is cut off or is not an ONNX file; fetch or export it again',
        });
    const model = { name, nodes, initializers, inputs, outputs, opset };
    if (Object.keys(metadata).length > 0)
        model.metadata = metadata;
    return model;
}
//# sourceMappingURL=decode.js.map