// Replies of teachers: read, refused where they refuse or repeat themselves, compared with what there is already.
import { commonLength } from '../../util/common-subsequence.js';
const LABEL = /^\s*(?:[-*\d.)\s]*)(?:\*\*)?(Question|Answer|问题|问|回答|答案|答|Q|A)(?:\*\*)?\s*[:：](?:\*\*)?\s*/i;
const asks = (label) => /^(question|q|问题|问)$/i.test(label);
/** Pairs of lines `Question:` and `Answer:`, each of which may go on over several lines; undefined where there is none, or a question stays open. */
export function parsePairs(reply) {
    const pairs = [];
    let part;
    for (const line of reply.split('\n')) {
        const match = LABEL.exec(line);
        const text = match ? line.slice(match[0].length) : line;
        if (match && asks(match[1])) {
            pairs.push({ question: text, answer: '' });
            part = 'question';
        }
        else if (match && part) {
            part = 'answer';
            const last = pairs.at(-1);
            last.answer = last.answer === '' ? text : `${last.answer}\n${text}`;
        }
        else if (part) {
            const last = pairs.at(-1);
            last[part] += `\n${text}`;
        }
    }
    const trimmed = pairs.map(({ question, answer }) => ({ question: question.trim(), answer: answer.trim() }));
    return trimmed.length > 0 && trimmed.every(({ question, answer }) => question && answer) ? trimmed : undefined;
}
/** A reply that is one text: without quotes around it; undefined where nothing is left. */
export function parseText(reply) {
    const text = reply
        .trim()
        .replace(/^(["“])([\s\S]*)(["”])$/, '$2')
        .trim();
    return text === '' ? undefined : text;
}
const REFUSALS = [
    /^(?:i['’]?m|i am)?\s*(?:sorry|unable|afraid)\b/i,
    /^(?:i|we) (?:can(?:no|['’])t|cannot|do not have|don['’]t have)\b/i,
    /\bas an? (?:ai|language model|artificial intelligence)\b/i,
    /\bi (?:can(?:no|['’])t|cannot|am unable to|['’]m unable to) (?:see|view|access|assist|help|provide|process)\b/i,
    /^(?:抱歉|对不起|很抱歉)/,
    /我(?:无法|不能)(?:看到|查看|提供|协助|处理)/,
    /作为(?:一个)?(?:AI|人工智能|语言模型)/i,
];
/** Whether a reply refuses instead of answering. */
export const isRefusal = (reply) => REFUSALS.some((pattern) => pattern.test(reply.trim()));
/** Words of a text; a Chinese character is one. */
export const wordsOf = (text) => text.toLowerCase().match(/\p{Script=Han}|[\p{L}\p{N}']+/gu) ?? [];
/**
 * Whether a text repeats itself, as small models and broken decoding do: a sentence of four words or more that comes twice, or a run of up to
 * eight words that comes four times on end (MiniGPT-4's second curation step).
 */
export function repeats(text) {
    const sentences = text.split(/(?<=[.!?。！？])\s*|\n+/).map((sentence) => wordsOf(sentence).join(' '));
    const long = sentences.filter((sentence) => sentence.split(' ').length >= 4);
    if (new Set(long).size < long.length)
        return true;
    const words = wordsOf(text);
    for (let n = 1; n <= 8; n++)
        for (let i = 0, run = 0; i + n < words.length; i++) {
            run = words[i] === words[i + n] ? run + 1 : 0;
            // A sum such as 1 + 1 + 1 + 1 repeats nothing.
            if (run >= 3 * n && words.slice(i + 1, i + 1 + n).some((word) => !/^\d+$/.test(word)))
                return true;
        }
    return false;
}
/** ROUGE-L of two lists of words, precision and recall alike: what self-instruct compares instructions by. */
export function likeness(a, b) {
    const common = commonLength(a, b);
    return common === 0 ? 0 : (2 * common) / (a.length + b.length);
}
/** Words of an instruction that are compared. */
const COMPARED = 64;
/** Instructions that were kept, which new ones must differ from. */
export class Instructions {
    most;
    kept = [];
    /** Of each occurrence of a word (`dog`, the second `dog` …) the kept instructions that have it: what two share bounds their common subsequence. */
    having = new Map();
    constructor(
    /** From this likeness on two are the same: 0.7 in self-instruct (Wang et al. 2023, arXiv:2212.10560). */
    most = 0.7) {
        this.most = most;
    }
    /** Keeps an instruction unless it is like one that was kept; whether it was. */
    add(text) {
        const words = wordsOf(text).slice(0, COMPARED);
        const seen = new Map();
        const shared = new Map();
        const lists = words.map((word) => {
            const n = (seen.get(word) ?? 0) + 1;
            seen.set(word, n);
            const key = `${word} ${n}`;
            const list = this.having.get(key) ?? [];
            this.having.set(key, list);
            for (const id of list)
                shared.set(id, (shared.get(id) ?? 0) + 1);
            return list;
        });
        for (const [id, n] of shared) {
            const other = this.kept[id];
            if ((2 * n) / (words.length + other.length) >= this.most && likeness(words, other) >= this.most)
                return false;
        }
        const id = this.kept.push(words) - 1;
        for (const list of lists)
            list.push(id);
        return true;
    }
}
//# sourceMappingURL=parse.js.map