// The blocks of training in the memory of a device: parameters, moments and gradients stay there, and come to the host when they are asked for.
// Programs on a device do not write where they read, so values and moments have two places each and change between them.

import type { DeviceMemory, DeviceTensor, Runtime } from '../runtime/runtime.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import type { TrainBuffers } from './buffers.js';

/** What the update reads and writes. */
export const UPDATED = ['values', 'm', 'v'] as const;
export type Updated = (typeof UPDATED)[number];

/** Tensors of one parameter. */
interface Places {
  readonly pairs: Readonly<Record<Updated, readonly [DeviceTensor, DeviceTensor]>>;
  /** Which of each pair holds the current numbers. */
  now: 0 | 1;
  /** Those that a batch is computed into first; with accumulation those of later batches, and where their sum goes. */
  readonly gradients: DeviceTensor[];
}

/** One tensor for each parameter of the buffers and each of their blocks, on a device. */
export class ResidentBlocks {
  private constructor(
    private readonly buffers: TrainBuffers,
    private readonly places: readonly Places[],
  ) {}

  /** Copies values and moments of the buffers to the device. Errors: `runtime.memory` where it has no room for them. */
  static async create(buffers: TrainBuffers, { memory }: { memory: DeviceMemory }, { accumulate = false } = {}): Promise<ResidentBlocks> {
    const places: Places[] = [];
    for (const slot of buffers.slots) {
      const shape = [...slot.parameter.dims];
      const pair = async (block: Updated): Promise<[DeviceTensor, DeviceTensor]> => [
        await memory.upload(buffers.view(slot, block)),
        memory.allocate('float32', shape),
      ];
      const pairs = { values: await pair('values'), m: await pair('m'), v: await pair('v') };
      places.push({ pairs, now: 0, gradients: Array.from({ length: accumulate ? 3 : 1 }, () => memory.allocate('float32', shape)) });
    }
    return new ResidentBlocks(buffers, places);
  }

  /** Bytes on the device, of buffers with so many elements. */
  static bytes(length: number, { accumulate = false } = {}): number {
    return 4 * length * (2 * UPDATED.length + (accumulate ? 3 : 1));
  }

  /** Current numbers of slot `i`. */
  current(block: Updated, i: number): DeviceTensor {
    const { pairs, now } = this.places[i] as Places;
    return pairs[block][now];
  }

  /** Where the next numbers of slot `i` go. */
  next(block: Updated, i: number): DeviceTensor {
    const { pairs, now } = this.places[i] as Places;
    return pairs[block][now === 0 ? 1 : 0];
  }

  /** Makes what was written to `next` current. */
  turn(slots: readonly number[]): void {
    for (const i of slots) {
      const places = this.places[i] as Places;
      places.now = places.now === 0 ? 1 : 0;
    }
  }

  /** Gradients of slot `i`: those of the step, of a later batch of it (1), or a place for their sum (2). */
  gradient(i: number, of: 0 | 1 | 2): DeviceTensor {
    return (this.places[i] as Places).gradients[of] as DeviceTensor;
  }

  /** Makes the sums that were written to 2 those of the step. */
  turnGradients(): void {
    for (const { gradients } of this.places) [gradients[0], gradients[2]] = [gradients[2] as DeviceTensor, gradients[0] as DeviceTensor];
  }

  /** Copies current values and moments to the buffers. */
  async pull(blocks: readonly Updated[] = UPDATED): Promise<void> {
    for (const [i, slot] of this.buffers.slots.entries())
      for (const block of blocks) await this.current(block, i).read(this.buffers.view(slot, block));
  }

  /** Copies gradients of the step to a block that is laid out as the buffers are. */
  async pullGradients(of: 0 | 1, into: Float32Array): Promise<void> {
    for (const [i, slot] of this.buffers.slots.entries()) await this.gradient(i, of).read(this.buffers.view(slot, into) as HostTensor);
  }

  dispose(): void {
    for (const { pairs, gradients } of this.places) for (const t of [...Object.values(pairs).flat(), ...gradients]) t.dispose();
  }
}

/** Moves the blocks of a stage to the device that its programs run on; nothing where that is the CPU. Errors: `runtime.device`, `runtime.memory`. */
export async function makeResident(
  buffers: TrainBuffers,
  { runtime, ranks = 1, accumulate = false }: { runtime: Runtime; ranks?: number; accumulate?: boolean },
): Promise<void> {
  const { memory, device } = runtime;
  if (!memory) return;
  if (ranks > 1)
    throw new SensoriumError('runtime.device', 'several processes cannot train on one device', {
      place: `${ranks} processes, device ${device}`,
      expected: 'one process, or the CPU',
      got: String(ranks),
      hint: 'Leave mpirun out, or train without --device',
    });
  buffers.resident = await ResidentBlocks.create(buffers, { memory }, { accumulate });
}
