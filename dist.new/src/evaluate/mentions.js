// Finding the objects that a caption names: a vocabulary of names, synonyms, plurals and double words, longest match first.
import { SensoriumError } from '../util/errors.js';
const irregular = ('man men|woman women|person people|child children|mouse mice|goose geese|foot feet|tooth teeth|ox oxen|leaf leaves|knife knives|wolf wolves|' +
    'loaf loaves|shelf shelves|scarf scarves|calf calves|half halves|life lives|wife wives|thief thieves|cactus cacti|octopus octopuses|die dice')
    .split('|')
    .map((pair) => pair.split(' '));
/** Plural forms of an English noun phrase (its last word is inflected); several where usage varies (fish, fishes). */
export function plurals(name) {
    const cut = name.lastIndexOf(' ') + 1;
    const head = name.slice(0, cut);
    const word = name.slice(cut).toLowerCase();
    const forms = new Set();
    for (const [one, many] of irregular)
        if (word === one ||
            (word.endsWith(one) && !/(?:hu|ger|ro|sha|talis|cay)man$/.test(word) && /^(?:wo)?man$|^child$|^knife$|^leaf$/.test(one)))
            forms.add(word.slice(0, -one.length) + many);
    if (/(?:s|x|z|ch|sh)$/.test(word))
        forms.add(`${word}es`);
    else if (/[^aeiou]y$/.test(word))
        forms.add(`${word.slice(0, -1)}ies`);
    else if (/[^aeiou]o$/.test(word))
        forms.add(`${word}es`).add(`${word}s`);
    else if (forms.size === 0)
        forms.add(`${word}s`);
    return [...forms].map((form) => head + form);
}
// Runs of letters and digits that are not Chinese: 小狗dog holds one word.
const wordPattern = /(?:(?!\p{Script=Han})[\p{L}\p{N}])+(?:['’-](?:(?!\p{Script=Han})[\p{L}\p{N}])+)*/gu;
const boundary = /[.!?。！？\n]+/gu;
const node = () => ({ next: new Map() });
/**
 * Compiled names of all objects. Double words ("hot dog" is not a dog) are either names of their own object or listed in `ignore`:
 * a longer match always wins over what lies inside it.
 */
export class Vocabulary {
    /** Object ids, in the order given. */
    ids;
    entries;
    english = node();
    chinese = node();
    /** Words or characters of the longest name. */
    longest = 0;
    constructor(entries, ignore = []) {
        this.ids = entries.map((entry) => entry.id);
        this.entries = entries;
        for (const { id, en = [], zh = [] } of entries) {
            for (const name of en)
                this.add(this.english, split(name), id, name);
            for (const name of zh)
                this.add(this.chinese, [...name], id, name);
        }
        for (const phrase of ignore) {
            if (/\p{Script=Han}/u.test(phrase))
                this.add(this.chinese, [...phrase], null, phrase);
            else
                this.add(this.english, split(phrase), null, phrase);
        }
        // Given names come first: the plural of "glass" must not take the name of "glasses".
        for (const { id, en = [] } of entries)
            for (const form of en.flatMap(plurals))
                this.add(this.english, split(form), id, form, true);
        for (const form of ignore.filter((phrase) => !/\p{Script=Han}/u.test(phrase)).flatMap(plurals))
            this.add(this.english, split(form), null, form, true);
    }
    /** The first name of every object that has one in the language. */
    names(language) {
        return this.entries.flatMap((entry) => entry[language]?.slice(0, 1) ?? []);
    }
    /** The first name of each object that has one in the language, by id. */
    firstNames(language) {
        return new Map(this.entries.flatMap((entry) => entry[language]?.slice(0, 1).map((name) => [entry.id, name]) ?? []));
    }
    add(root, path, id, name, yields = false) {
        if (path.length === 0)
            throw new SensoriumError('evaluate.vocabulary', 'an object has an empty name', { place: id ?? 'ignore' });
        this.longest = Math.max(this.longest, path.length);
        let at = root;
        for (const step of path) {
            const next = at.next.get(step) ?? node();
            at.next.set(step, next);
            at = next;
        }
        if (at.id !== undefined && yields)
            return;
        if (at.id !== undefined && at.id !== id)
            throw new SensoriumError('evaluate.vocabulary', 'two objects share a name', {
                place: JSON.stringify(name),
                got: `${at.id ?? 'ignored'} and ${id ?? 'ignored'}`,
                hint: 'Give the name to one of them only, or the caption cannot be scored.',
            });
        at.id = id;
    }
    /** Every mention in order of appearance, repeats included. English is matched by words, Chinese by characters. */
    mentions(text) {
        const stops = Array.from(text.matchAll(boundary), (m) => m.index);
        const found = [];
        const record = (id, start, end) => {
            if (id)
                found.push({ id, text: text.slice(start, end), start, end, sentence: countBelow(stops, start) });
        };
        const words = Array.from(text.matchAll(wordPattern)).flatMap((m) => 
        // "dog's" names a dog; a hyphen joins as a space does ("teddy-bear").
        m[0].split('-').map((part, i, parts) => {
            const start = m.index + parts.slice(0, i).reduce((sum, p) => sum + p.length + 1, 0);
            return { word: part.toLowerCase().replace(/['’]s?$/u, ''), start, end: start + part.length };
        }));
        // A double word does not cross punctuation: "The dog is hot. Dogs bark." names no hot dog (the official code makes marks words).
        const run = (from) => {
            let to = from + 1;
            const last = Math.min(words.length, from + this.longest);
            while (to < last &&
                /^(?:[^\S\n]|-)*$/.test(text.slice(words[to - 1].end, words[to].start)))
                to++;
            return to - from;
        };
        for (let i = 0; i < words.length;) {
            const match = longest(this.english, run(i), (k) => words[i + k].word);
            if (match.length)
                record(match.id, words[i].start, words[i + match.length - 1].end);
            i += Math.max(1, match.length);
        }
        // Chinese offsets are UTF-16 units; the trie is over code points.
        const units = Array.from(text.matchAll(/./gsu), (m) => ({ char: m[0], start: m.index, end: m.index + m[0].length }));
        for (let i = 0; i < units.length;) {
            const match = longest(this.chinese, units.length - i, (k) => units[i + k].char);
            if (match.length)
                record(match.id, units[i].start, units[i + match.length - 1].end);
            i += Math.max(1, match.length);
        }
        return found.sort((a, b) => a.start - b.start);
    }
}
/** How many of the sorted numbers are below a limit. */
function countBelow(sorted, limit) {
    let [low, high] = [0, sorted.length];
    while (low < high) {
        const middle = (low + high) >> 1;
        if (sorted[middle] < limit)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
const split = (name) => name
    .toLowerCase()
    .split(/[\s-]+/)
    .filter(Boolean);
function longest(root, limit, at) {
    let best = { length: 0 };
    let here = root;
    for (let k = 0; k < limit; k++) {
        here = here.next.get(at(k));
        if (!here)
            break;
        if (here.id !== undefined)
            best = { length: k + 1, id: here.id };
    }
    return best;
}
/** Non-empty sentences of a caption, with the numbering that `Mention.sentence` uses. */
export function sentences(text) {
    return text
        .split(boundary)
        .map((s) => s.trim())
        .filter((s) => /[\p{L}\p{N}]/u.test(s));
}
//# sourceMappingURL=mentions.js.map