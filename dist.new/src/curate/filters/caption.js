// Filters of captions by themselves: length, repetition, word classes, spatial words, banned words, language, how often one stands.
import { numberOf } from '../filter.js';
import { comparable } from '../text.js';
import { BOILERPLATE, DETERMINERS, EXPLICIT, FUNCTION_WORDS, PREPOSITIONS, SPATIAL } from '../word-lists.js';
const outside = (value, { min, max }, what) => {
    if (value < min)
        return `${value} ${what}, fewer than ${min}`;
    return value > max ? `${value} ${what}, more than ${max}` : undefined;
};
/** Characters of the caption. LAION drops fewer than 5, COYO-700M 5 or fewer. */
export const length = {
    name: 'length',
    about: 'characters of the caption within bounds',
    needs: 'text',
    settings: { min: 5, max: 1000 },
    make: (settings) => ({ why: ({ caption }) => outside([...caption].length, settings, 'characters') }),
};
/** Words of the caption. CC12M and COYO-700M take 3 to 256. */
export const words = {
    name: 'words',
    about: 'words of the caption within bounds',
    needs: 'text',
    settings: { min: 3, max: 256 },
    make: (settings) => ({ why: ({ words: all }) => outside(all.length, settings, 'words') }),
};
/**
 * Share of the n-grams of a caption that stood before. Of single words only those with content count: any long sentence repeats its articles.
 * CC12M: at most 0.2 (what exactly was counted is not published).
 */
export function repetitionOf(all, n) {
    const small = all.map((word) => word.toLowerCase());
    const counted = n === 1 ? small.filter((word) => !FUNCTION_WORDS.has(word)) : small;
    const count = counted.length - n + 1;
    if (count < 2)
        return 0;
    const different = new Set();
    for (let i = 0; i < count; i++)
        different.add(counted.slice(i, i + n).join(' '));
    return 1 - different.size / count;
}
/** Repeated words or phrases. */
export const repetition = {
    name: 'repetition',
    about: 'share of n-grams (n words) that stand again',
    needs: 'text',
    settings: { max: 0.2, n: 1 },
    make: (settings) => ({
        why: ({ words: all }) => {
            const share = repetitionOf(all, numberOf(settings, 'n'));
            return share > numberOf(settings, 'max') ? `${share.toFixed(2)} of its ${settings.n}-grams are repeated` : undefined;
        },
    }),
};
/** Word classes: CC3M wants a noun, a determiner and a preposition, CC12M the first two, COYO-700M a noun. */
export const grammar = {
    name: 'grammar',
    about: 'the caption has a noun, a determiner, a preposition',
    needs: 'text',
    settings: { noun: true, determiner: false, preposition: false },
    make: (settings, { isNoun }) => ({
        why: ({ words: all }) => {
            const small = all.map((word) => word.toLowerCase());
            if (settings.noun && !small.some((word) => isNoun(word)))
                return 'no noun';
            if (settings.determiner && !small.some((word) => DETERMINERS.has(word)))
                return 'no determiner';
            if (settings.preposition && !small.some((word) => PREPOSITIONS.has(word)))
                return 'no preposition';
            return undefined;
        },
    }),
};
/** SBU (Ordonez et al. 2011): at least two words of its term list and a preposition of place. The list was not published: any content word counts. */
export const spatial = {
    name: 'spatial',
    about: 'a preposition of place beside enough content words (SBU)',
    needs: 'text',
    settings: { terms: 2 },
    make: (settings) => ({
        why: ({ words: all }) => {
            const small = all.map((word) => word.toLowerCase());
            if (!small.some((word) => SPATIAL.has(word)))
                return 'no preposition of place';
            const terms = new Set(small.filter((word) => !FUNCTION_WORDS.has(word) && !/^\d+$/.test(word))).size;
            return terms < numberOf(settings, 'terms') ? `${terms} content words, fewer than ${settings.terms}` : undefined;
        },
    }),
};
/** Boilerplate of alternative texts, addresses and file names, explicit words. `words`: more of them, separated by `|`. */
export const banned = {
    name: 'banned',
    about: 'no boilerplate, address, file name or explicit word',
    needs: 'text',
    settings: { words: '' },
    make: (settings) => {
        const own = String(settings.words).split('|').map(comparable).filter(Boolean);
        const phrases = BOILERPLATE.map(comparable);
        return {
            why: ({ caption, words: all }) => {
                if (/https?:\/\/|www\.\w/i.test(caption))
                    return 'an address';
                if (/^\S+\.(?:jpe?g|png|gif|webp|bmp|tiff?)$/i.test(caption) || /^(?:img|dsc|image|photo|pic)[-_ ]?\d+$/i.test(caption))
                    return 'a file name';
                const text = ` ${comparable(caption)} `;
                // One word alone says nothing where it is part of a sentence.
                const phrase = phrases.find((one) => (one.includes(' ') ? text.includes(` ${one} `) : text === ` ${one} `));
                if (phrase !== undefined)
                    return `"${phrase}"`;
                const mine = own.find((one) => text.includes(` ${one} `));
                if (mine !== undefined)
                    return `"${mine}"`;
                const word = all.find((one) => EXPLICIT.has(one.toLowerCase()));
                return word === undefined ? undefined : 'an explicit word';
            },
        };
    },
};
/** The language of the caption. `allow`: codes, separated by `|`. Of captions whose language cannot be told, `doubt` says whether they stay. */
export const language = {
    name: 'language',
    about: 'the caption is in one of the languages',
    needs: 'text',
    settings: { allow: 'en', doubt: true },
    make: (settings, { languageOf }) => {
        const allowed = new Set(String(settings.allow).split('|'));
        return {
            why: (row) => {
                const { language: found, reliable } = languageOf(row.caption);
                row.language = found;
                if (allowed.has(found) || (!reliable && settings.doubt))
                    return undefined;
                return found === '' ? 'its language cannot be told' : `in "${found}"`;
            },
        };
    },
};
/** Captions that stand too often in the whole data set describe none of their images. COYO-700M: more than 10 times. */
export const frequency = {
    name: 'frequency',
    about: 'the caption stands at most so many times in the data set',
    needs: 'text',
    settings: { max: 10 },
    make: (settings, { repeats }) => ({
        why: ({ caption }) => (repeats(caption) ? `it stands more than ${settings.max} times` : undefined),
    }),
};
//# sourceMappingURL=caption.js.map