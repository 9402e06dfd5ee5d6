// Captions as filters read them: cleaned, in words, as 64-bit hashes.
/** A caption without white space around it, and single spaces within (COYO-700M). */
export const cleanCaption = (text) => text.replace(/\s+/g, ' ').trim();
const WORD = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|<\w+>|[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu;
/** Words of a text as they stand; of Chinese and Japanese every character. */
export const wordsOf = (text) => text.match(WORD) ?? [];
/** The form in which captions are compared: small letters, one space for everything that is neither letter nor digit. */
export const comparable = (text) => text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
const mix = (h) => {
    let x = h ^ (h >>> 16);
    x = Math.imul(x, 0x85ebca6b);
    x ^= x >>> 13;
    x = Math.imul(x, 0xc2b2ae35);
    return (x ^ (x >>> 16)) >>> 0;
};
/** 32 bits of the code units from `from` to `to`, by FNV-1a with MurmurHash3's finish. */
export function hash32(text, seed, from = 0, to = text.length) {
    let h = (0x811c9dc5 ^ seed) | 0;
    for (let i = from; i < to; i++)
        h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
    return mix(h);
}
/** 64 bits of a text; of a million texts two share them with a chance of 3e-8. */
export function hash64(text) {
    let [a, b] = [0x811c9dc5 | 0, 0x9747b28c | 0];
    for (let i = 0; i < text.length; i++) {
        const c = text.charCodeAt(i);
        a = Math.imul(a ^ c, 0x01000193);
        b = Math.imul(b ^ c, 0x5bd1e995) + (a >>> 15);
    }
    return { high: mix(a), low: mix(b ^ text.length) };
}
//# sourceMappingURL=text.js.map