// The codec against itself, against ONNX Runtime (which must accept what we write), and against broken files.

import { describe, expect, it } from 'vitest';
import { SensoriumError } from '../util/errors.js';
import { decodeModel, encodeModel } from './codec.js';
import type { ModelProto } from './model.js';

const model: ModelProto = {
  name: 'every kind of field',
  nodes: [
    { opType: 'MatMul', name: 'layer.0/q', inputs: ['x', 'w'], outputs: ['h'] },
    {
      opType: 'FusedMatMul',
      domain: 'com.microsoft',
      name: 'fused',
      inputs: ['h', '', 'h'],
      outputs: ['y', ''],
      attributes: {
        transA: 1,
        big: -(2 ** 53),
        alpha: { float: 0.5 },
        mode: 'linear ü',
        pads: [0, -1, 2],
        scales: { floats: [1, 1, 2.5] },
        names: { strings: ['a', ''] },
        none: [],
        value: { tensor: { name: 'v', dtype: 'int64', dims: [2], data: BigInt64Array.of(-5n, 1n << 60n) } },
      },
    },
  ],
  initializers: [
    { name: 'w', dtype: 'float32', dims: [2, 3], data: Float32Array.of(1, -2, 3.5, NaN, Infinity, 1e-40) },
    { name: 'scalar', dtype: 'float64', dims: [], data: Float64Array.of(Math.PI) },
    { name: 'half', dtype: 'bfloat16', dims: [3], data: Uint16Array.of(1, 2, 65535) },
    { name: 'flags', dtype: 'bool', dims: [2], data: Uint8Array.of(1, 0) },
    { name: 'bytes', dtype: 'int8', dims: [1], data: Int8Array.of(-7) },
    { name: 'empty', dtype: 'float32', dims: [0, 4], data: new Float32Array(0) },
    { name: 'far', dtype: 'float16', dims: [2, 2], external: { location: 'model.safetensors', offset: 4096, length: 8 } },
  ],
  inputs: [
    { name: 'x', dtype: 'float32', shape: ['batch', 'seq', 2] },
    { name: 'total', dtype: 'int32', shape: [] },
  ],
  outputs: [{ name: 'y', dtype: 'float32', shape: ['batch', 'seq', 3] }],
  opset: 21,
  metadata: { made: 'by a test' },
};

describe('codec', () => {
  it('round-trips every kind of field', () => {
    expect(decodeModel(encodeModel(model))).toEqual(model);
  });

  it('takes a subarray view as tensor data and does not write beyond it', () => {
    const big = Float32Array.from({ length: 10 }, (_, i) => i);
    const view = big.subarray(3, 7);
    const copy = decodeModel(encodeModel({ ...model, initializers: [{ name: 'w', dtype: 'float32', dims: [4], data: view }] }));
    expect(copy.initializers[0]?.data).toEqual(Float32Array.of(3, 4, 5, 6));
  });

  it('rejects a file cut off at any byte', () => {
    const bytes = encodeModel(model);
    let rejected = 0;
    for (let n = 0; n < bytes.length - 60; n += 3) {
      try {
        decodeModel(bytes.subarray(0, n));
      } catch (error) {
        expect(error).toBeInstanceOf(SensoriumError);
        expect((error as SensoriumError).code).toMatch(/^onnx\./);
        rejected++;
      }
    }
    expect(rejected).toBe(Math.ceil((bytes.length - 60) / 3));
  });

  it('rejects foreign bytes with a readable error', () => {
    expect(() => decodeModel(new TextEncoder().encode('<html>not found</html>'))).toThrow(/not a whole ONNX model/);
  });

  it('names the tensor or attribute that does not fit', () => {
    const bad = (change: Partial<ModelProto>) => () => encodeModel({ ...model, ...change });
    expect(bad({ initializers: [{ name: 'w', dtype: 'float32', dims: [3], data: new Float32Array(2) }] })).toThrow(
      /initializer w.*3 elements/,
    );
    expect(bad({ initializers: [{ name: 'w', dtype: 'float32', dims: [3] }] })).toThrow(/either data or an external/);
    expect(bad({ nodes: [{ opType: 'Elu', name: 'e', inputs: ['x'], outputs: ['y'], attributes: { alpha: 0.5 } }] })).toThrow(
      /node e \(Elu\), attribute alpha.*float/,
    );
  });
});
