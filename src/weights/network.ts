// From a model folder to a network with its weights: config.json picks the family, names and shapes are checked, floats become float32.

import type { Parameter } from '../graph/index.js';
import { type AttachedLora, attachLora, type Family, type FamilyKind, type LoraSpec } from '../networks/index.js';
import type { Module } from '../nn/index.js';
import type { HostTensor } from '../util/host.js';
import type { NameMap } from './names.js';
import { openNetwork } from './open-network.js';
import { assertAdaptable, type LoadedAdapter, loadAdapter } from './peft.js';

/** A network as a folder describes it, filled. */
export interface LoadedNetwork<N extends Module = Module, C = unknown> {
  readonly family: Family;
  readonly config: C;
  readonly network: N;
  readonly values: ReadonlyMap<Parameter, HostTensor>;
  /** config.json, with `tie_word_embeddings` as the weights have it. */
  readonly raw: Readonly<Record<string, unknown>>;
  /** Our names to those in the file, and back. */
  readonly names: NameMap;
  /** True for weights that were stored in fewer bits. */
  readonly quantized: boolean;
  /** On the network; their values are among `values`. */
  readonly adapters: readonly (AttachedLora | LoadedAdapter)[];
}

export interface LoadNetworkOptions {
  kinds?: readonly FamilyKind[];
  signal?: AbortSignal;
  /** Folders of adapters in peft's layout, and fresh ones (`lora({ rank })`), for different layers. */
  adapters?: readonly (string | LoraSpec)[];
  /** Of fresh adapters. Default 0. */
  seed?: number;
}

/**
 * Builds the network that a folder's config.json describes and reads its weights, in one piece or in shards, float or quantised, and the
 * adapters that are to act on it.
 * Errors: `models.architecture`, `models.config`, `weights.*` for files that are missing, broken or of another model; those of `loadAdapter`.
 */
export async function loadNetwork(
  dir: string,
  { kinds, signal, adapters: wanted = [], seed = 0 }: LoadNetworkOptions = {},
): Promise<LoadedNetwork> {
  const { family, config, network, weights, match, raw, names, quantization } = await openNetwork(dir, { kinds, signal });
  const own = network.parameters();
  const read = await weights.readMany([...new Set(match.values())], { as: 'float32', signal });
  const values = new Map(own.map((p) => [p, read[match.get(p.name) as string] as HostTensor]));
  const adapters: (AttachedLora | LoadedAdapter)[] = [];
  for (const adapter of wanted) {
    signal?.throwIfAborted();
    const attached =
      typeof adapter === 'string'
        ? await loadAdapter(adapter, { family, config, network })
        : attachLora(network, adapter, { seed, values });
    assertAdaptable(attached, values);
    for (const [p, value] of attached.values) values.set(p, value);
    adapters.push(attached);
  }
  return { family, config, network, values, adapters, raw, names, quantized: quantization !== undefined };
}
