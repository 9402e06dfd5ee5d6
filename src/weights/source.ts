// What a model is filled from: named tensors that can be looked at before they are read. Files, folders and memory all look like this.

import { SensoriumError } from '../util/errors.js';
import { type DType, type HostTensor, sizeOf } from '../util/host.js';
import { castFloat } from './half.js';

/** A tensor that has not been read yet. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** Where the bytes of a tensor lie, for ONNX external data (little-endian, contiguous). */
export interface TensorLocation {
  readonly file: string;
  /** Bytes from the start of the file. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

export interface ReadOptions {
  /** Convert floating-point tensors to this type while reading; integers are an error, see `readAll` for mixed files. */
  as?: 'float32' | 'float16' | 'bfloat16';
}

/** Named tensors, read on demand; nothing stays open, so there is nothing to dispose of. */
export interface WeightSource {
  /** For error messages: the file or folder. */
  readonly place: string;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** Tensors that are there in types we cannot read (float8, 16-bit and unsigned integers): the format's type by name. */
  readonly unsupported?: ReadonlyMap<string, string>;
  /** Reads one tensor. Errors: `weights.missing`, `weights.dtype`, `weights.changed`. */
  read(name: string, options?: ReadOptions): Promise<HostTensor>;
  /** Reads several, in the order given, opening each file once; `as` applies to the floating-point ones among them. */
  readMany(names: readonly string[], options?: ReadOptions & { signal?: AbortSignal }): Promise<Record<string, HostTensor>>;
  /** Where a tensor's bytes are; undefined when it is not in a file. */
  locate(name: string): TensorLocation | undefined;
}

/** Reads everything; `as` applies to the floating-point tensors. */
export function readAll(source: WeightSource, options?: ReadOptions & { signal?: AbortSignal }): Promise<Record<string, HostTensor>> {
  return source.readMany([...source.tensors.keys()], options);
}

/** A dictionary whose keys come from a file: no prototype, so that no tensor can be called `__proto__` with effect. */
export function dictionary<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>;
}

/** Tensors in memory as a source; reading does not copy. */
export function memorySource(tensors: Readonly<Record<string, HostTensor>>, place = 'memory'): WeightSource {
  const infos = new Map<string, TensorInfo>();
  for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
    if (data.length !== sizeOf(shape))
      throw new SensoriumError('weights.shape', 'a tensor has the wrong number of elements', {
        place: `${place}: ${name}`,
        expected: `${sizeOf(shape)} for shape [${shape.join(',')}]`,
        got: String(data.length),
      });
    infos.set(name, { name, dtype, shape });
  }
  const get = (name: string): HostTensor => {
    if (!infos.has(name)) throw noSuchTensor(name, place, infos.keys());
    return tensors[name] as HostTensor;
  };
  return {
    place,
    tensors: infos,
    read: async (name, { as } = {}) => (as ? castFloat(get(name), as, `${place}: ${name}`) : get(name)),
    readMany: async (names, { as, signal } = {}) => {
      const out = dictionary<HostTensor>();
      for (const name of names) {
        signal?.throwIfAborted();
        out[name] = convertFloats(get(name), as);
      }
      return out;
    },
    locate: () => undefined,
  };
}

/** Converts when `as` is given and the tensor is floating-point. */
export function convertFloats(tensor: HostTensor, as: ReadOptions['as']): HostTensor {
  const floating = tensor.dtype.startsWith('float') || tensor.dtype === 'bfloat16';
  return as && floating ? castFloat(tensor, as) : tensor;
}

/** The error for a name that a source does not have, with the nearest name it has. */
export function noSuchTensor(name: string, place: string, names: Iterable<string>): SensoriumError {
  const last = name.slice(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1);
  const near = [...names].find((other) => other.endsWith(last));
  return new SensoriumError('weights.missing', `there is no tensor "${name}"`, { place, hint: near ? `There is "${near}"` : undefined });
}
