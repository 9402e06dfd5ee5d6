// ONNX protobuf bytes <-> plain objects (onnx.proto3 of ONNX 1.16, IR version 10), on the wire primitives of @bufbuild/protobuf.
// Tensor data is never nested into intermediate buffers: encoding copies it once, decoding gives views where alignment allows.

import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { SensoriumError } from '../util/errors.js';
import { arrayType, bytesOf, sizeOf } from '../util/host.js';
import type { DType, TypedArray } from '../util/host.js';
import type { AttributeValue, ModelProto, NodeProto, TensorProto, ValueInfoProto } from './model.js';

/** TensorProto.DataType numbers; also the ONNXTensorElementDataType of ONNX Runtime's C API. */
export const DATA_TYPE: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
};

const DTYPE_OF = new Map<number, DType>(Object.entries(DATA_TYPE).map(([name, code]) => [code, name as DType]));

/** The dtype behind a TensorProto.DataType number; undefined when we have no such dtype (strings, 4-bit types, …). */
export function dtypeOfCode(code: number): DType | undefined {
  return DTYPE_OF.get(code);
}

/** IR version that we write: 10 is ONNX 1.16, opset 21. */
export const IR_VERSION = 10;
export const DEFAULT_OPSET = 21;

const ATTRIBUTE = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7, strings: 8 } as const;
/** Protobuf's own limit on a message: larger models keep their weights outside. */
const MAX_BYTES = 0x7fffffff;
const INT64_MAX = 0x7fffffffffffffffn;

// ---------------------------------------------------------------- writing

/** Pieces of bytes in order; large data is held by reference until the one final copy. */
class Pieces {
  readonly list: Uint8Array[] = [];
  length = 0;

  add(bytes: Uint8Array): this {
    if (bytes.length > 0) this.list.push(bytes);
    this.length += bytes.length;
    return this;
  }

  small(write: (w: BinaryWriter) => void): this {
    const w = new BinaryWriter();
    write(w);
    return this.add(w.finish());
  }

  message(field: number, body: Pieces): this {
    this.small((w) => w.tag(field, WireType.LengthDelimited).uint32(body.length));
    for (const piece of body.list) this.list.push(piece);
    this.length += body.length;
    return this;
  }

  join(): Uint8Array {
    const out = new Uint8Array(this.length);
    let at = 0;
    for (const piece of this.list) {
      out.set(piece, at);
      at += piece.length;
    }
    return out;
  }
}

const text = (w: BinaryWriter, field: number, value: string): BinaryWriter => w.tag(field, WireType.LengthDelimited).string(value);

/** Doubles beyond int64 are clamped: 2**63 is how "to the end" looks after a trip through a JS number. */
function int64(value: number, place: string): bigint {
  if (!Number.isInteger(value))
    throw new SensoriumError('onnx.attribute', 'an integer attribute or dimension is not an integer', {
      place,
      got: String(value),
      hint: 'Wrap floats as { float: value } or { floats: [...] }',
    });
  const big = BigInt(value);
  return big > INT64_MAX ? INT64_MAX : big < -INT64_MAX - 1n ? -INT64_MAX - 1n : big;
}

function pair(w: BinaryWriter, field: number, key: string, value: string): void {
  w.tag(field, WireType.LengthDelimited).fork();
  text(w, 1, key);
  text(w, 2, value);
  w.join();
}

function encodeTensor(tensor: TensorProto): Pieces {
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
    for (const d of dims) w.tag(1, WireType.Varint).int64(int64(d, place));
    w.tag(2, WireType.Varint).int32(DATA_TYPE[dtype]);
    text(w, 8, name);
    if (external) {
      pair(w, 13, 'location', external.location);
      pair(w, 13, 'offset', String(external.offset));
      pair(w, 13, 'length', String(external.length));
      w.tag(14, WireType.Varint).int32(1);
    } else if (data) w.tag(9, WireType.LengthDelimited).uint32(data.byteLength);
  });
  return data ? pieces.add(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)) : pieces;
}

