// Messages as `{from, value}` turns with marks, and short rows for plain pairs: what several writers share.
import { mediaOf } from '../dataset.js';
import { MARKS } from '../dialogue.js';
import { markedText } from '../marks.js';
/** Names of roles in LLaVA's and ShareGPT's rows. */
const FROM = { user: 'human', assistant: 'gpt', tool: 'observation' };
/** A call with nothing but its name and arguments, which a turn of its own can hold. */
const isPlainCall = (call) => {
    const { type, function: named, ...rest } = (call ?? {});
    const { name, arguments: given, ...others } = (named ?? {});
    return type === 'function' && typeof name === 'string' && given !== undefined && Object.keys({ ...rest, ...others }).length === 0;
};
/** The calls of a message as the text of a turn; undefined where a turn cannot hold them. */
function callText({ content, tool_calls: calls }) {
    if (content !== null || !Array.isArray(calls) || !calls.every(isPlainCall))
        return undefined;
    const plain = calls.map(({ function: named }) => named);
    return JSON.stringify(plain.length === 1 ? plain[0] : plain);
}
/** Turns under the names of a family of formats: `keys` of a turn, `call` the role of calls of tools. */
export function turnsOf({ messages }, { keys, names, call, text = markedText, }) {
    const [who, what] = keys;
    return messages.map((message) => {
        const { role, content, marked: _, ...rest } = message;
        const calls = callText(message);
        if (calls !== undefined) {
            const { tool_calls: __, ...others } = rest;
            return { [who]: call, [what]: calls, ...others };
        }
        return { [who]: names[role] ?? role, [what]: content === null ? null : text(message), ...rest };
    });
}
/** LLaVA's and ShareGPT's turns. */
export const fromValueTurns = (conversation) => turnsOf(conversation, { keys: ['from', 'value'], names: FROM, call: 'function_call' });
/** One question and its answer with all media before the question: what plain columns can hold. Undefined for anything else. */
export function plainPair(conversation) {
    const [user, assistant, ...more] = conversation.messages;
    if (more.length > 0 || user?.role !== 'user' || assistant?.role !== 'assistant' || conversation.tools)
        return undefined;
    if (Object.keys(user).length > 2 || Object.keys(assistant).length > 2 || typeof assistant.content !== 'string')
        return undefined;
    const parts = typeof user.content === 'string' ? [{ type: 'text', text: user.content }] : (user.content ?? []);
    const texts = parts.filter((part) => part.type === 'text');
    const [last] = texts;
    const media = mediaOf(conversation);
    const types = new Set(media.map(({ type }) => type));
    // Details of a part, such as `detail: 'low'`, have no column.
    if (media.some((part) => Object.keys(part).length > 3) || types.size > 1)
        return undefined;
    if (texts.length !== 1 || parts.at(-1) !== last || last?.type !== 'text' || last.text.trim() === '')
        return undefined;
    const question = last.text;
    return Object.values(MARKS).some((mark) => question.includes(mark)) ? undefined : { question, answer: assistant.content };
}
//# sourceMappingURL=turns.js.map