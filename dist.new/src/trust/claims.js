// From a text to its claims: nouns by a vocabulary, and what is said of each in its noun phrase, its predicate and towards the next noun.
import { sentences } from '../evaluate/mentions.js';
import { withoutThinking } from '../evaluate/reply.js';
import { CLAIM_TYPES } from './claim.js';
import { chineseClaims } from './claims-chinese.js';
import { englishClaims } from './claims-english.js';
/** Longest text that is read. */
const LONGEST = 50_000;
const printed = [
    /\b(?:says?|saying|reads?|reading|spells?|(?:that|which) says|printed words? (?:is|are)|(?:the )?words? (?:is|are)|labell?ed|written(?: on it)?(?: is)?|with the (?:words?|text|letters))\s*:?\s*(["“'‘])(?<quoted>[^"”’\n]{1,60}?)(?:["”]|['’](?!\p{L}))/giu,
    /\b(?:says|reads|printed words? (?:is|are)|sign saying)\s+(?<bare>[\p{Script=Latin}\p{N}]+(?:\s+[\p{Script=Latin}\p{N}]+){0,3}?)(?=\s*(?:[.,;!?\n]|$|\b(?:on|in|and|with|at)\b))/giu,
    /(?:写着|印着|写有|印有|标有|文字[是为]|字样[是为]|写的是)\s*[：:]?\s*(?:[“"「『'‘](?<quotedHan>[^”"」』'’\n]{1,40})[”"」』'’]|(?<bareHan>[\p{Script=Latin}\p{N}]+(?:\s+[\p{Script=Latin}\p{N}]+)*|\p{Script=Han}{1,8}))/gu,
];
/** What the text says is printed in the image. */
function printedWords(text, sentenceAt) {
    const found = [];
    for (const pattern of printed)
        for (const m of text.matchAll(pattern)) {
            const words = Object.values(m.groups ?? {})
                .find((group) => group !== undefined)
                ?.trim();
            if (!words)
                continue;
            const start = m.index + m[0].lastIndexOf(words);
            if (found.some((claim) => start < claim.end && claim.start < start + words.length))
                continue;
            found.push({ type: 'text', words, text: words, start, end: start + words.length, sentence: sentenceAt(start), noun: -1 });
        }
    return found;
}
/**
 * The claims of a text in the order of their words; thinking is not read. `vocabulary` says what counts as an object; a noun outside it makes
 * no claim. Of a text beyond 50,000 characters the beginning is read.
 */
export function extractClaims(reply, vocabulary) {
    const text = spoken(reply);
    const stops = Array.from(text.matchAll(/[.!?。！？\n]+/gu), (m) => m.index);
    const sentenceAt = (at) => stops.filter((stop) => stop < at).length;
    const texts = printedWords(text, sentenceAt);
    const nouns = vocabulary
        .mentions(text)
        .filter((m) => !texts.some((claim) => m.start < claim.end && claim.start < m.end))
        .filter((m, _, all) => !isColor(text, m, all))
        .map((m, number) => ({ ...m, number }));
    const latin = nouns.filter((noun) => !/\p{Script=Han}/u.test(noun.text));
    const han = nouns.filter((noun) => /\p{Script=Han}/u.test(noun.text));
    const claims = [...texts, ...englishClaims(text, latin), ...chineseClaims(text, han)];
    const order = (claim) => CLAIM_TYPES.indexOf(claim.type);
    return claims.sort((a, b) => a.start - b.start || order(a) - order(b));
}
/** The part of a reply that claims are read in, with the offsets that they count by. */
export function spoken(reply) {
    return withoutThinking(reply).slice(0, LONGEST);
}
/** Sentences of a reply that say anything, as claims number them. */
export function sentenceCount(reply) {
    return sentences(spoken(reply)).length;
}
/** "An orange cat", "it is orange and white": the color, not the fruit. */
function isColor(text, m, all) {
    if (!/^oranges?$|^橙子?$/i.test(m.text) || /s$/i.test(m.text))
        return false;
    const after = text.slice(m.end);
    if (/^[\s-]*(?:and|or|,)?\s*(?:white|black|brown|red|blue|green|yellow|gray|grey|striped|colou?red|in colou?r|tabby)\b/i.test(after))
        return true;
    const next = all.find(({ start }) => start > m.end);
    if (next && /^\s+(?:[a-z]+\s+)?$/i.test(text.slice(m.end, next.start)) && !/^\s+(?:and|or|on|in|with|near|is|are|by|next)\b/i.test(after))
        return true;
    const before = text.slice(Math.max(0, m.start - 24), m.start);
    return (/(?:\b(?:is|are|bright|dark|light|painted|and|wearing|in)|,)\s+$/i.test(before) &&
        !/\b(?:an?|the|one|two|three)\s+(?:\w+\s+)?$/i.test(before) &&
        !/^\s*(?:juice|slice|tree|peel)/i.test(after) &&
        !/\b(?:apples?|bananas?)\s*(?:,|and)\s*$/i.test(before));
}
//# sourceMappingURL=claims.js.map