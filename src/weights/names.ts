// Bridges between parameter names: ours are those of the transformers classes, so most maps are the identity; these are the exceptions.

import type { ParameterNames } from '../networks/family.js';
import { llavaAttributeNames, prefixMap } from '../networks/names.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import { dictionary, noSuchTensor, type TensorInfo, type WeightSource } from './source.js';

/** A two-way renaming of parameters. Both directions throw `weights.name` for a name that would not come back. */
export type NameMap = ParameterNames;
export { llavaAttributeNames, prefixMap };

/** Names stay as they are. */
export const identityNames: NameMap = { toFile: (name) => name, toOurs: (name) => name };

/** A whole model in the file is the part called `prefix` of ours: `partNames('language_model')` reads a LlamaForCausalLM into a LLaVA. */
export function partNames(prefix: string): NameMap {
  return prefixMap([[prefix, '']]);
}

/** The map for a LLaVA checkpoint, by what names are in it. */
export function llavaNames(source: WeightSource): NameMap {
  for (const name of source.tensors.keys()) if (name.startsWith('model.language_model.')) return llavaAttributeNames;
  return identityNames;
}

/** The same tensors under our names. Errors: `weights.name` when two would get the same one. */
export function renameSource(source: WeightSource, names: NameMap): WeightSource {
  return derive(
    source,
    () => true,
    (name) => names.toOurs(name),
  );
}

/** Only the tensors that `keep` accepts: the vision half of a CLIP checkpoint, say. */
export function selectSource(source: WeightSource, keep: (name: string) => boolean): WeightSource {
  return derive(source, keep, (name) => name);
}

function derive(source: WeightSource, keep: (name: string) => boolean, rename: (name: string) => string): WeightSource {
  const original = new Map<string, string>();
  const tensors = new Map<string, TensorInfo>();
  for (const old of source.tensors.keys()) {
    if (!keep(old)) continue;
    const name = rename(old);
    const other = original.get(name);
    if (other !== undefined)
      throw new SensoriumError('weights.name', 'two tensors get the same name', {
        place: source.place,
        got: `${other} and ${old}, both ${name}`,
      });
    original.set(name, old);
    tensors.set(name, { ...(source.tensors.get(old) as TensorInfo), name });
  }
  const find = (name: string): string => {
    const old = original.get(name);
    if (old === undefined) throw noSuchTensor(name, source.place, original.keys());
    return old;
  };
  const unsupported = new Map(
    [...(source.unsupported ?? [])].filter(([old]) => keep(old)).map(([old, type]) => [rename(old), type] as const),
  );
  return {
    place: source.place,
    tensors,
    unsupported,
    read: async (name, options) => source.read(find(name), options),
    readMany: async (names, options) => {
      const read = await source.readMany([...new Set(names.map(find))], options);
      const out = dictionary<HostTensor>();
      for (const name of names) out[name] = read[find(name)] as HostTensor;
      return out;
    },
    locate: (name) => {
      const old = original.get(name);
      return old === undefined ? undefined : source.locate(old);
    },
  };
}
