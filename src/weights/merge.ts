// Adapters worked into the weights of their base: W + scale · B A, with the lengths of its rows where DoRA has learned them.

import { PackedTensor, type Parameter } from '../graph/index.js';
import { type AttachedLora, detachLora } from '../networks/index.js';
import type { Linear, Lora, Module } from '../nn/index.js';
import { SensoriumError } from '../util/errors.js';
import { type HostTensor, hostTensor } from '../util/host.js';

/**
 * The values of `network` with an adapter merged in, which is taken off the network. What the adapter does not touch is shared with
 * `values`. Errors, before anything is changed: `adapter.quantized` for weights in fewer bits, `adapter.tied` for a layer whose weight is
 * also used elsewhere, `adapter.values`.
 */
export function mergeAdapter(
  network: Module,
  adapter: Pick<AttachedLora, 'layers'>,
  values: ReadonlyMap<Parameter, HostTensor>,
): Map<Parameter, HostTensor> {
  const uses = new Map<Parameter, string[]>();
  for (const [name, p] of network.namedParameters()) uses.set(p, [...(uses.get(p) ?? []), name]);
  for (const [path, { weight }] of adapter.layers) {
    if (values.get(weight) instanceof PackedTensor)
      throw new SensoriumError('adapter.quantized', 'an adapter is merged into float weights', {
        place: path,
        got: 'a quantized weight',
        hint: 'Merge it into the model before it was quantized, and quantize the result',
      });
    const shared = uses.get(weight) as string[];
    if (shared.length > 1)
      throw new SensoriumError('adapter.tied', 'this layer shares its weight, which merging the adapter would change elsewhere too', {
        place: path,
        got: shared.join(', '),
        hint: 'Keep the adapter beside the model',
      });
  }
  const merged = new Map(values);
  for (const linear of adapter.layers.values()) merged.set(linear.weight, mergedWeight(linear, values));
  for (const { adapter: lora } of adapter.layers.values()) for (const p of (lora as Lora).parameters()) merged.delete(p);
  detachLora(adapter);
  return merged;
}

/** One weight: [outputs, inputs]. Sums are of doubles. */
function mergedWeight({ weight, inputs, outputs, adapter }: Linear, values: ReadonlyMap<Parameter, HostTensor>): HostTensor<'float32'> {
  const lora = adapter as Lora;
  const of = (p: Parameter): Float32Array => {
    const value = values.get(p);
    if (!value) throw new SensoriumError('adapter.values', 'a parameter of the adapter has no value', { place: p.name });
    return value.data as Float32Array;
  };
  const [w, a, b] = [of(weight), of(lora.lora_A.weight), of(lora.lora_B.weight)];
  const lengths = lora.lora_magnitude_vector && of(lora.lora_magnitude_vector);
  const { rank } = lora.options;
  const out = hostTensor('float32', [outputs, inputs]);
  const row = new Float64Array(inputs);
  for (let o = 0; o < outputs; o++) {
    row.fill(0);
    for (let r = 0; r < rank; r++) {
      const factor = lora.scale * (b[o * rank + r] as number);
      if (factor !== 0) for (let i = 0; i < inputs; i++) row[i] = (row[i] as number) + factor * (a[r * inputs + i] as number);
    }
    let squares = 0;
    for (let i = 0; i < inputs; i++) {
      const v = (row[i] as number) + (w[o * inputs + i] as number);
      row[i] = v;
      squares += v * v;
    }
    const stretch = lengths && squares > 0 ? (lengths[o] as number) / Math.sqrt(squares) : 1;
    for (let i = 0; i < inputs; i++) out.data[o * inputs + i] = stretch * (row[i] as number);
  }
  return out;
}
