// From a model folder to a network with its weights: config.json picks the family, names and shapes are checked, floats become float32.

import { join } from 'node:path';
import type { Parameter } from '../graph/index.js';
import { type Family, type FamilyKind, readFamily } from '../models/index.js';
import type { Module } from '../nn/index.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import { FILES, loadWeights, readConfig } from './folder.js';
import { readMatched } from './match.js';
import { renameSource } from './names.js';
import { type QuantizationConfig, quantizedSource, readQuantization } from './quantized.js';

/** A network as a folder describes it, filled. */
export interface LoadedNetwork<N extends Module = Module, C = unknown> {
  readonly family: Family;
  readonly config: C;
  readonly network: N;
  readonly values: ReadonlyMap<Parameter, HostTensor>;
}

/**
 * Builds the network that a folder's config.json describes and reads its weights, in one piece or in shards, float or quantised.
 * Errors: `models.architecture`, `models.config`, and `weights.*` for files that are missing, broken or of another model.
 */
export async function loadNetwork(
  dir: string,
  { kinds, signal }: { kinds?: readonly FamilyKind[]; signal?: AbortSignal } = {},
): Promise<LoadedNetwork> {
  const place = join(dir, FILES.config);
  const raw = await readConfig(dir);
  const { family, config } = readFamily(raw, place);
  const quantization = readQuantization(raw, place);
  if (kinds && !kinds.includes(family.kind))
    throw new SensoriumError('models.architecture', 'this is a model of another kind', {
      place,
      expected: `a ${kinds.join(' or ')} model`,
      got: `${family.architectures[0]}, a ${family.kind} model`,
    });
  const network = family.build(config).nameParameters();
  signal?.throwIfAborted();
  const values = await readValues(network, dir, { family, config, quantization, signal });
  return { family, config, network, values };
}

async function readValues(
  network: Module,
  dir: string,
  {
    family,
    config,
    quantization,
    signal,
  }: { family: Family; config: unknown; quantization: QuantizationConfig | undefined; signal?: AbortSignal },
): Promise<Map<Parameter, HostTensor>> {
  let source = await loadWeights(dir);
  if (quantization) source = quantizedSource(source, quantization);
  const names = family.names?.(new Set(source.tensors.keys()));
  if (names) source = renameSource(source, names);
  const parameters = network.parameters();
  const expected = parameters.map((p) => ({ name: p.name, shape: p.dims }));
  const read = await readMatched(expected, source, {
    place: dir,
    tied: family.tied?.(config),
    ignore: family.ignore,
    signal,
  });
  return new Map(parameters.map((p) => [p, read[p.name] as HostTensor]));
}
