// The part of the ONNX file format that we write and read, as plain objects. `codec.ts` turns them into protobuf bytes and back.

import type { DType, TypedArray } from '../util/host.js';

export type AttributeValue =
  | number
  | { float: number }
  | string
  | readonly number[]
  | { floats: readonly number[] }
  | { strings: readonly string[] }
  | { tensor: TensorProto };

export interface TensorProto {
  name: string;
  dtype: DType;
  dims: readonly number[];
  /** Inline data … */
  data?: TypedArray;
  /** … or bytes in another file (`location` is relative to the model's folder; the runtime may supply it by name instead). */
  external?: { location: string; offset: number; length: number };
}

export interface NodeProto {
  opType: string;
  /** '' is ai.onnx; 'com.microsoft' holds ONNX Runtime's contributed operators. */
  domain?: string;
  name: string;
  /** Value names; '' marks an optional input left out. */
  inputs: readonly string[];
  outputs: readonly string[];
  /** A bare number is an INT attribute; wrap floats as `{ float }`. A bare array is INTS. */
  attributes?: Readonly<Record<string, AttributeValue>>;
}

export interface ValueInfoProto {
  name: string;
  dtype: DType;
  /** Names are dim_param. */
  shape: readonly (number | string)[];
}

export interface ModelProto {
  /** Graph name. */
  name: string;
  nodes: readonly NodeProto[];
  initializers: readonly TensorProto[];
  inputs: readonly ValueInfoProto[];
  outputs: readonly ValueInfoProto[];
  /** ai.onnx opset; 21 by default. com.microsoft 1 is always imported. */
  opset?: number;
  /** Free key-value metadata (metadata_props). */
  metadata?: Readonly<Record<string, string>>;
}