function encodeAttribute(name: string, value: AttributeValue, place: string): Pieces {
  const pieces = new Pieces();
  const kind = (w: BinaryWriter, type: number): BinaryWriter => w.tag(20, WireType.Varint).int32(type);
  const head = (write: (w: BinaryWriter) => void): Pieces =>
    pieces.small((w) => {
      text(w, 1, name);
      write(w);
    });
  const at = `${place}, attribute ${name}`;
  if (typeof value === 'number') return head((w) => kind(w.tag(3, WireType.Varint).int64(int64(value, at)), ATTRIBUTE.int));
  if (typeof value === 'string') return head((w) => kind(text(w, 4, value), ATTRIBUTE.string));
  if (Array.isArray(value))
    return head((w) => {
      for (const v of value as readonly number[]) w.tag(8, WireType.Varint).int64(int64(v, at));
      kind(w, ATTRIBUTE.ints);
    });
  const object = value as Exclude<AttributeValue, number | string | readonly number[]>;
  if ('float' in object) return head((w) => kind(w.tag(2, WireType.Bit32).float(object.float), ATTRIBUTE.float));
  if ('floats' in object)
    return head((w) => {
      for (const v of object.floats) w.tag(7, WireType.Bit32).float(v);
      kind(w, ATTRIBUTE.floats);
    });
  if ('strings' in object)
    return head((w) => {
      for (const v of object.strings) text(w, 9, v);
      kind(w, ATTRIBUTE.strings);
    });
  return head((w) => kind(w, ATTRIBUTE.tensor)).message(5, encodeTensor(object.tensor));
}

function encodeNode(node: NodeProto): Pieces {
  const pieces = new Pieces().small((w) => {
    for (const name of node.inputs) text(w, 1, name);
    for (const name of node.outputs) text(w, 2, name);
    text(w, 3, node.name);
    text(w, 4, node.opType);
    if (node.domain) text(w, 7, node.domain);
  });
  for (const [name, value] of Object.entries(node.attributes ?? {}))
    pieces.message(5, encodeAttribute(name, value, `node ${node.name} (${node.opType})`));
  return pieces;
}

function writeValueInfo(w: BinaryWriter, field: number, info: ValueInfoProto): void {
  const open = (f: number): BinaryWriter => w.tag(f, WireType.LengthDelimited).fork();
  open(field);
  text(w, 1, info.name);
  open(2); // TypeProto
  open(1); // .tensor_type
  w.tag(1, WireType.Varint).int32(DATA_TYPE[info.dtype]);
  open(2); // TensorShapeProto: written also when empty, which means "a scalar" and not "unknown rank"
  for (const d of info.shape) {
    open(1);
    if (typeof d === 'string') text(w, 2, d);
    else w.tag(1, WireType.Varint).int64(int64(d, `value ${info.name}`));
    w.join();
  }
  w.join().join().join().join();
}

/** Serialises a model. Throws `onnx.tensor` or `onnx.attribute` for values that do not fit, `onnx.size` beyond protobuf's 2 GB. */
export function encodeModel(model: ModelProto): Uint8Array {
  const graph = new Pieces();
  for (const node of model.nodes) graph.message(1, encodeNode(node));
  graph.small((w) => text(w, 2, model.name));
  for (const tensor of model.initializers) graph.message(5, encodeTensor(tensor));
  graph.small((w) => {
    for (const info of model.inputs) writeValueInfo(w, 11, info);
    for (const info of model.outputs) writeValueInfo(w, 12, info);
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
      ] as const) {
        w.tag(8, WireType.LengthDelimited).fork();
        if (domain) text(w, 1, domain);
        w.tag(2, WireType.Varint).int64(version).join();
      }
      for (const [key, value] of Object.entries(model.metadata ?? {})) pair(w, 14, key, value);
    });
  if (root.length > MAX_BYTES)
    throw new SensoriumError('onnx.size', 'a serialised model cannot exceed 2 GB', {
      place: model.name,
      got: `${(root.length / 2 ** 30).toFixed(2)} GB`,
      hint: 'Give large initializers an external location',
    });
  return root.join();
}

// ---------------------------------------------------------------- reading

/** Calls `field` for every field of the message that ends at `end`; a handler that returns false has the field skipped. */
function eachField(r: BinaryReader, end: number, field: (no: number, wire: WireType) => boolean | void): void {
  while (r.pos < end) {
    const [no, wire] = r.tag();
    if (field(no, wire) === false) r.skip(wire, no);
  }
  if (r.pos !== end) throw new RangeError('a field runs over the end of its message');
}

function nested<T>(r: BinaryReader, read: (end: number) => T): T {
  const length = r.uint32();
  if (r.pos + length > r.len) throw new RangeError('premature EOF');
  return read(r.pos + length);
}

const readInt = (r: BinaryReader): number => Number(r.int64());

/** Repeated scalars come packed or one by one. */
function repeated<T>(r: BinaryReader, wire: WireType, read: () => T, into: T[]): void {
  if (wire !== WireType.LengthDelimited) into.push(read());
  else
    nested(r, (end) => {
      while (r.pos < end) into.push(read());
    });
}

