// A device without a driver: programs run on the CPU, tensors of the "device" are host tensors that only they can reach, and what crosses is counted.
// What depends on where tensors live is tested with it in milliseconds; kernels are not.

import type { AnyTensor, DeviceMemory, DeviceTensor, LoadOptions, Runtime, Session } from '../../src/runtime/runtime.js';
import { isOnDevice } from '../../src/runtime/runtime.js';
import { type DType, type HostTensor, hostTensor } from '../../src/util/host.js';

class Held implements DeviceTensor {
  readonly device = 'webgpu';
  host: HostTensor | undefined;
  constructor(
    host: HostTensor,
    readonly memory: HostDeviceMemory,
  ) {
    this.host = host;
    this.dtype = host.dtype;
    this.shape = host.shape;
    memory.held += host.data.byteLength;
  }
  readonly dtype: DType;
  readonly shape: readonly number[];
  get own(): HostTensor {
    if (!this.host) throw new Error('a tensor was used after dispose()');
    return this.host;
  }
  async write(from: HostTensor): Promise<void> {
    this.memory.traffic.uploaded += from.data.byteLength;
    (this.own.data as Float32Array).set(from.data as Float32Array);
  }
  async read(into: HostTensor = hostTensor(this.dtype, this.shape)): Promise<HostTensor> {
    this.memory.traffic.downloaded += into.data.byteLength;
    (into.data as Float32Array).set(this.own.data as Float32Array);
    return into;
  }
  dispose(): void {
    this.memory.held -= this.host?.data.byteLength ?? 0;
    this.host = undefined;
  }
}

export class HostDeviceMemory implements DeviceMemory {
  readonly name = 'host';
  readonly traffic = { uploaded: 0, downloaded: 0 };
  /** Bytes of tensors that are not disposed of. */
  held = 0;
  /** Not zero, as on a device whose buffers are used again. */
  allocate(dtype: DType, shape: readonly number[]): DeviceTensor {
    const tensor = hostTensor(dtype, shape);
    if (dtype === 'float32') (tensor.data as Float32Array).fill(Number.NaN);
    return new Held(tensor, this);
  }
  async upload(from: HostTensor): Promise<DeviceTensor> {
    const tensor = this.allocate(from.dtype, from.shape);
    await tensor.write(from);
    return tensor;
  }
}

const hostOf = (tensor: AnyTensor): HostTensor => (isOnDevice(tensor) ? (tensor as Held).own : tensor);

/**
 * `runtime` as if it had memory of its own. A program that writes where it reads fails, as on WebGPU. `beforeRun` may throw what a device throws
 * in the middle of something.
 */
export function hostDevice(runtime: Runtime, beforeRun: () => void = () => {}): Runtime & { memory: HostDeviceMemory } {
  const memory = new HostDeviceMemory();
  const wrap = (session: Session): Session => ({
    inputs: session.inputs,
    outputs: session.outputs,
    dispose: () => session.dispose(),
    async run(feeds, into = {}) {
      beforeRun();
      const read = new Set(Object.values(feeds).map((t) => hostOf(t).data.buffer));
      for (const [name, t] of Object.entries(into))
        if (isOnDevice(t) && read.has(hostOf(t).data.buffer)) throw new Error(`output ${name} lies where an input does`);
      const mapped = (tensors: Readonly<Record<string, AnyTensor>>) =>
        Object.fromEntries(Object.entries(tensors).map(([name, t]) => [name, hostOf(t)]));
      for (const t of Object.values(feeds)) if (!isOnDevice(t)) memory.traffic.uploaded += t.data.byteLength;
      const out = await session.run(mapped(feeds), mapped(into));
      for (const [name, t] of Object.entries(into)) if (isOnDevice(t)) delete out[name];
      for (const t of Object.values(out)) memory.traffic.downloaded += t.data.byteLength;
      return out;
    },
  });
  return {
    name: runtime.name,
    version: runtime.version,
    synchronous: false,
    memory,
    load: async (model: Uint8Array | string, options?: LoadOptions) => wrap(await runtime.load(model, options)),
  };
}
