// Copies of the linear layers in a decoder layer: what visual experts and mixtures of experts begin with.

import { Linear, Module } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import type { DecoderLayer } from '../language/decoder.js';
import { linearLayers } from './targets.js';

/** Linear layers of the shapes of others, which begin with their values and carry the last parts of their names (`q_proj`, `fc1`). */
export class Twins extends Module {
  /** Not a property of the tree: the originals belong to their layer. */
  readonly #of = new Map<Linear, Linear>();
  constructor(originals: ReadonlyMap<string, Linear>) {
    super();
    for (const [path, original] of originals) {
      const twin = new Linear(original.inputs, original.outputs, { bias: original.bias !== undefined });
      twin.weight.source = original.weight;
      if (twin.bias) twin.bias.source = original.bias;
      (this as unknown as Record<string, Linear>)[path.split('.').at(-1) as string] = twin;
      this.#of.set(original, twin);
    }
  }
  /** The copy of a layer; undefined for one that was not copied. */
  of(original: Linear): Linear | undefined {
    return this.#of.get(original);
  }
}

/**
 * The linear layers of a decoder layer by path, without those of its adapters. Errors: `adapter.layers` for a layer that is a mixture of
 * experts already, whose copies would have the same names.
 */
export function layerLinears(block: DecoderLayer, kind: string): Map<string, Linear> {
  const found = [...linearLayers(block)].filter(([path]) => !path.startsWith('adapters.'));
  const expert = found.find(([path]) => path.includes('experts.'));
  if (!expert) return new Map(found);
  throw new SensoriumError('adapter.layers', 'this adapter copies the layers of dense models', {
    place: `adapters: ${kind}`,
    expected: 'one feed-forward in a layer',
    got: expert[0],
  });
}

/** Those of the feed-forward: all that are not of attention. */
export function feedForwardLinears(block: DecoderLayer, kind: string): Map<string, Linear> {
  return new Map([...layerLinears(block, kind)].filter(([path]) => !path.includes('attn')));
}
