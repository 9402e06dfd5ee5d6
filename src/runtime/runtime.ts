// The interface every runtime implements: load an ONNX model, run it on host tensors, in place where the runtime can.
// Free of Node types, so that the browser runtime fits behind it.

import type { DType, HostTensor } from '../util/host.js';

export type RuntimeName = 'native' | 'node' | 'web';

/** Where programs run: the processor, or a graphics adapter through ONNX Runtime's WebGPU provider. */
export type DeviceName = 'cpu' | 'webgpu';

/** A tensor in the memory of a device: programs read and write it there, nothing crosses. */
export interface DeviceTensor {
  readonly device: DeviceName;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Copies a host tensor of this dtype and shape to the device. */
  write(from: HostTensor): Promise<void>;
  /** A copy in host memory: in `into`, or a new tensor. */
  read(into?: HostTensor): Promise<HostTensor>;
  /** Frees the memory. Using the tensor afterwards throws `runtime.disposed`. */
  dispose(): void;
}

/** What programs are fed and write to. */
export type AnyTensor = HostTensor | DeviceTensor;

/** Whether a tensor lives on a device. */
export function isOnDevice(tensor: AnyTensor): tensor is DeviceTensor {
  return !('data' in tensor);
}

/** Bytes that went to a device and came from it, since the process began. */
export interface Traffic {
  readonly uploaded: number;
  readonly downloaded: number;
}

/** Memory of a device. */
export interface DeviceMemory {
  /** The adapter, in words, as far as it is known. */
  readonly name: string;
  readonly traffic: Traffic;
  /** A tensor whose elements are not set. Where the device has no room for it, the first run that uses it throws `runtime.memory`. */
  allocate(dtype: DType, shape: readonly number[]): DeviceTensor;
  /** A copy of a host tensor. */
  upload(from: HostTensor): Promise<DeviceTensor>;
}

export interface LoadOptions {
  /** Threads inside one operator. Default: the physical cores. */
  threads?: number;
  /** Initializers that the model declares without data (external placeholders), by name. Used in place: one copy of the weights however many sessions use them. */
  initializers?: Readonly<Record<string, HostTensor>>;
  /** ONNX Runtime's own graph optimisation. Default 'all'. */
  optimize?: 'none' | 'basic' | 'extended' | 'all';
  /** Keep freed buffers for reuse. Default true. */
  arena?: boolean;
  /** Plan the intermediate buffers of a static-shape graph as one block. Default true. */
  memoryPattern?: boolean;
  /** Run independent branches at the same time; slower on few cores. Default false. */
  parallel?: boolean;
  /** ONNX Runtime's own session configuration entries, such as `session.disable_prepacking: '1'`. */
  config?: Readonly<Record<string, string>>;
  /** Nodes that stay on the CPU, by name, where the runtime is on a device. */
  onHost?: readonly string[];
  /** Write ONNX Runtime's profile JSON with this file prefix (development). */
  profile?: string;
}

/** A value a session takes or gives; `shape` has names where the model has named dimensions. */
export interface ValueInfo {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly (number | string)[];
}

export interface Session {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /**
   * Runs the model. Inputs are read in place.
   * Outputs named in `into` are written to those tensors (which may be the very tensors that were fed, when the
   * graph allows it: elementwise updates, KV caches of GroupQueryAttention); the others are fresh host tensors.
   * Those written to device tensors are not in the result. On a device an output and another input are never one tensor, except
   * for such caches.
   * `native` resolves off the JS thread; `node` emulates `into` by a copy.
   */
  run(feeds: Readonly<Record<string, AnyTensor>>, into?: Readonly<Record<string, AnyTensor>>): Promise<Record<string, HostTensor>>;
  /** Same, on the calling thread: for programs of a few microseconds. Only where `Runtime.synchronous`. */
  runSync?(feeds: Readonly<Record<string, AnyTensor>>, into?: Readonly<Record<string, AnyTensor>>): Record<string, HostTensor>;
  dispose(): void;
}

export interface Runtime {
  readonly name: RuntimeName;
  /** Default 'cpu'. */
  readonly device?: DeviceName;
  /** Where the device has memory of its own. */
  readonly memory?: DeviceMemory;
  /** Ops of the graph whose nodes stay on the CPU, for their kernels were found wrong on this device (`sensorium doctor`). */
  readonly onHost?: ReadonlySet<string>;
  /** ONNX Runtime's version string, such as '1.30.0'. */
  readonly version: string;
  /** True when `Session.runSync` exists. */
  readonly synchronous: boolean;
  /** `model`: serialised ModelProto bytes, or the path of a .onnx file whose external data lies beside it. */
  load(model: Uint8Array | string, options?: LoadOptions): Promise<Session>;
}
