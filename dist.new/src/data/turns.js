// The turns of a dialogue as rows have them: roles, texts, parts, tool calls; the pictures and videos inside them.
import { mediaEntry } from './media-entry.js';
import { RowError, shorten } from './row.js';
const roles = {
    system: 'system',
    developer: 'developer',
    human: 'user',
    user: 'user',
    prompter: 'user',
    gpt: 'assistant',
    assistant: 'assistant',
    chatgpt: 'assistant',
    bing: 'assistant',
    bard: 'assistant',
    model: 'assistant',
    claude: 'assistant',
    bot: 'assistant',
    ai: 'assistant',
    function_call: 'call',
    tool_call: 'call',
    tool: 'tool',
    observation: 'tool',
    function_response: 'tool',
    tool_response: 'tool',
};
/** The role that a name of a turn's author means; undefined for none. Calls of tools are the assistant's. */
export function roleNamed(who) {
    const role = typeof who === 'string' && Object.hasOwn(roles, who.toLowerCase()) ? roles[who.toLowerCase()] : undefined;
    return role === 'call' ? 'assistant' : role;
}
/** True for a key that holds something. */
export const hasContent = (value) => value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0);
/** The errors of one row. */
export const badKey = ({ at }) => (key, expected, got, hint) => new RowError(at, key, `malformed "${key}"`, { expected, got: shorten(got), hint });
/** Reads `{from, value}` or `{role, content}`. Throws `RowError` with the key. */
export function readTurn(turn, key, context) {
    const bad = badKey(context);
    if (typeof turn !== 'object' || turn === null || Array.isArray(turn))
        throw bad(key, 'an object with "from" and "value"', turn);
    const { from, role: given, value, content, ...rest } = turn;
    const who = from ?? given;
    const role = typeof who === 'string' && Object.hasOwn(roles, who.toLowerCase()) ? roles[who.toLowerCase()] : undefined;
    if (!role)
        throw bad(`${key}.${from === undefined && given !== undefined ? 'role' : 'from'}`, '"human", "gpt" or "system" (or "user", "assistant")', who);
    if (hasContent(rest.function_call))
        throw bad(`${key}.function_call`, 'calls of tools in tool_calls', rest.function_call, 'Write it as tool_calls: [{type: "function", function: …}]');
    // Parquet and Arrow give every turn every key, null where it has none.
    for (const name of ['weight', 'loss'])
        if (rest[name] === null)
            delete rest[name];
    if (role === 'assistant' && ![undefined, 0, 1].includes(rest.weight))
        throw bad(`${key}.weight`, '0 for a reply that is not learned, or 1', rest.weight);
    if (role === 'assistant' && ![undefined, true, false].includes(rest.loss))
        throw bad(`${key}.loss`, 'false for a reply that is not learned, or true', rest.loss);
    const text = value ?? content;
    const textKey = `${key}.${value === undefined && (content !== undefined || from === undefined) ? 'content' : 'value'}`;
    if (role === 'call')
        return { role: 'assistant', pieces: undefined, key, rest: { ...rest, tool_calls: callsOf(text, textKey, bad) } };
    for (const name of ['tool_calls', 'function_call'])
        if (!hasContent(rest[name]))
            delete rest[name];
    if (rest.tool_calls !== undefined && (role !== 'assistant' || !Array.isArray(rest.tool_calls)))
        throw bad(`${key}.tool_calls`, 'a list of calls in a message of the assistant', rest.tool_calls);
    if ((text === null || text === undefined) && rest.tool_calls !== undefined)
        return { role, pieces: undefined, key, rest };
    if (typeof text === 'string')
        return { role, pieces: [{ type: 'text', text }], key, rest };
    if (!Array.isArray(text))
        throw bad(textKey, 'a string', value === undefined ? content : value);
    return { role, key, rest, pieces: text.map((part, k) => readPart(part, `${textKey}[${k}]`, context)) };
}
/** ShareGPT's `function_call` turns: JSON of one call or a list, `{name, arguments}`. */
function callsOf(text, key, bad) {
    let value = text;
    if (typeof text === 'string')
        try {
            value = JSON.parse(text);
        }
        catch {
            throw bad(key, 'a call as JSON: {"name": …, "arguments": …}', text);
        }
    const calls = Array.isArray(value) ? value : [value];
    return calls.map((call) => {
        const { name, arguments: given } = (call ?? {});
        if (typeof name !== 'string' || given === undefined)
            throw bad(key, 'a call as JSON: {"name": …, "arguments": …}', text);
        return { type: 'function', function: { name, arguments: given } };
    });
}
const kinds = {
    image: 'image',
    image_url: 'image',
    input_image: 'image',
    video: 'video',
    video_url: 'video',
};
/** Names of parts of text: of the chat API, and of the API of responses. */
const TEXTS = new Set(['text', 'input_text', 'output_text']);
function readPart(part, key, context) {
    const bad = badKey(context);
    if (typeof part === 'string')
        return { type: 'text', text: part };
    const { type, ...rest } = (part ?? {});
    if (TEXTS.has(type) || (type === undefined && typeof rest.text === 'string')) {
        if (typeof rest.text !== 'string')
            throw bad(`${key}.text`, 'a string', rest.text);
        return { type: 'text', text: rest.text };
    }
    const media = typeof type === 'string' && Object.hasOwn(kinds, type) ? kinds[type] : undefined;
    if (!media)
        throw bad(key, 'a text, an image or a video', part);
    // Parquet and Arrow give every part every key, null where it has none.
    const filled = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null && value !== undefined));
    const { image, video, url, path, source, base64, image_url, video_url, text: _, ...others } = filled;
    const link = image_url ?? video_url;
    const { url: linked, ...detail } = (typeof link === 'object' && link !== null ? link : { url: link });
    const entry = (media === 'image' ? image : video) ?? linked ?? source ?? url ?? path ?? (typeof base64 === 'string' ? { bytes: base64 } : undefined);
    const extra = { ...others, ...detail };
    // {"type": "image"} alone stands for the next file beside the dialogue.
    if (entry === undefined || entry === null)
        return { type: 'mark', media, rest: extra };
    return { type: 'media', media, key, entry: mediaEntry(entry, media, key, context), rest: extra };
}
/** A dialogue needs a reply to something, and no reply may be empty; who begins, repeats or ends is free. `list`: the key of the turns. */
export function checkTurns(turns, list, { at }, given) {
    const bad = (key, expected, got) => new RowError(at, key, `malformed "${key}"`, { expected, got: shorten(got) });
    const asked = turns.findIndex((turn) => turn.role === 'user');
    const replied = turns.findLastIndex((turn) => turn.role === 'assistant');
    if (replied < 0)
        throw bad(list, 'a reply of the model (most rows have an even number of turns, human then gpt)', given);
    if (asked < 0 || asked > replied)
        throw bad(`${turns[replied]?.key}.from`, '"human" somewhere before the last reply: nothing was asked', turns[replied]?.role);
    const late = turns.findIndex((turn, i) => (turn.role === 'system' || turn.role === 'developer') && i > 0);
    if (late > 0)
        throw bad(`${turns[late]?.key}.from`, '"system" as the first turn only', turns[late]?.role);
    const empty = turns.find(({ role, pieces, rest }) => role === 'assistant' && rest.tool_calls === undefined && (pieces ?? []).every((piece) => piece.type === 'text' && !piece.text.trim()));
    if (empty)
        throw new RowError(at, empty.key, 'an empty reply', { expected: 'text for the model to learn', got: 'none' });
}
//# sourceMappingURL=turns.js.map