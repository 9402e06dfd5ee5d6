// Grammar around a noun whose number a correction has changed: verbs, "there are", both and all, 都; and the article before a word.
import { plurals } from '../evaluate/mentions.js';
/** "a" or "an" before an English word, by its sound: an orange, a unicycle, an hour. */
export function indefinite(word) {
    if (/^(?:uni(?!n|m)|us(?:e|u)|ute|uk|eu|ewe|one(?![a-z])|once)/i.test(word))
        return 'a';
    return /^(?:[aeiou]|hour|honest|honou?r|heir)/i.test(word) ? 'an' : 'a';
}
/** Whether a noun as a text has it is a plural; `name` is the object's own. */
export function isPlural(noun, name) {
    const word = noun.toLowerCase();
    if (plurals(name).includes(word))
        return true;
    return word !== name && /(?:[^su]s|[aeiou]es|people|men|children)$/.test(word);
}
// Verbs of captions whose present tense has number; plural: singular.
const irregular = {
    are: 'is',
    were: 'was',
    have: 'has',
    do: 'does',
    go: 'goes',
    "aren't": "isn't",
    "weren't": "wasn't",
    "haven't": "hasn't",
    "don't": "doesn't",
};
const regular = ('sit stand lie lay walk run play eat look wear hold ride hang rest sleep graze fly swim jump wait watch face lean appear seem belong surround ' +
    'cover fill line occupy share make form come carry drink drive float use read talk smile gather cross pass pose perch stay seat show contain').split(' ');
const inS = (verb) => /(?:s|x|z|ch|sh)$/.test(verb) ? `${verb}es` : /[^aeiou]y$/.test(verb) ? `${verb.slice(0, -1)}ies` : `${verb}s`;
const toSingular = new Map([...Object.entries(irregular), ...regular.map((verb) => [verb, inS(verb)])]);
const toPlural = new Map([...toSingular].map(([many, one]) => [one, many]));
const prepositions = 'of|in|on|at|with|by|near|to|from|beside|behind|under|above|below|over|inside|into|onto|around|along|between|among|against|without|for|toward|towards';
const listed = (verbs) => [...verbs.keys()].sort((a, b) => b.length - a.length).join('|');
/** The patterns of one number: its verbs become those of the other. */
const patterns = (verbs, be) => ({
    verbs,
    /** "there are", "on the table are": what stands before its subject. */
    before: new RegExp(`(?<lead>\\b(?:there|here)\\s+|^\\s*(?:${prepositions}|next to|in front of)\\b[^,.;:]*\\s)(?<verb>${be})(?<gap>(?:\\s+(?:also|only|just|exactly|still))*\\s+)$`, 'iu'),
    /** A verb behind the noun, or behind "that". */
    after: new RegExp(`^(?<lead>(?:\\s*,?\\s+(?:that|which|who))?(?:\\s+(?:both|all|each|also|just|only|still|now|then))*\\s+)(?<verb>${listed(verbs)})(?![\\p{L}'’-])`, 'iu'),
    /** A form of "be" or "have" behind what the noun is described with: "cups on the table are". */
    later: new RegExp(`^(?<lead>\\s+(?:${prepositions}|\\p{L}+ing|\\p{L}+ed)\\b(?:(?!\\b(?:and|or|but|while|as|that|which|who|where|when|if|are|is|was|were)\\b)[^,.;:!?()])*\\s)(?<verb>${be})(?![\\p{L}'’-])`, 'iu'),
});
const be = { many: "aren't|weren't|are|were|have", one: "isn't|wasn't|is|was|has" };
const becoming = { one: patterns(toSingular, be.many), many: patterns(toPlural, be.one) };
/** The text with what agrees with a changed noun phrase in its new number. What stands farther off, such as "they" in the next sentence, stays. */
export function agree(text, { start, end, plural }, language) {
    const [head, noun, tail] = [text.slice(0, start), text.slice(start, end), text.slice(end)];
    if (language === 'zh')
        return plural ? text : `${head}${noun}${tail.replace(/^(们)?((?:[也正就还])*)都/u, '$2')}`;
    const { verbs, before, after, later } = becoming[plural ? 'many' : 'one'];
    const turned = (verb) => {
        const other = verbs.get(verb.toLowerCase()) ?? verb;
        return /^\p{Lu}/u.test(verb) ? other.charAt(0).toUpperCase() + other.slice(1) : other;
    };
    const swap = (part, pattern, dropped = (lead) => lead) => part.replace(pattern, (...found) => {
        const { lead = '', verb = '', gap = '' } = found.at(-1);
        return `${dropped(lead)}${turned(verb)}${gap}`;
    });
    // Of "a clown and two cups are" the cups are a part.
    if (/^\s*(?:,\s*)?(?:and|or|as well as)\b/i.test(tail) || joins(head))
        return text;
    const relative = /^\s*,?\s+(?:that|which|who)\s/i.test(tail);
    const subject = !before.test(head) && !governed.test(head);
    if (!subject)
        return swap(head, before) + noun + (relative ? swap(tail, after) : tail);
    const near = swap(tail, after, (lead) => (plural ? lead : lead.replace(/\s+(?:both|all|each)\b/gi, '')));
    if (near === tail)
        return head + noun + swap(tail, later);
    return head + noun + (plural ? near : near.replace(/^(\s+(?:is|was))\s+(?:both|all)\b(?!\s+(?:over|around|of|the)\b)/i, '$1'));
}
/** A verb or a preposition whose object the noun that follows is. */
const governed = new RegExp(`\\b(?:${prepositions}|${listed(toSingular)}|${listed(toPlural)}|shows?|sees?|depicts?|features?|\\p{L}+ing)(?:\\s+(?:the|his|her|their|its))?\\s+$`, 'iu');
/** Whether a noun that follows is one of several: "a clown and ", but not "a clown stands there and ". */
function joins(head) {
    const found = /([^.;:]*)\b(?:and|or)\s+$/i.exec(head);
    return found !== null && !new RegExp(`\\b(?:${listed(toSingular)}|${listed(toPlural)})\\b`, 'i').test(found[1]);
}
//# sourceMappingURL=grammar.js.map