// Adapters worked into the weights of their base: W + scale · B A, with the lengths of its rows where DoRA has learned them.
import { PackedTensor } from '../graph/index.js';
import { detachLora } from '../networks/index.js';
import { SensoriumError } from '../util/errors.js';
import { hostTensor } from '../util/host.js';
/**
 * The values of `network` with an adapter merged in, which is taken off the network. What the adapter does not touch is shared with
 * `values`. Errors, before anything is changed: `adapter.quantized` for weights in fewer bits, `adapter.tied` for a layer whose weight is
 * also used elsewhere, `adapter.values`.
 */
export function mergeAdapter(network, adapter, values) {
    const uses = new Map();
    for (const [name, p] of network.namedParameters())
        uses.set(p, [...(uses.get(p) ?? []), name]);
    for (const [path, { weight }] of adapter.layers) {
        if (values.get(weight) instanceof PackedTensor)
            throw new SensoriumError('adapter.quantized', 'an adapter is merged into float weights', {
                place: path,
                got: 'a quantized weight',
                hint: 'Merge it into the model before it was quantized, and quantize the result',
            });
        const shared = uses.get(weight);
        if (shared.length > 1)
            throw new SensoriumError('adapter.tied', 'this layer shares its weight, which merging the adapter would change elsewhere too', {
                place: path,
                got: shared.join(', '),
                hint: 'Keep the adapter beside the model',
            });
    }
    const merged = new Map(values);
    for (const linear of adapter.layers.values())
        merged.set(linear.weight, mergedWeight(linear, values));
    for (const { adapter: lora } of adapter.layers.values())
        for (const p of lora.parameters())
            merged.delete(p);
    detachLora(adapter);
    return merged;
}
/** One weight: [outputs, inputs]. Sums are of doubles. */
function mergedWeight({ weight, inputs, outputs, adapter }, values) {
    const lora = adapter;
    const of = (p) => {
        const value = values.get(p);
        if (!value)
            throw new SensoriumError('adapter.values', 'a parameter of the adapter has no value', { place: p.name });
        return value.data;
    };
    const [w, a, b] = [of(weight), of(lora.lora_A.weight), of(lora.lora_B.weight)];
    const lengths = lora.lora_magnitude_vector && of(lora.lora_magnitude_vector);
    const { rank } = lora.options;
    const out = hostTensor('float32', [outputs, inputs]);
    const row = new Float64Array(inputs);
    for (let o = 0; o < outputs; o++) {
        row.fill(0);
        for (let r = 0; r < rank; r++) {
            const factor = lora.scale * b[o * rank + r];
            if (factor !== 0)
                for (let i = 0; i < inputs; i++)
                    row[i] = row[i] + factor * a[r * inputs + i];
        }
        let squares = 0;
        for (let i = 0; i < inputs; i++) {
            const v = row[i] + w[o * inputs + i];
            row[i] = v;
            squares += v * v;
        }
        const stretch = lengths && squares > 0 ? lengths[o] / Math.sqrt(squares) : 1;
        for (let i = 0; i < inputs; i++)
            out.data[o * inputs + i] = stretch * row[i];
    }
    return out;
}
//# sourceMappingURL=merge.js.map