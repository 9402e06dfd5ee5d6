// What ONNX Runtime's JavaScript bindings want in a form of their own: initializers given by name, and configuration entries.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { decodeModel, encodeModel } from '../onnx/codec.js';
import type { TensorProto } from '../onnx/model.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';

/** Given tensors up to this many bytes become part of the model. Those above do not count towards the 2 GiB that a model may have. */
const INLINE_BYTES = 1024;

/** A model whose given initializers are external data in memory. */
export interface External {
  readonly model: Uint8Array;
  readonly files: readonly { path: string; data: Uint8Array }[];
}

/**
 * The model with its given initializers: small ones within, each of the others as a file in memory of its own, read where it lies.
 * Errors: `runtime.initializer` for a tensor of another type or shape.
 */
export function externalInitializers(model: Uint8Array | string, initializers: Readonly<Record<string, HostTensor>>): External {
  const bytes = typeof model === 'string' ? readFileSync(model) : model;
  const parsed = decodeModel(bytes);
  const files: External['files'][number][] = [];
  const given = parsed.initializers.map((tensor): TensorProto => {
    if (!tensor.external) return tensor;
    const { name, dtype, dims, external } = tensor;
    const value = initializers[name];
    if (!value) {
      if (typeof model !== 'string') return tensor;
      return { ...tensor, external: { ...external, location: path.relative('.', path.join(path.dirname(model), external.location)) } };
    }
    if (value.dtype !== dtype || value.shape.join() !== dims.join())
      throw new SensoriumError('runtime.initializer', `initializer "${name}" does not fit the model`, {
        expected: `${dtype}[${dims.join(',')}]`,
        got: `${value.dtype}[${value.shape.join(',')}]`,
      });
    const { data } = value;
    if (data.byteLength <= INLINE_BYTES) return { name, dtype, dims, data };
    const location = `given/${files.length}`;
    files.push({ path: location, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) });
    return { name, dtype, dims, external: { location, offset: 0, length: data.byteLength } };
  });
  return { model: encodeModel({ ...parsed, initializers: given }), files };
}

/** `{ 'session.a_b': '1' }` as the nested object that the binding wants. */
export function unfold(config: Readonly<Record<string, string>>): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(config)) {
    const parts = key.split('.');
    const leaf = parts.pop() as string;
    let at = root;
    for (const part of parts) {
      at[part] ??= {};
      at = at[part] as Record<string, unknown>;
    }
    at[leaf] = value;
  }
  return root;
}
