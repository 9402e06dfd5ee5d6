// Bridges between parameter names: ours are those of the transformers classes, so most maps are the identity; these are the exceptions.

import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import { dictionary, noSuchTensor, type TensorInfo, type WeightSource } from './source.js';

/** A two-way renaming of parameters. Both directions throw `weights.name` for a name that would not come back. */
export interface NameMap {
  /** Our name to the name in the file. */
  toFile(name: string): string;
  /** The name in the file to ours. */
  toOurs(name: string): string;
}

const starts = (name: string, prefix: string): boolean =>
  prefix === '' || name === prefix || (name.startsWith(prefix) && name[prefix.length] === '.');

function swap(name: string, pairs: readonly (readonly [string, string])[]): string {
  let best: readonly [string, string] | undefined;
  for (const pair of pairs) if (starts(name, pair[0]) && (!best || pair[0].length > best[0].length)) best = pair;
  if (!best) return name;
  const rest = best[0] === '' ? name : name.slice(best[0].length + 1);
  return [best[1], rest].filter((part) => part !== '').join('.');
}

/**
 * Renames by leading path segments, `[ours, file]` pairs; the longest prefix wins, other names stay. An empty prefix stands
 * for every name: `['vision_tower', '']` strips `vision_tower.` on the way to the file.
 */
export function prefixMap(pairs: readonly (readonly [ours: string, file: string])[]): NameMap {
  for (const side of [0, 1] as const) {
    const seen = new Set(pairs.map((pair) => pair[side]));
    if (seen.size !== pairs.length)
      throw new SensoriumError('weights.name', 'a prefix appears twice', { place: 'prefixMap', got: pairs.map((p) => p[side]).join(', ') });
  }
  const forward = pairs.map(([ours, file]) => [ours, file] as const);
  const backward = pairs.map(([ours, file]) => [file, ours] as const);
  const convert = (name: string, there: typeof forward, back: typeof forward): string => {
    const result = swap(name, there);
    if (swap(result, back) !== name)
      throw new SensoriumError('weights.name', 'this name has no counterpart', {
        place: name,
        expected: `a name whose renaming can be undone (${there.map(([a, b]) => `${a || '*'} -> ${b || '*'}`).join(', ')})`,
        got: `${result}, which comes back as ${swap(result, back)}`,
      });
    return result;
  };
  return { toFile: (name) => convert(name, forward, backward), toOurs: (name) => convert(name, backward, forward) };
}

/** Names stay as they are. */
export const identityNames: NameMap = { toFile: (name) => name, toOurs: (name) => name };

/** A whole model in the file is the part called `prefix` of ours: `partNames('language_model')` reads a LlamaForCausalLM into a LLaVA. */
export function partNames(prefix: string): NameMap {
  return prefixMap([[prefix, '']]);
}

/**
 * LlavaForConditionalGeneration has two layouts: the one it is published in (which is ours), and the attribute names of
 * transformers >= 4.52, which some tools write.
 */
export const llavaAttributeNames: NameMap = prefixMap([
  ['language_model.model', 'model.language_model'],
  ['language_model.lm_head', 'lm_head'],
  ['vision_tower', 'model.vision_tower'],
  ['multi_modal_projector', 'model.multi_modal_projector'],
]);

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
