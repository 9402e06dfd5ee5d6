// TRL's columns as a conversation: `prompt` with `completion`, or with `chosen` and `rejected`, as texts or as lists of messages.
import { DIALOGUE_KEYS, extraOf, idOf, mediaBeside, placeMedia, toolsOf } from './dialogue.js';
import { badKey, checkTurns, hasContent, readTurn, roleNamed } from './turns.js';
/** Keys of the prompt of a preference; that of a completion is `prompt`. */
const PROMPTS = ['prompt', 'question', 'instruction', ...DIALOGUE_KEYS];
const promptKey = (record) => PROMPTS.find((key) => hasContent(record[key]));
const isPreference = (record) => hasContent(record.chosen) && hasContent(record.rejected);
/**
 * True for a record in these columns. A preference may have whole conversations in `chosen` and `rejected`, and no prompt; or a dialogue
 * without its last reply in the place of one.
 */
export function isPrompt(record) {
    const dialogue = DIALOGUE_KEYS.map((key) => record[key]).find(hasContent);
    if (dialogue !== undefined)
        return isPreference(record) && isMessages(dialogue) && authorOf(dialogue.at(-1)) !== 'assistant';
    if (hasContent(record.prompt))
        return ['completion', 'chosen'].some((key) => key in record);
    return isPreference(record) && (isMessages(record.chosen) || promptKey(record) !== undefined);
}
/** True for the columns of a table of such rows. */
export const hasPromptColumns = (names) => names.includes('prompt')
    ? names.includes('completion') || names.includes('chosen')
    : names.includes('chosen') && names.includes('rejected');
const authorOf = (turn) => {
    const { role, from } = (turn ?? {});
    return roleNamed(from ?? role);
};
const isTurn = (turn) => typeof turn === 'object' && turn !== null && ('role' in turn || 'from' in turn);
const isMessages = (value) => Array.isArray(value) && value.length > 0 && value.every(isTurn);
/**
 * Reads one row: the prompt, then the completion or the chosen reply. A prompt that is a text is what a user says; one that a chosen
 * conversation repeats is left out. What was rejected stays in `extra`, as it is; `rejectedReply` reads it. Throws `RowError`.
 */
export function readPrompt(record, context) {
    const bad = badKey(context);
    const replyKey = hasContent(record.completion) || !('chosen' in record) ? 'completion' : 'chosen';
    const turnsIn = (key, role) => {
        const value = record[key];
        if (typeof value === 'string')
            return [{ role, pieces: [{ type: 'text', text: value }], key, rest: {} }];
        if (isTurn(value))
            return [readTurn(value, key, context)];
        if (!isMessages(value))
            throw bad(key, 'a text or a list of messages', value);
        return value.map((turn, i) => readTurn(turn, `${key}[${i}]`, context));
    };
    const asked = promptKey(record);
    const reply = turnsIn(replyKey, 'assistant');
    const before = asked === undefined || reply[0]?.role !== 'assistant' ? [] : turnsIn(asked, 'user');
    const prompt = replyKey === 'completion' ? before.map(notLearned) : before;
    const turns = [...prompt, ...reply];
    const { system } = record;
    if (typeof system === 'string' && system !== '' && turns[0]?.role !== 'system')
        turns.unshift({ role: 'system', pieces: [{ type: 'text', text: system }], key: 'system', rest: {} });
    checkTurns(turns, replyKey, context, record[replyKey]);
    if (hasContent(record.rejected) && rejectedText(record.rejected) === undefined)
        throw bad('rejected', 'a text, or messages that end with a reply', record.rejected);
    const tools = toolsOf(record.tools, bad);
    const used = new Set(['id', 'image', 'images', 'video', 'videos', 'tools', 'system', asked ?? 'prompt', replyKey]);
    // Columns of a table that this row has nothing in.
    for (const key of ['completion', 'chosen', 'rejected'])
        if (!hasContent(record[key]))
            used.add(key);
    const list = prompt.length > 0 ? asked : replyKey;
    return {
        id: idOf(record, context),
        messages: placeMedia(turns, mediaBeside(record, context), list, context, { unmarked: undefined }),
        ...(tools ? { tools } : {}),
        ...extraOf(record, used),
        at: context.at,
    };
}
/** A reply within a prompt: as in TRL, only the completion is learned, unless the reply says otherwise. */
function notLearned(turn) {
    const { weight, loss } = turn.rest;
    return turn.role !== 'assistant' || weight !== undefined || loss !== undefined ? turn : { ...turn, rest: { ...turn.rest, weight: 0 } };
}
/** Keys of a row that hold the reply that was not preferred: ms-swift's, and TRL's. */
const REJECTED = ['rejected_response', 'rejected'];
/** The text of the reply that was not preferred, undefined where a row has none. */
export function rejectedReply({ extra = {} }) {
    return REJECTED.map((key) => rejectedText(extra[key])).find((text) => text !== undefined);
}
function rejectedText(value) {
    if (typeof value === 'string')
        return value.trim() === '' ? undefined : value;
    const last = isMessages(value) ? value.at(-1) : value;
    if (!isTurn(last) || authorOf(last) !== 'assistant')
        return undefined;
    const { content, value: words = content } = last;
    const parts = Array.isArray(words) ? words.map(({ text }) => text ?? '') : [words];
    const text = parts.every((part) => typeof part === 'string') ? parts.join('') : '';
    return text.trim() === '' ? undefined : text;
}
//# sourceMappingURL=prompts.js.map