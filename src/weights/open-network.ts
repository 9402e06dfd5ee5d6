// A folder's config.json and the headers of its weights, fitted together: family, network, names, tied matrices. Nothing large is read.

import { join } from 'node:path';
import {
  addAdapters,
  classifierNames,
  endPlace,
  type Family,
  type FamilyKind,
  isClassifier,
  openedBy,
  REWARD,
  readAdapters,
  readFamily,
} from '../networks/index.js';
import type { Module } from '../nn/index.js';
import { SensoriumError } from '../util/errors.js';
import { FILES, loadWeights, readConfig } from './folder.js';
import { isIgnored, matchWeights } from './match.js';
import { identityNames, type NameMap, renameSource, selectSource } from './names.js';
import { type QuantizationConfig, quantizedSource, readQuantization } from './quantized.js';
import type { WeightSource } from './source.js';

type Raw = Readonly<Record<string, unknown>>;

/** A network that its weights are known to fit. */
export interface OpenNetwork {
  readonly family: Family;
  /** config.json, with `tie_word_embeddings` as the weights have it. */
  readonly raw: Raw;
  /** config.json as the family reads it. */
  readonly config: unknown;
  readonly quantization: QuantizationConfig | undefined;
  /** Parameters are named. */
  readonly network: Module;
  /** The weights as they are in the file, and under the network's names. */
  readonly file: WeightSource;
  readonly weights: WeightSource;
  readonly names: NameMap;
  readonly tied: Readonly<Record<string, string>>;
  /** Where each parameter is found in `weights`. */
  readonly match: ReadonlyMap<string, string>;
  /** True for a classifier that has nothing to write with: no head in the file, and none that is the embedding. */
  readonly headless: boolean;
}

/**
 * Opens a folder. Errors: `model.architecture` (also for one of another kind than `kinds`), `model.config`, and `weights.*` for files
 * that are missing, broken or of another model.
 */
export async function openNetwork(
  dir: string,
  { kinds, signal, check }: { kinds?: readonly FamilyKind[]; signal?: AbortSignal; check?: (raw: Raw, family: Family) => void } = {},
): Promise<OpenNetwork> {
  const place = join(dir, FILES.config);
  const given = await readConfig(dir);
  const read = readFamily(given, place);
  const { family } = read;
  const quantization = readQuantization(given, place);
  if (kinds && !kinds.includes(family.kind)) throw otherKind(family, kinds, place);
  check?.(given, family);
  // A wrong config is reported before files are opened.
  family.build(read.config);
  signal?.throwIfAborted();
  const file = await loadWeights(dir);
  const readable = quantization ? quantizedSource(file, quantization) : file;
  const ignore = family.ignore?.(read.config);
  const wanted = selectSource(readable, (name) => !isIgnored(name, ignore));
  const own = family.names?.(new Set(wanted.tensors.keys())) ?? identityNames;
  const classifier = isClassifier(given);
  const names = classifier ? classifierNames(own, endPlace(readAdapters(given, place), REWARD)) : own;
  const weights = renameSource(wanted, forgiving(names));
  // A classifier has a score in place of the head, which nothing reads then.
  const hasHead = !classifier || weights.tensors.has('lm_head.weight');
  const asked = hasHead ? given : withTie(given, true);
  const settled = asked === given ? read : readFamily(asked, place);
  const { raw, config } = quantization ? { raw: asked, config: settled.config } : await settleTies(asked, { ...settled, weights, place });
  const network = family.build(config);
  addAdapters(network, readAdapters(raw, place), place);
  network.nameParameters();
  const tied = family.tied?.(config) ?? {};
  const expected = network.parameters().map((p) => ({ name: p.name, shape: p.dims }));
  const match = matchWeights(expected, weights, { place: dir, tied, ignore });
  const headless = !hasHead && Object.keys(family.tied?.(read.config) ?? {}).length === 0;
  return { family, raw, config, quantization, network, file, weights, names, tied, match, headless };
}

/** A name that the map cannot take back belongs to no parameter: it keeps its own, under which `matchWeights` reports it. */
function forgiving(names: NameMap): NameMap {
  return {
    toFile: names.toFile,
    toOurs: (name) => {
      try {
        return names.toOurs(name);
      } catch (error) {
        if (error instanceof SensoriumError && error.code === 'weights.name') return name;
        throw error;
      }
    },
  };
}

/**
 * Whether the head is the embedding, where config and file disagree. A head that the file has with values of its own is kept (a merge or
 * training may have parted the two; transformers 5 keeps both too). A head that the file leaves out is the embedding where `text_config`
 * says so, though the whole config does not: transformers 4 went by the former.
 */
async function settleTies(
  given: Raw,
  { family, config, weights, place }: { family: Family; config: unknown; weights: WeightSource; place: string },
): Promise<{ raw: Raw; config: unknown }> {
  if (!family.tied) return { raw: given, config };
  const has = (name: string): boolean => weights.tensors.has(name);
  const tied = family.tied(config);
  const text = given.text_config as Raw | undefined;
  if (text?.tie_word_embeddings === true) {
    const raw = withTie(given, true);
    const other = readFamily(raw, place).config;
    const heads = Object.entries(family.tied(other)).filter(([head]) => !(head in tied));
    if (heads.length > 0 && heads.every(([head, embedding]) => !has(head) && has(embedding))) return { raw, config: other };
  }
  const parted = async (pairs: Readonly<Record<string, string>>): Promise<[string, string] | undefined> => {
    for (const [a, b] of Object.entries(pairs)) if (has(a) && has(b) && !(await sameValues(weights, a, b))) return [a, b];
    return undefined;
  };
  if (!(await parted(tied))) return { raw: given, config };
  const raw = withTie(given, false);
  const other = readFamily(raw, place).config;
  const still = await parted(family.tied(other));
  if (still)
    throw new SensoriumError('weights.tied', 'two tensors that this network has as one are different in the file', {
      place: weights.place,
      expected: `${still[0]} and ${still[1]} to be equal, or one of them left out`,
      got: 'different values',
      hint: 'Remove the one that is not to count',
    });
  return { raw, config: other };
}

/** The config with the head tied or not. A T5's scaling goes by the same key, so it is written down where that changes. */
function withTie(config: Raw, tie: boolean): Raw {
  const part = (c: Raw): Raw => {
    const scaled = !tie && c.model_type === 't5' && c.tie_word_embeddings !== false;
    return { ...c, tie_word_embeddings: tie, ...(scaled ? { scale_decoder_outputs: c.scale_decoder_outputs ?? true } : {}) };
  };
  const text = config.text_config;
  return typeof text === 'object' && text !== null ? { ...part(config), text_config: part(text as Raw) } : part(config);
}

async function sameValues(source: WeightSource, a: string, b: string): Promise<boolean> {
  const [x, y] = [source.tensors.get(a), source.tensors.get(b)];
  if (x?.shape.join() !== y?.shape.join()) return false;
  const as = x?.dtype === y?.dtype ? undefined : ('float32' as const);
  const [u, v] = [(await source.read(a, { as })).data, (await source.read(b, { as })).data];
  const bytes = (data: ArrayBufferView): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return bytes(u as ArrayBufferView).equals(bytes(v as ArrayBufferView));
}

function otherKind(family: Family, kinds: readonly FamilyKind[], place: string): SensoriumError {
  return new SensoriumError('model.architecture', 'this is a model of another kind', {
    place,
    expected: `a ${kinds.join(' or ')} model`,
    got: `${family.architectures[0]}, ${family.kind === 'encoder' ? 'an' : 'a'} ${family.kind} model`,
    hint: openedBy(family),
  });
}
