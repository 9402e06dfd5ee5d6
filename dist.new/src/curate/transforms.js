// What is done to the captions of rows that stay: names replaced by what they are names of (CC3M), persons by <PERSON> (CC12M), digits by #.
import { SensoriumError } from '../util/errors.js';
import { GIVEN_NAMES } from './names.js';
/** Names of all transforms. */
export const TRANSFORMS = ['hypernyms', 'persons', 'digits'];
/** Most words of a name. */
const LONGEST = 4;
const isName = (word) => /^\p{Lu}[\p{L}'’.-]*$/u.test(word);
const bare = (word) => word.replace(/[.,;:!?)]+$/, '');
const MONTH = '(?:january|february|march|april|may|june|july|august|september|october|november|december)';
const DATE = new RegExp(`\\s*\\b(?:in|on|since|during)\\s+(?:\\d{1,2}(?:st|nd|rd|th)?\\s+)?(?:${MONTH}\\s+)?(?:\\d{1,2}(?:st|nd|rd|th)?,?\\s+)?(?:1[5-9]|20)\\d\\d\\b`, 'giu');
/** Replaces runs of capitalized words: `kindOf` gives what stands in their place, of a run or a beginning of it. */
function replaceNames(text, kindOf) {
    const tokens = text.split(' ');
    const out = [];
    for (let i = 0; i < tokens.length;) {
        let taken = 0;
        for (let n = Math.min(LONGEST, tokens.length - i); n > 0 && taken === 0; n--) {
            const run = tokens.slice(i, i + n);
            // Only at its end may a name have a mark.
            if (!run.every((word, k) => isName(bare(word)) && (k === n - 1 || bare(word) === word)))
                continue;
            const words = run.map(bare);
            const kind = kindOf(words.join(' ').toLowerCase(), words);
            if (kind === undefined)
                continue;
            const last = run[n - 1];
            out.push(kind + last.slice(bare(last).length));
            taken = n;
        }
        if (taken === 0)
            out.push(tokens[i]);
        i += Math.max(1, taken);
    }
    return out.join(' ');
}
/** A person: a given name that is known, alone or before other capitalized words. */
const isPerson = (words) => GIVEN_NAMES.has(words[0].toLowerCase());
/** A transform by its name. Errors: `curate.option`. */
export function transformNamed(name, lexicon) {
    if (name === 'persons')
        return (text) => replaceNames(text, (_, words) => (isPerson(words) ? '<PERSON>' : undefined));
    if (name === 'digits')
        return (text) => text.replace(/\d/g, '#');
    if (name === 'hypernyms')
        return (text) => {
            const kept = replaceNames(text, (known, words) => lexicon.kindOf(known) ?? (isPerson(words) ? 'person' : undefined));
            // Dates are left out; of equal kinds that follow each other one is enough.
            return kept
                .replace(DATE, '')
                .replace(/\b(\w+(?: \w+)?)(?:, | and | )\1\b/g, '$1')
                .replace(/\s+/g, ' ')
                .trim();
        };
    throw new SensoriumError('curate.option', 'there is no such transform of captions', { expected: TRANSFORMS.join(', '), got: name });
}
//# sourceMappingURL=transforms.js.map