// Corrects a text by the verdicts on its claims: false objects leave their lists, false colors and counts are replaced, sentences that say nothing true go.
import { extractClaims } from './claims.js';
import { agree, isPlural } from './grammar.js';
import { articles, isPrenominal, removal, replacement } from './replacement.js';
const sentencePattern = /[^.!?。！？\n]*[.!?。！？\n]*/gu;
/**
 * The text after its corrections. Only verdicts of `false` (and `moot` relations, which need both their objects) change it; where what is so
 * instead is not known, the words go. The rest of the text keeps its words.
 */
export function correctText(text, verdicts, naming) {
    const corrections = [];
    let out = '';
    for (const m of text.matchAll(sentencePattern)) {
        if (!m[0])
            continue;
        const [from, to] = [m.index, m.index + m[0].length];
        const own = verdicts.filter(({ claim }) => claim.start >= from && claim.start < to);
        const edits = sentenceEdits(text, own, naming);
        const changes = edits === 'drop' ? [] : numberChanges(text, own, naming);
        if (edits === 'drop') {
            const claim = own.find(isBad)?.claim;
            corrections.push({ claim, before: m[0].trim(), after: '' });
            // A line keeps its end.
            if (/\n\s*$/.test(m[0]) && out && !out.endsWith('\n'))
                out += '\n';
            continue;
        }
        let [sentence, at] = ['', from];
        const moved = [];
        for (const edit of edits) {
            sentence += text.slice(at, edit.start);
            moved.push({ edit, start: sentence.length });
            sentence += edit.to;
            at = edit.end;
            corrections.push({ claim: edit.claim, before: text.slice(edit.start, edit.end), after: articles(edit.to) });
        }
        sentence += text.slice(at, to);
        const now = (place) => placeAfter(place, from, moved);
        for (const { start, end, plural } of changes.reverse())
            sentence = agree(sentence, { start: now(start), end: now(end), plural }, naming.language);
        const whole = edits.length ? capital(articles(sentence), text.slice(from, to)) : sentence;
        out += out === '' && from > 0 ? whole.trimStart() : whole;
    }
    const final = out.trimEnd();
    return { text: final, corrections, evidence: evidenceOf(final, verdicts, naming) };
}
/** Where a place of the text is in the sentence that begins at `from`, after its edits. */
function placeAfter(place, from, moved) {
    const last = moved.findLast(({ edit }) => edit.start <= place);
    if (!last || last.edit.start === place)
        return last?.start ?? place - from;
    return last.start + last.edit.to.length + Math.max(0, place - last.edit.end);
}
/** The noun phrases and lists of a sentence that are several before its corrections and one after, or the other way round. */
function numberChanges(text, verdicts, { name, language }) {
    const nouns = verdicts.filter((v) => v.claim.type === 'existence');
    const several = ({ noun, text: word, object }) => {
        const count = verdicts.find(({ claim }) => claim.type === 'count' && claim.noun === noun);
        if (count?.claim.type !== 'count') {
            const plural = language === 'en' && isPlural(word, name(object));
            return [plural, plural];
        }
        const instead = count.verdict === 'false' && Number(count.instead) >= 1 ? Number(count.instead) : count.claim.count;
        return [count.claim.count > 1, instead > 1];
    };
    return listsOf(text, nouns.map(({ claim }) => claim)).flatMap((list) => {
        const left = list.filter((one) => nouns.some((v) => v.claim === one && !isBad(v)));
        const before = list.length > 1 || several(list[0])[0];
        const after = left.length > 1 || (left[0] !== undefined && several(left[0])[1]);
        if (left.length === 0 || before === after)
            return [];
        return [{ start: list[0].phrase, end: list.at(-1).end, plural: after }];
    });
}
/** The nouns of a text that were found, with their boxes. */
function evidenceOf(text, verdicts, { vocabulary }) {
    const found = new Map();
    for (const { claim, verdict, boxes } of verdicts)
        if (claim.type === 'existence' && !claim.denied && verdict === 'true' && boxes?.length)
            found.set(claim.object, boxes);
    return extractClaims(text, vocabulary).flatMap((claim) => {
        const boxes = claim.type === 'existence' && !claim.denied ? found.get(claim.object) : undefined;
        return claim.type === 'existence' && boxes ? [{ object: claim.object, start: claim.start, end: claim.end, boxes }] : [];
    });
}
const isBad = ({ claim, verdict }) => verdict === 'false' || (verdict === 'moot' && claim.type === 'relation');
/** The first letter as it was in the sentence before. */
function capital(sentence, before) {
    return /^\s*\p{Lu}/u.test(before)
        ? sentence.replace(/^(\s*)(\p{Ll})/u, (_, space, letter) => space + letter.toUpperCase())
        : sentence;
}
function sentenceEdits(text, verdicts, naming) {
    const bad = verdicts.filter(isBad);
    if (bad.length === 0)
        return [];
    const edits = [];
    const nouns = verdicts.filter((v) => v.claim.type === 'existence');
    const gone = new Set(nouns.filter((v) => isBad(v)).map(({ claim }) => claim.noun));
    if (nouns.length > 0 && nouns.every(({ claim }) => gone.has(claim.noun)))
        return 'drop';
    for (const verdict of bad) {
        const { claim, instead } = verdict;
        if (claim.type !== 'text' && gone.has(claim.noun) && claim.type !== 'relation')
            continue;
        if (claim.type === 'text' || claim.type === 'attribute' || claim.type === 'count') {
            // "is not red" and a value that nothing is known of: words that go would leave half a sentence.
            const to = instead === undefined ? undefined : claim.denied ? undefined : replacement(text, claim, instead, naming);
            if (to)
                edits.push(...to);
            else if (claim.type === 'attribute' && !claim.denied && isPrenominal(text, claim))
                edits.push(removal(text, claim));
            else if (claim.type !== 'count')
                return 'drop';
        }
        else if (claim.type === 'relation') {
            if (claim.relation === 'place' || /\b(?:is|are|was|were)\b|在|有/.test(text.slice(claim.start, claim.end)))
                return 'drop';
            if (!gone.has(claim.noun) && !gone.has(claim.otherNoun)) {
                const noun = nouns.find((v) => v.claim.noun === claim.noun)?.claim;
                if (noun)
                    edits.push({ start: noun.end, end: claim.end, to: '', claim });
            }
        }
    }
    const lists = listEdits(text, nouns.map(({ claim }) => claim), { gone, edits });
    if (lists === 'drop')
        return 'drop';
    edits.push(...lists);
    edits.sort((a, b) => a.start - b.start || b.end - a.end);
    // What lies inside a larger edit goes with it.
    const outer = [];
    for (const edit of edits)
        if (!outer.length || edit.start >= outer.at(-1).end)
            outer.push(edit);
    return outer;
}
const joint = /^\s*(?:,|、|，|和|与|以及|及|and|, and|as well as|or)\s*$/;
/** The nouns by the lists that they stand in; one that stands alone is a list of one. */
function listsOf(text, nouns) {
    const lists = [];
    for (const noun of nouns) {
        const last = lists.at(-1)?.at(-1);
        if (last && joint.test(text.slice(last.end, noun.phrase)))
            lists.at(-1)?.push(noun);
        else
            lists.push([noun]);
    }
    return lists;
}
/** Takes the objects in `gone` out of the lists that they stand in; a noun outside a list goes with what joins it to the noun before. */
function listEdits(text, nouns, { gone, edits: inner }) {
    const edits = [];
    const lists = listsOf(text, nouns);
    for (const [i, list] of lists.entries()) {
        const left = list.filter((noun) => !gone.has(noun.noun));
        if (left.length === list.length)
            continue;
        const [first, last] = [list[0], list.at(-1)];
        const claim = list.find((noun) => gone.has(noun.noun));
        if (left.length === 0) {
            const before = lists[i - 1]?.at(-1);
            // "Next to a cat, a dog sits": without the cat the rest does not stand.
            if (!before || gone.has(before.noun) || /[。，；,;]/.test(text.slice(before.end, first.phrase)))
                return 'drop';
            edits.push({ start: before.end, end: last.end, to: '', claim });
            continue;
        }
        const zh = /\p{Script=Han}/u.test(first.text);
        const items = left.map((noun) => edited(text, noun, inner));
        const head = items.slice(0, -1).join(zh ? '、' : ', ');
        const to = items.length === 1 ? items[0] : `${head}${zh ? '和' : ' and '}${items.at(-1)}`;
        edits.push({ start: first.phrase, end: last.end, to, claim });
    }
    return edits;
}
/** The words of a noun phrase after the edits inside it. */
function edited(text, { phrase, end }, edits) {
    let [out, at] = ['', phrase];
    for (const edit of edits.filter((e) => e.start >= phrase && e.end <= end).sort((a, b) => a.start - b.start)) {
        if (edit.start < at)
            continue;
        out += text.slice(at, edit.start) + edit.to;
        at = edit.end;
    }
    return out + text.slice(at, end);
}
/** The text with the boxes of what was found behind each noun, in 0..1 with three decimals: `a dog [0.100,0.200,0.300,0.400]`. */
export function withEvidence({ text, evidence }, size) {
    let out = '';
    let at = 0;
    for (const { end, boxes } of [...evidence].sort((a, b) => a.end - b.end)) {
        const shown = boxes.map((box) => `[${box.map((v, i) => (v / size[i % 2]).toFixed(3)).join(',')}]`).join('');
        out += `${text.slice(at, end)} ${shown}`;
        at = end;
    }
    return out + text.slice(at);
}
//# sourceMappingURL=correct.js.map