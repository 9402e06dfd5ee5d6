// The registry of architectures: one row says how a config.json reads, what network it builds and how its parameters are named.

import type { z } from 'zod';
import type { Module } from '../nn/index.js';
import { SensoriumError } from '../util/errors.js';
import { classifierOf } from './classifier.js';
import { closestHint, rowOf } from './closest.js';
import { parseConfig } from './parse-config.js';
import type { MultimodalProcessor, ProcessorSource } from './processor.js';

/** Renames parameters both ways; the identity where our names are transformers'. */
export interface ParameterNames {
  /** Our name to the name in the file. */
  toFile(name: string): string;
  /** The name in the file to ours. */
  toOurs(name: string): string;
}

/** What a network is for, which decides what can open it. */
export type FamilyKind = 'causal' | 'seq2seq' | 'multimodal' | 'encoder';

/** One architecture. */
export interface Family<C = unknown, N extends Module = Module> {
  /** `model_type` in config.json. */
  readonly modelType: string;
  /** Class names of transformers that `architectures` may give; the first is the one we write. */
  readonly architectures: readonly string[];
  /** Further classes whose files hold this network: base classes, other heads, names of before. */
  readonly alsoFor?: readonly string[];
  readonly kind: FamilyKind;
  /** Checks config.json and fills in what the transformers class has as defaults. */
  readonly config: z.ZodType<C>;
  build(config: NoInfer<C>): N;
  /** The name map for a file that holds these tensors. Default: the identity. */
  names?(inFile: ReadonlySet<string>): ParameterNames | undefined;
  /**
   * The names of the attributes of the transformers class, which adapters are saved under, where published checkpoints have others. Default:
   * what `names` gives for a file with ours.
   */
  modules?(config: NoInfer<C>): ParameterNames;
  /** Parameters that share another's weights when the file leaves one of them out: name to name. */
  tied?(config: NoInfer<C>): Readonly<Record<string, string>>;
  /** Tensors of the file that the network has no use for, by the names in the file or by ours. */
  ignore?(config: NoInfer<C>): readonly RegExp[];
  /** Special tokens of published tokenizers that stand in prompts and replies as text does, such as those of places. No `g` flag. */
  readonly ordinaryTokens?: RegExp;
  /** Makes the processor of a folder, for families that take media. */
  processor?(source: ProcessorSource<never, never>): Promise<MultimodalProcessor>;
}

const rows = new Map<string, Family>();

/** Registers an architecture; later rows of the same `model_type` are refused. Returns the row. */
export function defineFamily<C, N extends Module>(row: Family<C, N>): Family<C, N> {
  if (rows.has(row.modelType))
    throw new SensoriumError('model.family', 'this model type is defined already', {
      place: row.modelType,
      got: row.architectures.join(', '),
    });
  rows.set(row.modelType, row as unknown as Family);
  return row;
}

/** All rows, in the order in which they were defined. */
export function families(): readonly Family[] {
  return [...rows.values()];
}

const isFor = (row: Family, architecture: string): boolean =>
  row.architectures.includes(architecture) || row.alsoFor?.includes(architecture) === true || classifierOf(row) === architecture;

/**
 * The row for a config.json: by `model_type`, or by `architectures` where the file has no type.
 * Errors: `model.architecture`, with all that are supported and the closest in kind and size.
 */
export function familyOf(config: Readonly<Record<string, unknown>>, place = 'config.json'): Family {
  const { model_type: type, architectures } = config;
  const named = Array.isArray(architectures) ? architectures.filter((a): a is string => typeof a === 'string') : [];
  if (typeof type === 'string') {
    const row = rows.get(type);
    if (row && (named.length === 0 || named.some((a) => isFor(row, a)))) return row;
  }
  const byClass = typeof type === 'string' ? undefined : families().find((row) => named.some((a) => isFor(row, a)));
  if (byClass) return byClass;
  const supported = [...new Set(families().flatMap((row) => row.architectures))];
  const sameType = typeof type === 'string' ? rows.get(type)?.architectures[0] : undefined;
  const misspelt = named[0] ?? (typeof type === 'string' ? type : undefined);
  throw new SensoriumError(
    'model.architecture',
    misspelt ? 'this architecture is not supported' : 'the config does not say which architecture it is',
    {
      place,
      expected: `one of ${supported.join(', ')}`,
      got:
        [named.join(', '), typeof type === 'string' ? `model_type '${type}'` : ''].filter(Boolean).join(', ') ||
        'neither model_type nor architectures',
      hint: hintFor(config, { sameType, misspelt, spelled: named[0] ? supported : rows.keys() }),
    },
  );
}

/** Which supported model to take instead: by kind and size; of the same type, another class of it is a head that is not here. */
function hintFor(
  config: Readonly<Record<string, unknown>>,
  o: { sameType: string | undefined; misspelt: string | undefined; spelled: Iterable<string> },
): string | undefined {
  const { sameType, ...names } = o;
  const row = rowOf(Array.isArray(config.architectures) ? config.architectures.filter((a) => typeof a === 'string') : []);
  if (sameType && !row) return `The nearest is ${sameType}: its weights stand under a head of another kind here`;
  return closestHint(config, { ...names, classOf: (type) => rows.get(type)?.architectures[0] });
}

/** The family of a config.json, with the config checked. Errors: `model.architecture`, `model.config`. */
export function readFamily(raw: Readonly<Record<string, unknown>>, place = 'config.json'): { family: Family; config: unknown } {
  const family = familyOf(raw, place);
  return { family, config: parseConfig(family.config, raw, place) };
}
