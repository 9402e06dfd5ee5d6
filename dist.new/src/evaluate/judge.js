// Judges: text in, text out. Any responder is one; replies that give no score are counted and never taken for one.
import { readable, withoutThinking } from './reply.js';
/** Longest reply of a judge in tokens. */
const MAX_TOKENS = 512;
/**
 * A model, or anything else that replies to conversations, as a judge; `messages`: the conversation that a prompt becomes. A prompt without a
 * reply has the empty one, which counts as unreadable.
 */
export const judgeOf = (name, responder, messages = (content) => [{ role: 'user', content }]) => ({
    name,
    replies: async (prompts, { signal, onReply } = {}) => {
        const replies = await responder.replies(prompts.map(messages), { maxTokens: MAX_TOKENS, signal, onReply });
        return replies.map((reply) => reply ?? '');
    },
});
/** The numbers of a judge's reply by name (`rating: 4`), within a range; undefined where the name is missing or the number out of range. */
export function namedNumber(reply, name, [low, high]) {
    const text = readable(withoutThinking(reply)).replace(/[*_`"]/g, '');
    const found = Array.from(text.matchAll(new RegExp(`\\b${name}\\s*(?:score)?\\s*(?:[:=]|is|of)\\s*(-?\\d+(?:\\.\\d+)?)`, 'gi'))).at(-1)?.[1];
    const value = found === undefined ? Number.NaN : Number(found);
    return value >= low && value <= high ? value : undefined;
}
/** Two numbers behind a name (`accuracy: 4 9`, `4/10, 9/10`), within a range; undefined where they are not there. `name` is the source of a pattern. */
export function namedPair(reply, name, [low, high]) {
    const text = readable(withoutThinking(reply)).replace(/[*_`"]/g, '');
    const number = '(\\d+(?:\\.\\d+)?)(?:\\s{0,3}/\\s{0,3}10)?';
    const found = Array.from(text.matchAll(new RegExp(`\\b${name}[^\\d\\n]{0,40}${number}[,;\\s]{1,6}${number}(?![\\d.]*\\d)`, 'gi'))).at(-1);
    const pair = [Number(found?.[1]), Number(found?.[2])];
    return pair.every((value) => value >= low && value <= high) ? pair : undefined;
}
/** Two numbers that begin a reply, as judges of pairs give them (`8 6`, `8, 6`, `8/10 6/10`); undefined where they are not there. */
export function leadingPair(reply, [low, high]) {
    const first = readable(withoutThinking(reply))
        .split('\n')
        .find((line) => line.trim() !== '');
    const numbers = Array.from((first ?? '').matchAll(/(?<![\d.])(\d+(?:\.\d+)?)(?:\s*\/\s*10)?(?![\d.]*\d)/g), (m) => Number(m[1]));
    const [a, b] = numbers;
    return numbers.length === 2 && [a, b].every((x) => x >= low && x <= high)
        ? [a, b]
        : undefined;
}
/** The mean of what several replies of a judge give; undefined where none can be read. */
export function meanVerdict(replies, read) {
    const values = replies.map(read).filter((value) => value !== undefined);
    return values.length === 0 ? undefined : values.reduce((a, b) => a + b, 0) / values.length;
}
//# sourceMappingURL=judge.js.map