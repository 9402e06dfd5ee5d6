// The options of `sensorium serve` that may be given again: --adapter and --alias as NAME=VALUE, --embeddings, --transcriptions; and whose an adapter is.

import { basename, resolve } from 'node:path';
import type { AdapterChoice } from '../serve/index.js';
import { usageError } from './report.js';
import type { LocatedModel } from './serve-models.js';

/** What requests may call a model. */
export const MODEL_NAME = /^[\w.:/@+-]{1,100}$/;
const NAME_HINT = 'the name of letters, digits and . _ - : / @ +';

/** All values of an option, as often as it is given; each may hold several with commas between. */
export function readValues(words: readonly string[], option: string): string[] {
  const end = words.indexOf('--');
  const flags = end < 0 ? words : words.slice(0, end);
  return flags.flatMap((word, i) => {
    const value = word === option ? (flags[i + 1] ?? '') : word.startsWith(`${option}=`) ? word.slice(option.length + 1) : undefined;
    return value?.split(',').map((part) => part.trim()) ?? [];
  });
}

/** The values of an option as NAME=VALUE. Throws a usage error for one that is not, and for a name that is given twice. */
export function readPairs(words: readonly string[], option: string, form: string): (readonly [name: string, value: string])[] {
  const pairs = new Map<string, string>();
  for (const part of readValues(words, option)) {
    const at = part.indexOf('=');
    const [name, value] = [part.slice(0, Math.max(at, 0)).trim(), part.slice(at + 1).trim()];
    if (!MODEL_NAME.test(name) || value === '')
      throw usageError('not a valid value', { place: option, expected: `${form}, ${NAME_HINT}`, got: part || 'nothing' });
    if (pairs.has(name)) throw usageError('a name is given twice', { place: option, expected: 'a name of its own for each', got: name });
    pairs.set(name, value);
  }
  return [...pairs];
}

/** The adapters among the words of a command line. Errors: those of `readPairs`. */
export function readAdapterChoices(words: readonly string[]): AdapterChoice[] {
  return readPairs(words, '--adapter', 'NAME=DIR or MODEL/NAME=DIR').map(([name, dir]) => ({ name, dir }));
}

/**
 * The adapters of each model. A name that begins with that of a model and a slash says whose it is; else the adapter's own config does,
 * unless there is one model only. Throws a usage error for an adapter of none of them.
 */
export async function adaptersByModel(
  adapters: readonly AdapterChoice[],
  models: readonly LocatedModel[],
): Promise<Map<LocatedModel, AdapterChoice[]>> {
  const byModel = new Map<LocatedModel, AdapterChoice[]>(models.map((model) => [model, []]));
  for (const { name, dir } of adapters) {
    const named = models.filter((model) => name.startsWith(`${model.name}/`)).sort((a, b) => b.name.length - a.name.length)[0];
    const model = named ?? (models.length === 1 ? models[0] : await baseOf(dir, models));
    if (!model)
      throw usageError('the base of the adapter is not clear', {
        place: `--adapter ${name}=${dir}`,
        expected: `a base_model_name_or_path that is one of ${models.map((m) => m.given).join(', ')}`,
        hint: `Say whose it is: --adapter ${models[0]?.name}/${name}=${dir}`,
      });
    byModel.get(model)?.push({ name: named ? name.slice(named.name.length + 1) : name, dir });
  }
  return byModel;
}

/** The model that an adapter was trained on, by what its config says: the same path or id, else the same last part. */
async function baseOf(dir: string, models: readonly LocatedModel[]): Promise<LocatedModel | undefined> {
  const { readPeftConfig } = await import('../weights/index.js'); // not for --help
  const { base_model_name_or_path: base } = await readPeftConfig(dir);
  if (!base) return undefined;
  const paths = new Set([base, resolve(base), resolve(dir, base)]);
  const same = models.filter((model) => paths.has(model.given) || paths.has(resolve(model.dir)));
  if (same.length > 0) return same.length === 1 ? same[0] : undefined;
  const alike = models.filter((model) => basename(base) === basename(model.given.replace(/@.*$/, '')));
  return alike.length === 1 ? alike[0] : undefined;
}