function readPair(r: BinaryReader): [string, string] {
  return nested(r, (end) => {
    const entry: [string, string] = ['', ''];
    eachField(r, end, (no) => (no === 1 || no === 2 ? void (entry[no - 1] = r.string()) : false));
    return entry;
  });
}

function readDtype(code: number, place: string): DType {
  const dtype = DTYPE_OF.get(code);
  if (!dtype)
    throw new SensoriumError('onnx.dtype', 'unsupported element type', {
      place,
      expected: [...DTYPE_OF].map(([c, name]) => `${c} (${name})`).join(', '),
      got: String(code),
    });
  return dtype;
}

function viewAs(dtype: DType, raw: Uint8Array, place: string): TypedArray {
  const size = bytesOf(dtype);
  if (raw.byteLength % size !== 0)
    throw new SensoriumError('onnx.tensor', 'raw data is not a whole number of elements', {
      place,
      expected: `a multiple of ${size} bytes (${dtype})`,
      got: String(raw.byteLength),
    });
  const bytes = raw.byteOffset % size === 0 ? raw : raw.slice();
  return new (arrayType(dtype))(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength / size) as TypedArray;
}

function decodeTensor(r: BinaryReader, end: number): TensorProto {
  const dims: number[] = [];
  const numbers: number[] = [];
  const bigs: bigint[] = [];
  const external = new Map<string, string>();
  let name = '';
  let code = 0;
  let raw: Uint8Array | undefined;
  let outside = false;
  eachField(r, end, (no, wire) => {
    if (no === 1) repeated(r, wire, () => readInt(r), dims);
    else if (no === 2) code = r.int32();
    else if (no === 4) repeated(r, wire, () => r.float(), numbers);
    else if (no === 5) repeated(r, wire, () => r.int32(), numbers);
    else if (no === 7) repeated(r, wire, () => BigInt(r.int64()), bigs);
    else if (no === 8) name = r.string();
    else if (no === 9) raw = r.bytes();
    else if (no === 10) repeated(r, wire, () => r.double(), numbers);
    else if (no === 13) external.set(...readPair(r));
    else if (no === 14) outside = r.int32() === 1;
    else return false;
  });
  const place = `tensor ${name}`;
  const dtype = readDtype(code, place);
  if (outside) {
    const offset = Number(external.get('offset') ?? 0);
    const length = Number(external.get('length') ?? sizeOf(dims) * bytesOf(dtype));
    return { name, dtype, dims, external: { location: external.get('location') ?? '', offset, length } };
  }
  let data: TypedArray;
  if (raw) data = viewAs(dtype, raw, place);
  else if (dtype === 'int64') data = BigInt64Array.from(bigs);
  else data = (arrayType(dtype) as typeof Float32Array).from(numbers) as TypedArray;
  if (data.length !== sizeOf(dims))
    throw new SensoriumError('onnx.tensor', 'tensor data does not fill its shape', {
      place,
      expected: `${sizeOf(dims)} elements for [${dims.join(',')}]`,
      got: String(data.length),
    });
  return { name, dtype, dims, data };
}

function decodeAttribute(r: BinaryReader, end: number, place: () => string): [string, AttributeValue] {
  let name = '';
  let type = 0;
  let float = 0;
  let int = 0;
  let string = '';
  let tensor: TensorProto | undefined;
  const floats: number[] = [];
  const ints: number[] = [];
  const strings: string[] = [];
  eachField(r, end, (no, wire) => {
    if (no === 1) name = r.string();
    else if (no === 2) float = r.float();
    else if (no === 3) int = readInt(r);
    else if (no === 4) string = r.string();
    else if (no === 5) tensor = nested(r, (stop) => decodeTensor(r, stop));
    else if (no === 7) repeated(r, wire, () => r.float(), floats);
    else if (no === 8) repeated(r, wire, () => readInt(r), ints);
    else if (no === 9) strings.push(r.string());
    else if (no === 20) type = r.int32();
    else return false;
  });
  if (type === ATTRIBUTE.float) return [name, { float }];
  if (type === ATTRIBUTE.int) return [name, int];
  if (type === ATTRIBUTE.string) return [name, string];
  if (type === ATTRIBUTE.floats) return [name, { floats }];
  if (type === ATTRIBUTE.ints) return [name, ints];
  if (type === ATTRIBUTE.strings) return [name, { strings }];
  if (type === ATTRIBUTE.tensor && tensor) return [name, { tensor }];
  throw new SensoriumError('onnx.attribute', 'unsupported attribute type', {
    place: `${place()}, attribute ${name}`,
    expected: 'float, int, string, tensor, floats, ints or strings',
    got: `AttributeType ${type}${type === 5 ? ' (a subgraph)' : ''}`,
  });
}

