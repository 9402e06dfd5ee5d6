// ONNX files with weights that are read when they are written: inside small files, beside large ones.

import { type FileHandle, open, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { lower, type Parameter, type Tensor } from '../../graph/index.js';
import { encodeModel } from '../../onnx/codec.js';
import type { NodeProto, TensorProto, ValueInfoProto } from '../../onnx/model.js';
import { bytesOf, type DType, type HostTensor, sizeOf, type TypedArray } from '../../util/host.js';

/** A tensor of a model, read when it is its turn. */
export interface LazyTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly dims: readonly number[];
  /** True for a parameter of the network, as against a constant of the graph. */
  readonly frozen?: boolean;
  data(): Promise<TypedArray> | TypedArray;
}

/** A model whose initializers have not been read. */
export interface LazyModel {
  readonly name: string;
  readonly nodes: readonly NodeProto[];
  readonly inputs: readonly ValueInfoProto[];
  readonly outputs: readonly ValueInfoProto[];
  readonly tensors: readonly LazyTensor[];
}

/** Lowers outputs to standard operators, with every parameter an initializer that `read` supplies. */
export function lazyModel(
  outputs: Readonly<Record<string, Tensor>>,
  { name, read }: { name: string; read: (p: Parameter) => Promise<HostTensor> },
): LazyModel {
  const { model, frozen } = lower(outputs, { name, rewrites: [], fed: new Set() });
  const tensors = model.initializers.map((t): LazyTensor => {
    const { dtype, dims } = t;
    const p = frozen.get(t.name);
    return p
      ? { name: t.name, dtype, dims, frozen: true, data: async () => (await read(p)).data }
      : { name: t.name, dtype, dims, data: () => t.data as TypedArray };
  });
  return { name, nodes: model.nodes, inputs: model.inputs, outputs: model.outputs, tensors };
}

export interface OnnxFileOptions {
  /** Models with at most this many bytes of weights are one file. Default 64 MiB. */
  inlineLimit?: number;
  /** Largest file of weights; browsers take buffers of 2 GB at most. */
  chunkLimit?: number;
  signal?: AbortSignal;
}

const MIB = 2 ** 20;
/** Tensors below this stay in the model: shapes and scalars must be known when a session is made. */
const SMALL = 1024;
/** A page of memory, so that files can be mapped. */
const PAGE = 4096;

/** Writes a model as `PATH` and, for large ones, `PATH_data`, `PATH_data_1`, …. Returns the number of those. */
export async function writeOnnx(path: string, model: LazyModel, options: OnnxFileOptions = {}): Promise<number> {
  const { inlineLimit = 64 * MIB, chunkLimit = 2000 * MIB, signal } = options;
  const { name, nodes, inputs, outputs, tensors } = model;
  const bytes = (t: LazyTensor): number => sizeOf(t.dims) * bytesOf(t.dtype);
  const whole = tensors.reduce((n, t) => n + bytes(t), 0) <= inlineLimit;
  const initializers: TensorProto[] = [];
  const beside = new Chunks(path, chunkLimit);
  try {
    for (const t of tensors) {
      signal?.throwIfAborted();
      const { name, dtype, dims } = t;
      const data = await t.data();
      if (whole || bytes(t) < SMALL) initializers.push({ name, dtype, dims, data });
      else initializers.push({ name, dtype, dims, external: await beside.add(data) });
    }
  } finally {
    await beside.close();
  }
  await writeFile(path, encodeModel({ name, nodes, inputs, outputs, initializers }), { flag: 'wx' });
  return beside.count;
}

/** Files of weights beside a model. */
class Chunks {
  count = 0;
  private file: FileHandle | undefined;
  private location = '';
  private length = 0;
  constructor(
    private readonly path: string,
    private readonly limit: number,
  ) {}

  /** Appends a tensor and says where it is. */
  async add(data: TypedArray): Promise<{ location: string; offset: number; length: number }> {
    const start = Math.ceil(this.length / PAGE) * PAGE;
    if (!this.file || (start > 0 && start + data.byteLength > this.limit)) await this.next();
    const file = this.file as FileHandle;
    const padding = (PAGE - (this.length % PAGE)) % PAGE;
    await file.writeFile(new Uint8Array(padding));
    const offset = this.length + padding;
    await file.writeFile(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    this.length = offset + data.byteLength;
    return { location: this.location, offset, length: data.byteLength };
  }
  private async next(): Promise<void> {
    await this.close();
    const path = `${this.path}_data${this.count === 0 ? '' : `_${this.count}`}`;
    this.file = await open(path, 'wx');
    this.location = basename(path);
    this.length = 0;
    this.count++;
  }
  async close(): Promise<void> {
    await this.file?.close();
    this.file = undefined;
  }
}
