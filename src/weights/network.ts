// From a model folder to a network with its weights: config.json picks the family, names and shapes are checked, floats become float32.

import type { Parameter } from '../graph/index.js';
import {
  ADAPTERS_KEY,
  type AdapterSpec,
  type AttachedLora,
  addAdapters,
  attachLora,
  classifierConfig,
  classifierNames,
  classifierOf,
  endAdapter,
  endPlace,
  type Family,
  type FamilyKind,
  type LoraSpec,
  REWARD,
  RewardHead,
  readAdapters,
} from '../networks/index.js';
import type { Module } from '../nn/index.js';
import { SensoriumError } from '../util/errors.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { Rng } from '../util/rng.js';
import type { NameMap } from './names.js';
import { openNetwork } from './open-network.js';
import { assertAdaptable, type LoadedAdapter, loadAdapter } from './peft.js';

/** A network as a folder describes it, filled. */
export interface LoadedNetwork<N extends Module = Module, C = unknown> {
  readonly family: Family;
  readonly config: C;
  readonly network: N;
  readonly values: ReadonlyMap<Parameter, HostTensor>;
  /** config.json, with `tie_word_embeddings` as the weights have it and the adapters in decoder layers. */
  readonly raw: Readonly<Record<string, unknown>>;
  /** Our names to those in the file, and back. */
  readonly names: NameMap;
  /** True for weights that were stored in fewer bits. */
  readonly quantized: boolean;
  /** True for a classifier of texts without a language model's head: it scores, and writes nothing. */
  readonly headless?: boolean;
  /** Low-rank ones on the network; their values are among `values`. */
  readonly adapters: readonly (AttachedLora | LoadedAdapter)[];
}

export interface LoadNetworkOptions {
  kinds?: readonly FamilyKind[];
  signal?: AbortSignal;
  /** Folders of adapters in peft's layout, and fresh ones: `lora({ rank })` for different layers, `gatedCrossAttention()` and the like. */
  adapters?: readonly (string | LoraSpec | AdapterSpec)[];
  /** Of fresh adapters. Default 0. */
  seed?: number;
}

/**
 * Builds the network that a folder's config.json describes and reads its weights, in one piece or in shards, float or quantized, and the
 * adapters that are to act on it.
 * Errors: `model.architecture`, `model.config`, `weights.*` for files that are missing, broken or of another model; those of `loadAdapter`.
 */
export async function loadNetwork(
  dir: string,
  { kinds, signal, adapters = [], seed = 0 }: LoadNetworkOptions = {},
): Promise<LoadedNetwork> {
  const { family, config, raw, network, weights, match, names, quantization, headless } = await openNetwork(dir, { kinds, signal });
  const own = network.parameters();
  const read = await weights.readMany([...new Set(match.values())], { as: 'float32', signal });
  const values = new Map(own.map((p) => [p, read[match.get(p.name) as string] as HostTensor]));
  const base = { family, config, network, values, adapters: [], raw, names, quantized: quantization !== undefined, headless };
  return putAdapters(base, adapters, { seed, signal });
}

/** A network with adapters put on it, in their order. Errors: those of `loadAdapter` and `attachLora`. */
export async function putAdapters(
  base: LoadedNetwork,
  wanted: NonNullable<LoadNetworkOptions['adapters']>,
  { seed = 0, signal }: Pick<LoadNetworkOptions, 'seed' | 'signal'> = {},
): Promise<LoadedNetwork> {
  const { family, config, network } = base;
  const values = new Map(base.values);
  const adapters = [...base.adapters];
  let { raw, names } = base;
  for (const adapter of wanted) {
    signal?.throwIfAborted();
    if (typeof adapter === 'object' && adapter.kind !== 'lora') {
      if (adapter.kind === REWARD && endAdapter(network, RewardHead)) continue; // trained before, and trained on
      raw = { ...raw, [ADAPTERS_KEY]: [...readAdapters(raw), adapter] };
      const classifier = adapter.kind === REWARD ? classifierOf(family) : undefined;
      if (classifier) {
        raw = classifierConfig(raw, classifier);
        names = classifierNames(names, endPlace(readAdapters(raw), REWARD));
      }
      for (const [p, value] of freshAdapter(network, adapter as AdapterSpec, { seed, values })) values.set(p, value);
      continue;
    }
    const attached =
      typeof adapter === 'string'
        ? await loadAdapter(adapter, { family, config, network })
        : attachLora(network, adapter as LoraSpec, { seed, values });
    assertAdaptable(attached, values);
    for (const [p, value] of attached.values) values.set(p, value);
    adapters.push(attached);
  }
  return { ...base, values, adapters, raw, names };
}

/**
 * Puts an adapter into the layers of a decoder and makes its first values: copies where they have a source, else from a stream of each
 * parameter's own, by its name. Errors: `adapter.quantized` for copies of weights that are stored in fewer bits.
 */
function freshAdapter(
  network: Module,
  spec: AdapterSpec,
  { seed, values }: { seed: number; values: ReadonlyMap<Parameter, HostTensor> },
): Map<Parameter, HostTensor> {
  const before = new Set(network.parameters());
  addAdapters(network, [spec]);
  network.nameParameters();
  const root = new Rng(seed).fork('init');
  return new Map(
    network.parameters().flatMap((p) => {
      if (before.has(p)) return [];
      const value = hostTensor('float32', p.dims);
      if (p.source) value.data.set(floats(values.get(p.source), `${spec.kind}: ${p.source.name}`));
      else p.init(value.data, p.dims, root.fork(p.name));
      return [[p, value] as const];
    }),
  );
}

function floats(value: HostTensor | undefined, place: string): Float32Array {
  if (value?.data instanceof Float32Array) return value.data;
  throw new SensoriumError('adapter.quantized', 'an adapter that begins as a copy of a layer needs its weights as floats', {
    place,
    expected: 'float32 values',
    got: value ? 'a quantized weight' : 'no value',
    hint: 'Take the model before it was quantized',
  });
}