function decodeNode(r: BinaryReader, end: number): NodeProto {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes: Record<string, AttributeValue> = {};
  let name = '';
  let opType = '';
  let domain = '';
  const place = (): string => `node ${name || outputs[0] || '?'} (${opType})`;
  eachField(r, end, (no) => {
    if (no === 1) inputs.push(r.string());
    else if (no === 2) outputs.push(r.string());
    else if (no === 3) name = r.string();
    else if (no === 4) opType = r.string();
    else if (no === 5) {
      const [key, value] = nested(r, (stop) => decodeAttribute(r, stop, place));
      attributes[key] = value;
    } else if (no === 7) domain = r.string();
    else return false;
  });
  const node: NodeProto = { opType, name, inputs, outputs };
  if (domain && domain !== 'ai.onnx') node.domain = domain;
  if (Object.keys(attributes).length > 0) node.attributes = attributes;
  return node;
}

function decodeValueInfo(r: BinaryReader, end: number): ValueInfoProto {
  let name = '';
  let code = 0;
  const shape: (number | string)[] = [];
  const dimension = (stop: number): number | string => {
    let d: number | string | undefined;
    eachField(r, stop, (no) => {
      if (no === 1) d = readInt(r);
      else if (no === 2) d = r.string();
      else return false;
    });
    return d ?? `${name}_${shape.length}`; // an unnamed free dimension gets a name of its own
  };
  const message = (no: number, want: number, read: (stop: number) => void): boolean | void => {
    if (no !== want) return false;
    nested(r, read);
  };
  eachField(r, end, (no) => {
    if (no === 1) name = r.string();
    else
      return message(no, 2, (typeEnd) =>
        eachField(r, typeEnd, (t) =>
          message(t, 1, (tensorEnd) =>
            eachField(r, tensorEnd, (k) => {
              if (k === 1) code = r.int32();
              else
                return message(k, 2, (shapeEnd) =>
                  eachField(r, shapeEnd, (s) => message(s, 1, (dimEnd) => void shape.push(dimension(dimEnd)))),
                );
            }),
          ),
        ),
      );
  });
  return { name, dtype: readDtype(code, `value ${name}`), shape };
}

/**
 * Parses a serialised model. Tensor data are views into `bytes` where alignment allows.
 * Throws `onnx.format` when the bytes are not a whole ONNX file, `onnx.dtype`/`onnx.attribute` for parts that we do not represent.
 */
export function decodeModel(bytes: Uint8Array): ModelProto {
  const nodes: NodeProto[] = [];
  const initializers: TensorProto[] = [];
  const inputs: ValueInfoProto[] = [];
  const outputs: ValueInfoProto[] = [];
  const metadata: Record<string, string> = {};
  let name = '';
  let opset = 0;
  let sawGraph = false;
  const r = new BinaryReader(bytes);
  const readGraph = (end: number): void =>
    eachField(r, end, (no) => {
      if (no === 1) nodes.push(nested(r, (stop) => decodeNode(r, stop)));
      else if (no === 2) name = r.string();
      else if (no === 5) initializers.push(nested(r, (stop) => decodeTensor(r, stop)));
      else if (no === 11) inputs.push(nested(r, (stop) => decodeValueInfo(r, stop)));
      else if (no === 12) outputs.push(nested(r, (stop) => decodeValueInfo(r, stop)));
      else return false;
    });
  const readOpset = (end: number): void => {
    let domain = '';
    let version = 0;
    eachField(r, end, (no) => {
      if (no === 1) domain = r.string();
      else if (no === 2) version = readInt(r);
      else return false;
    });
    if (domain === '' || domain === 'ai.onnx') opset = version;
  };
  try {
    eachField(r, bytes.length, (no) => {
      if (no === 7) {
        sawGraph = true;
        nested(r, readGraph);
      } else if (no === 8) nested(r, readOpset);
      else if (no === 14) {
        const [key, value] = readPair(r);
        metadata[key] = value;
      } else return false;
    });
  } catch (error) {
    if (error instanceof SensoriumError) throw error;
    throw new SensoriumError('onnx.format', `the bytes are not a whole ONNX model: ${(error as Error).message}`, {
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
  const model: ModelProto = { name, nodes, initializers, inputs, outputs, opset };
  if (Object.keys(metadata).length > 0) model.metadata = metadata;
  return model;
}
