// Keys and values in the memory of a device. Attention that writes its cache in place has one tensor for it; other graphs write where they do
// not read, and have two that change places.

import type { DeviceMemory, DeviceTensor } from '../runtime/runtime.js';
import type { HostTensor } from '../util/host.js';

type Buffers = Readonly<Record<string, HostTensor<'float32'>>>;

/** The caches of a `KvCache` on a device. */
export class ResidentCache {
  private constructor(
    private readonly buffers: Buffers,
    private readonly tensors: Record<string, { past: DeviceTensor; present: DeviceTensor }>,
  ) {}

  /** Copies the buffers to the device. `inPlace`: those that their graph may write where it reads. Errors: `runtime.memory`. */
  static async create(memory: DeviceMemory, buffers: Buffers, inPlace: ReadonlySet<string>): Promise<ResidentCache> {
    const tensors: Record<string, { past: DeviceTensor; present: DeviceTensor }> = {};
    for (const [name, buffer] of Object.entries(buffers)) {
      const past = await memory.upload(buffer);
      tensors[name] = { past, present: inPlace.has(name) ? past : await memory.upload(buffer) };
    }
    return new ResidentCache(buffers, tensors);
  }

  /** What a step is fed, and where it writes. */
  bind(feeds: Record<string, unknown>, into: Record<string, unknown>): void {
    for (const [name, { past, present }] of Object.entries(this.tensors)) {
      feeds[`past.${name}`] = past;
      into[`present.${name}`] = present;
    }
  }

  /** Makes what a step wrote the past of the next one. */
  turn(): void {
    for (const pair of Object.values(this.tensors)) [pair.past, pair.present] = [pair.present, pair.past];
  }

  /** Copies the caches to the buffers. */
  async pull(): Promise<void> {
    for (const [name, { past }] of Object.entries(this.tensors)) await past.read(this.buffers[name]);
  }

  /** Copies the buffers to the caches. */
  async push(): Promise<void> {
    for (const [name, { past }] of Object.entries(this.tensors)) await past.write(this.buffers[name] as HostTensor);
  }

  dispose(): void {
    for (const { past, present } of Object.values(this.tensors)) {
      past.dispose();
      present.dispose();
    }
  }
}
