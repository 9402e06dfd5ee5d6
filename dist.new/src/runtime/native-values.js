// OrtValues over host tensors, zero-copy: made once per tensor and kept as long as the tensor lives.
import { DATA_TYPE } from '../onnx/codec.js';
import { SensoriumError } from '../util/errors.js';
import { addressOf } from './ort-api.js';
/** ONNX Runtime wants an address even for a tensor without elements. */
const EMPTY = new Float64Array(8);
/** Creates OrtValues over host tensors, zero-copy. From its second use on, a tensor's value is kept until the tensor is collected. */
export class ValueCache {
    api;
    memory;
    bound = new WeakMap();
    seen = new WeakSet();
    registry;
    constructor(api, memory) {
        this.api = api;
        this.memory = memory;
        this.registry = new FinalizationRegistry((value) => api.raw('ReleaseValue')(value));
    }
    /** The value of `tensor`; a one-shot value is pushed to `once`, for the caller to release after the run. */
    get(tensor, place, once) {
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
        }
        else {
            this.bound.set(tensor, { value, data: tensor.data, length: tensor.data.length });
            this.registry.register(tensor, value);
        }
        return value;
    }
    create(tensor, place) {
        const { data, shape, dtype } = tensor;
        let n = 1;
        for (const d of shape)
            n *= d;
        if (data.length !== n)
            throw new SensoriumError('runtime.tensor', 'tensor data does not fill its shape', {
                place,
                expected: `${n} elements for [${shape.join(',')}]`,
                got: String(data.length),
            });
        const address = n === 0 ? addressOf(EMPTY) : addressOf(data);
        const dims = BigInt64Array.from(shape, BigInt);
        return this.api.out('CreateTensorWithDataAsOrtValue', [this.memory, address, data.byteLength, dims, shape.length, DATA_TYPE[dtype]], place);
    }
}
//# sourceMappingURL=native-values.js.map