// Multiple choice: the option that a reply chooses, by its letter or by its text.
import { toSimplified } from './chinese.js';
import { normalizeAnswer } from './metrics/vqa-normalize.js';
import { cleanReply } from './reply.js';
import { proportion } from './wilson.js';
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
/** Words that may follow "A" where it is a letter and not an article. */
const afterLetter = 'because|since|as|is|was|for|which|due|based|and|or|seems|looks|fits|matches|would|should|with|best|correct|right';
/**
 * The letter of the option that a reply chooses, or 'unknown' when it chooses none or several; nothing is ever guessed. The answer that the
 * reply marks comes first, then a letter in the usual forms ("B", "(b)", "Option B", "B. a red cup", 选B), then the text of exactly one
 * option, then the only letter that the reply names without ruling it out. "A" before a word is an article.
 *
 * `options`: the texts of the options in order, or just their number.
 */
export function parseChoice(reply, options) {
    const count = typeof options === 'number' ? options : options.length;
    const letters = LETTERS.slice(0, count);
    const texts = typeof options === 'number' ? [] : options;
    const { text: whole, answer } = cleanReply(toSimplified(reply));
    const text = withoutList(whole, texts);
    for (const part of answer === undefined ? [text] : [answer, text]) {
        const found = judged(part, letters) ??
            lettered(part, letters) ??
            byText(part, texts) ??
            lone(part, letters) ??
            concluded(part, letters) ??
            ordinal(part, letters);
        if (found !== undefined)
            return found;
    }
    return 'unknown';
}
/** The reply without the options, where it repeats all of them line by line before it answers. */
function withoutList(reply, options) {
    const wanted = options.map(normalizeAnswer);
    const lines = reply.split('\n');
    const rest = lines.filter((line) => {
        const at = LETTERS.indexOf((/^\s*\(?([A-Z])[).:,]/.exec(line)?.[1] ?? '?'));
        return at < 0 || normalizeAnswer(line.replace(/^\s*\(?[A-Z][).:,]+/, '')) !== wanted[at];
    });
    const left = rest.join('\n').trim();
    return options.length > 1 && lines.length - rest.length >= options.length && left ? left : reply;
}
/** The only option that is judged right where the reply goes through two or more of them: "A. cat: no. B. dog: yes." */
function judged(text, letters) {
    const found = Array.from(text.matchAll(/(?<![\p{L}\p{N}])([A-Z])[).:][^\n:.;]{0,80}?(?:[:,]\s*|\s[-–—]\s*|\s+(?=[✓✔✅✗✘❌]))(yes|true|correct|right|✓|✔|✅|no|false|incorrect|wrong|not correct|✗|✘|❌|对|正确|错误?|不对|不正确)(?![\p{L}\p{N}])/giu), (m) => ({ letter: m[1].toUpperCase(), right: /^(?:yes|true|correct|right|✓|✔|✅|对|正确)$/i.test(m[2]) })).filter(({ letter }) => letters.includes(letter));
    const right = found.filter((option) => option.right);
    return new Set(found.map((option) => option.letter)).size > 1 && right.length === 1 ? right[0]?.letter : undefined;
}
/** A letter in a form that can only be a choice. */
function lettered(text, letters) {
    const one = text.trim().replace(/^["'“”‘’]+|["'“”‘’]+$/g, '');
    const pick = (letter) => {
        const upper = letter?.toUpperCase();
        return upper && letters.includes(upper) ? upper : undefined;
    };
    const whole = /^[([<{]?\s*([a-z])\s*[)\]>}]?\s*[.:,!)。]?$/i.exec(one)?.[1];
    if (whole)
        return pick(whole);
    const named = /(?:\b(?:options?|choices?|letter|select(?:ed)?|choose|chose|pick(?:ed)?|go with|answer(?: is)?)\s*:?\s*|选(?:项|择)?\s*[:：]?\s*|答案(?:是|为)?\s*[:：]?\s*|应选\s*)[("[]?([A-Z]|[a-z](?=[)."\]]|\s*$)|[b-hj-z](?=\s+(?:is|because|since|as)\b))(?![\p{Script=Latin}\p{N}'])/u.exec(one);
    const again = named &&
        new RegExp(`(?:\\bor\\b|\\band\\b|/|或|和)\\s*\\(?[${letters}]\\b`).test(one.slice(named.index + named[0].length, named.index + named[0].length + 12));
    if (named && !again && !ruledOut(one, named.index + named[0].length - 1)) {
        const article = named[1] === 'A' && new RegExp(`^\\s+(?!(?:${afterLetter})\\b)[a-z]`).test(one.slice(named.index + named[0].length));
        if (!article)
            return pick(named[1]);
    }
    const behind = /([A-Z])\s*选?项|选项\s*([A-Z])/.exec(one);
    if (behind)
        return pick(behind[1] ?? behind[2]);
    const leading = /^[([]?([A-Z])(?:[)\].:,、]|\s*[-–—]\s)(?!\s*[A-Z]\b)/.exec(one) ?? /^[([]([a-z])[)\]]/.exec(one) ?? /^([a-z])[).:]\s/.exec(one);
    if (leading && !ruledOut(one, leading[0].search(/[a-z]/i)))
        return pick(leading[1]);
    const sentence = new RegExp(`^([A-Z])\\s+(?:${afterLetter})\\b(?!\\s*\\(?[${letters}]\\b)`).exec(one);
    return sentence && !ruledOut(one, 0) ? pick(sentence[1]) : undefined;
}
const denial = /(?:\bnot\b|\bno\b|n't|\bnor\b|\bneither\b|\bexcept\b|\brather than\b|\binstead of\b|\beliminate|\brule out|\bunlike\b|不是|不选|排除)\s*(?:option|choice|answer|the|an?|选项?)?\s*[("[]?$/i;
const rejected = /^[)"\]]?\s*(?:(?:,|and|or|,? and)\s*\(?[A-Z]\)?\s*)*(?:(?:is|are|was|were|can(?: both)?(?: all)?)\s+(?:be\s+)?(?:not|n't|wrong|incorrect|false|ruled out|excluded|eliminated|out\b)|isn't|aren't|cannot|can't|doesn't|does not|是?错|不对|不正确|不符)/i;
/** True when the text around a letter rules it out. */
const ruledOut = (text, at) => denial.test(text.slice(Math.max(0, at - 32), at)) || rejected.test(text.slice(at + 1));
/** The option whose text the reply is, or the only one whose text it contains. */
function byText(reply, options) {
    const said = normalizeAnswer(reply);
    if (!said)
        return undefined;
    const wanted = options.map(normalizeAnswer);
    const equal = wanted.indexOf(said);
    if (equal >= 0)
        return wanted.lastIndexOf(said) === equal ? LETTERS[equal] : undefined;
    const spans = wanted.flatMap((option, i) => {
        if (!option)
            return [];
        const edge = /\p{Script=Han}/u.test(option) ? '' : '(?<![\\p{L}\\p{N}])';
        const close = edge ? '(?![\\p{L}\\p{N}])' : '';
        const pattern = new RegExp(`${edge}${option.replace(/[.*+?^${}()|[\]\\-]/g, '\\$&')}${close}`, 'gu');
        return Array.from(said.matchAll(pattern), (m) => ({ i, start: m.index, end: m.index + m[0].length })).filter((span) => !denial.test(said.slice(Math.max(0, span.start - 64), span.start).trimEnd()));
    });
    // "dark red" contains "red": the longer one is meant.
    const outer = spans.filter((a) => !spans.some((b) => b.i !== a.i && b.start <= a.start && b.end >= a.end && b.end - b.start > a.end - a.start));
    const chosen = new Set(outer.map((span) => span.i));
    return chosen.size === 1 ? LETTERS[[...chosen][0]] : undefined;
}
/** The only letter that stands by itself in the reply and is not ruled out. */
function lone(text, letters) {
    const found = new Set();
    const out = new Set();
    for (const m of text.matchAll(/(?<![\p{Script=Latin}\p{N}'])([A-Z])(?![\p{Script=Latin}\p{N}'])/gu)) {
        const letter = m[1];
        if (!letters.includes(letter))
            continue;
        const after = text.slice(m.index + 1);
        if ((letter === 'A' || letter === 'I') && new RegExp(`^\\s+(?!(?:${afterLetter})\\b)[\\p{L}]`, 'u').test(after))
            continue;
        (ruledOut(text, m.index) ? out : found).add(letter);
    }
    const left = [...found].filter((letter) => !out.has(letter));
    return left.length === 1 ? left[0] : undefined;
}
/** The letter of the conclusion: "That leaves C.", "So it must be B." */
function concluded(text, letters) {
    const found = /\b(?:leav(?:es|ing)|left with|only remaining|remaining option is)\s+(?:us with\s+|only\s+|just\s+)?(?:option\s+)?\(?([A-Z])\)?(?![\p{L}\p{N}'])(?!\s*(?:,|and|or)\s*\(?[A-Z]\b)/u.exec(text) ??
        /(?:\b(?:so|therefore|thus|hence)\b|所以|因此)[\s,，:]*(?:(?:it|that|the (?:answer|choice))\s*(?:is|'s|must be|has to be|should be)\s+|(?:i\s+(?:choose|pick|go with)\s+)|选)?\(?([A-Z])\)?\s*[.!。]?\s*$/iu.exec(text);
    const letter = (found?.[1] ?? '').toUpperCase();
    return letter && letters.includes(letter) ? letter : undefined;
}
const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth'];
/** "The first option", "the last one". */
function ordinal(text, letters) {
    const found = Array.from(text
        .toLowerCase()
        .matchAll(/\b(?:the |option )?(first|second|third|fourth|fifth|sixth|last) (?:option|choice|one|answer|description|statement)\b/g));
    const left = found.filter((m) => !denial.test(text.slice(Math.max(0, m.index - 64), m.index)));
    const words = new Set(left.map((m) => m[1]));
    if (words.size !== 1)
        return undefined;
    const [word] = words;
    return word === 'last' ? letters.at(-1) : letters[ORDINALS.indexOf(word)];
}
/** Accuracy over lettered questions with its Wilson interval; replies that choose nothing are wrong and counted as `unknown`. */
export function choiceAccuracy(records) {
    let [right, unknown, n] = [0, 0, 0];
    for (const { reply, truth, options } of records) {
        n++;
        const chosen = parseChoice(reply, options);
        if (chosen === 'unknown')
            unknown++;
        else if (chosen === truth.trim().toUpperCase())
            right++;
    }
    return { ...proportion(right, n), unknown };
}
//# sourceMappingURL=choice.js.map