// OrtValues over host tensors, zero-copy: made once per tensor and kept as long as the tensor lives.

import { DATA_TYPE } from '../onnx/codec.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import type { OrtApi, Pointer } from './ort-api.js';
import { addressOf } from './ort-api.js';
import { type AnyTensor, isOnDevice } from './runtime.js';

/** An OrtValue over a host tensor, and the data that it points at. */
interface Bound {
  readonly value: Pointer;
  readonly data: HostTensor['data'];
  readonly length: number;
}

/** A tensor of a device, which has its value from the beginning. */
export interface ValueHolder {
  /** Throws `runtime.disposed`. */
  value(place: string): Pointer;
}

/** ONNX Runtime wants an address even for a tensor without elements. */
const EMPTY = new Float64Array(8);

/** Creates OrtValues over host tensors, zero-copy. From its second use on, a tensor's value is kept until the tensor is collected. */
export class ValueCache {
  private readonly bound = new WeakMap<HostTensor, Bound>();
  private readonly seen = new WeakSet<HostTensor>();
  private readonly registry: FinalizationRegistry<Pointer>;

  constructor(
    private readonly api: OrtApi,
    private readonly memory: Pointer,
  ) {
    this.registry = new FinalizationRegistry((value) => api.raw('ReleaseValue')(value));
  }

  /** The value of `tensor`; a one-shot value is pushed to `once`, for the caller to release after the run. */
  get(tensor: AnyTensor, place: string, once: Pointer[] | undefined): Pointer {
    if (isOnDevice(tensor)) {
      if ('value' in tensor) return (tensor as unknown as ValueHolder).value(place);
      throw new SensoriumError('runtime.tensor', 'a tensor of another device', { place, expected: 'a host tensor', got: tensor.device });
    }
    const known = this.bound.get(tensor);
    if (known) {
      if (known.data !== tensor.data || known.length !== tensor.data.length)
        throw new SensoriumError('runtime.tensor', 'the data of a tensor was replaced, detached or resized after its first use', {
          place,
          expected: `${known.length} elements in the same array`,
          got: String(tensor.data.length),
          hint: 'Make a new host tensor for new data',
        });
      return known.value;
    }
    const value = this.create(tensor, place);
    if (once && !this.seen.has(tensor)) {
      this.seen.add(tensor);
      once.push(value);
    } else {
      this.bound.set(tensor, { value, data: tensor.data, length: tensor.data.length });
      this.registry.register(tensor, value);
    }
    return value;
  }

  private create(tensor: HostTensor, place: string): Pointer {
    const { data, shape, dtype } = tensor;
    let n = 1;
    for (const d of shape) n *= d;
    if (data.length !== n)
      throw new SensoriumError('runtime.tensor', 'tensor data does not fill its shape', {
        place,
        expected: `${n} elements for [${shape.join(',')}]`,
        got: String(data.length),
      });
    const address = n === 0 ? addressOf(EMPTY) : addressOf(data);
    const dims = BigInt64Array.from(shape, BigInt);
    return this.api.out(
      'CreateTensorWithDataAsOrtValue',
      [this.memory, address, data.byteLength, dims, shape.length, DATA_TYPE[dtype]],
      place,
    );
  }
}
