// Claims around the English nouns of a text.
import { englishAttribute, englishRelations, placeOf, smallNumber } from './claim-words.js';
const wordPattern = /[\p{Script=Latin}\p{N}]+(?:['’-][\p{Script=Latin}\p{N}]+)*|[^\s\p{Script=Latin}\p{N}]/gu;
const wordsOf = (text, from, to) => Array.from(text.slice(from, to).matchAll(wordPattern), (m) => ({
    word: m[0].toLowerCase(),
    start: from + m.index,
    end: from + m.index + m[0].length,
}));
/** Words that end a noun phrase to the left. */
const stops = new Set(('a an the this that these those his her its their my your our some any no each every another both all several many few various multiple ' +
    'of in on at to from with without by near under over above below behind beside inside into onto for as and or but is are was were be been has have ' +
    'had having shows show showing contains features includes depicts see sees there it he she they we you i who which where while not holding ' +
    'wearing riding sitting standing lying walking playing eating carrying using says reads looks looking appears like than then so if when next').split(' '));
const determiners = /^(?:the|this|that|these|those|his|her|its|their|my|your|our|each|both)$/;
/** Characters before a noun in which its words are looked for. */
const REACH = 160;
function phraseOf(text, noun, from) {
    const words = wordsOf(text, Math.max(from, noun.start - REACH), noun.start);
    const claims = [];
    let start = noun.start;
    let definite = false;
    const place = (w) => ({
        text: text.slice(w.start, w.end),
        start: w.start,
        end: w.end,
        sentence: noun.sentence,
        noun: noun.number,
    });
    let before;
    for (let i = words.length - 1; i >= Math.max(0, words.length - 8); i--) {
        const w = words[i];
        if (!/[\p{L}\p{N}]/u.test(w.word)) {
            // "a red, white and blue kite"
            if (w.word === ',' && before && englishAttribute(words[i - 1]?.word ?? ''))
                continue;
            break;
        }
        const attribute = englishAttribute(w.word);
        if (attribute) {
            claims.push({ type: 'attribute', object: noun.id, ...attribute, ...place(w) });
            before = 'attribute';
            start = w.start;
            continue;
        }
        if (w.word === 'and' && before && englishAttribute(words[i - 1]?.word ?? ''))
            continue;
        const number = smallNumber(w.word);
        const ofPair = w.word === 'of' && /^(?:pair|couple|dozen)$/.test(words[i - 1]?.word ?? '');
        if (ofPair)
            continue;
        if (number !== undefined) {
            // "one of the dogs", "the two dogs", "number 3 bus".
            const previous = words[i - 1]?.word ?? '';
            const exact = !/^(?:least|than|over|about|around|nearly|almost|most|approximately|number|no|or|to)$/.test(previous);
            if (exact && (number !== 1 || /^(?:only|just|exactly)$/.test(previous)))
                claims.push({ type: 'count', object: noun.id, count: number, ...place(w) });
            const article = /^(?:pair|couple|dozen)$/.test(w.word) && /^an?$/.test(previous) ? words[i - 1] : undefined;
            start = (article ?? w).start;
            definite = determiners.test(previous);
            break;
        }
        if (w.word === 'single' && /^(?:a|the|only)$/.test(words[i - 1]?.word ?? '')) {
            claims.push({ type: 'count', object: noun.id, count: 1, ...place(w) });
            continue;
        }
        if (stops.has(w.word)) {
            definite = determiners.test(w.word);
            if (/^(?:an?|some|any|no)$/.test(w.word) || definite)
                start = w.start;
            break;
        }
        start = w.start;
    }
    return { start, definite, claims };
}
const clauseEdge = /[,;:.!?()\n]|\b(?:but|while|although|though|however|whereas|there (?:is|are))\b/gi;
const negation = /\b(?:no|not|without|neither|nor|never|none|cannot|lacks?|lacking|absence of|free of|devoid of|rather than|instead of)\b|n['’]t\b/i;
/** What stands between the last clause edge and a place. */
function clauseBefore(text, from, to) {
    const part = text.slice(Math.max(from, to - 2 * REACH), to);
    let at = 0;
    for (const m of part.matchAll(clauseEdge))
        at = m.index + (/^\w/.test(m[0]) ? 0 : m[0].length);
    return part.slice(at);
}
const filler = /^(?:is|are|was|were|be|been|being|can|seen|visible|shown|located|placed|positioned|situated|set|found|sitting|sits|standing|stands|lying|lies|laying|resting|rests|parked|hanging|leaning|floating|walking|stays?|that|which|right|just|directly|slightly|also|all|both|appears?|to|seems?|there|not|isn't|aren't|partially|mostly|very|stand|sit|lie|placed|up)$/;
const predicate = /^\s+(?:is|are|was|were|looks?|seems?|appears?)(?:\s+to\s+be)?(?<not>\s+not|n['’]t)?(?:\s+(?:all|both|also|mostly|mainly|clearly|bright|dark|light|very|quite|painted|colored))*\s+(?<first>[a-z-]+)(?:\s*(?:,|and)\s+(?<second>[a-z-]+))?(?=\s*(?:[.,;!?]|$|\b(?:and|with|in|while|but|on|at)\b))/iu;
const placed = /^\s*(?:,\s*)?(?:(?:is|are|was|were|that is|which is|can be seen|visible|located|placed|positioned|situated|sitting|standing)\s+)*(?:at|in|on|near|towards?|to)\s+the\s+(?<where>(?:far |very )?(?:(?:top|upper|bottom|lower|middle|cent(?:er|re)|left|right)[\s-]*){1,2})(?:hand\s+)?(?:side|corner|part|half|edge|area|portion|section)?\s*(?:of|in)\s+the\s+(?:image|picture|photo(?:graph)?|scene|frame)/iu;
/** Claims of the nouns, in the order of the nouns. */
export function englishClaims(text, nouns) {
    const out = [];
    const phrases = [];
    const deniedNouns = new Set();
    nouns.forEach((noun, i) => {
        const last = nouns[i - 1];
        const same = last?.sentence === noun.sentence;
        const from = last ? last.end : 0;
        const phrase = phraseOf(text, noun, from);
        phrases.push(phrase);
        // "No cats or dogs": a list goes on with its denial.
        const between = same ? text.slice(last.end, phrase.start) : '';
        const goesOn = same && deniedNouns.has(last.number) && /^\s*(?:,|,?\s*(?:or|nor))\s*$/i.test(between);
        // The article is part of the phrase: "no" as well.
        const clause = clauseBefore(text, same ? last.end : 0, noun.start);
        if (goesOn ||
            (!phrase.definite && negation.test(clause) && !/\bno (?:doubt|longer|more than|fewer than|less than)\b|\bnot only\b/i.test(clause)))
            deniedNouns.add(noun.number);
        const denied = deniedNouns.has(noun.number) ? { denied: true } : {};
        const { text: words, start, end, sentence, number } = noun;
        out.push({ type: 'existence', object: noun.id, phrase: phrase.start, text: words, start, end, sentence, noun: number, ...denied });
        if (!deniedNouns.has(noun.number))
            out.push(...phrase.claims);
    });
    nouns.forEach((noun, i) => {
        const after = text.slice(noun.end, noun.end + 160);
        const subject = subjectOf(text, { nouns, phrases, i });
        if (subject && !deniedNouns.has(subject.number)) {
            out.push(...predicates(text, noun, subject, after));
            const where = placed.exec(after);
            const place = where?.groups?.where === undefined ? undefined : placeOf(where.groups.where);
            if (where && place) {
                const end = noun.end + where[0].length;
                const { number, sentence, id, start } = subject;
                out.push({
                    type: 'relation',
                    relation: 'place',
                    object: id,
                    place,
                    text: text.slice(start, end),
                    start,
                    end,
                    sentence,
                    noun: number,
                });
            }
        }
        const next = nouns[i + 1];
        if (next && next.sentence === noun.sentence && !deniedNouns.has(next.number)) {
            const found = relationBetween(text, { noun, next, phrase: phrases[i + 1] });
            if (found && !deniedNouns.has(noun.number))
                out.push(found);
        }
    });
    return out;
}
/** The noun that a predicate behind noun `i` speaks of: "the dog in the basket is red" speaks of the dog. */
function subjectOf(text, { nouns, phrases, i }) {
    for (let k = i; k >= Math.max(0, i - 3); k--) {
        const before = nouns[k - 1];
        const noun = nouns[k];
        if (!before || before.sentence !== noun.sentence)
            return noun;
        const between = text.slice(before.end, phrases[k].start).trim();
        if (!/^(?:that is |which is )?(?:in|on|inside|near|behind|under|above|below|beside|next to|with|of)$/i.test(between))
            return noun;
    }
    return undefined;
}
function predicates(text, noun, subject, after) {
    const m = predicate.exec(after);
    if (!m)
        return [];
    const out = [];
    for (const word of [m.groups?.first, m.groups?.second]) {
        const attribute = word === undefined ? undefined : englishAttribute(word.toLowerCase());
        if (!attribute || word === undefined)
            continue;
        const start = noun.end + m[0].toLowerCase().lastIndexOf(word.toLowerCase());
        out.push({
            type: 'attribute',
            object: subject.id,
            ...attribute,
            text: text.slice(start, start + word.length),
            start,
            end: start + word.length,
            sentence: subject.sentence,
            noun: subject.number,
            ...(m.groups?.not ? { denied: true } : {}),
        });
    }
    return out;
}
/** "the dog is left of the cup": a relation that only words of being stand before. */
function relationBetween(text, { noun, next, phrase }) {
    const between = text
        .slice(noun.end, phrase.start)
        .replace(/\s+(?:a|an|the)?\s*$/i, '')
        .replace(/\s+/g, ' ');
    for (const [relation, pattern] of englishRelations) {
        const m = pattern.exec(between);
        if (!m)
            continue;
        const lead = between.slice(0, m.index).trim();
        if (!lead.split(' ').every((word) => word === '' || filler.test(word.toLowerCase())))
            return undefined;
        return {
            type: 'relation',
            relation,
            object: noun.id,
            other: next.id,
            otherNoun: next.number,
            text: text.slice(noun.start, next.end),
            start: noun.start,
            end: next.end,
            sentence: noun.sentence,
            noun: noun.number,
            ...(/\bnot\b|n't\b/i.test(lead) ? { denied: true } : {}),
        };
    }
    return undefined;
}
//# sourceMappingURL=claims-english.js.map