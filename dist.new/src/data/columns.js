// A record of plain columns as a conversation: a question with its answer, a caption or a label, beside an image.
import { extraOf, idOf, mediaBeside, placeMedia } from './dialogue.js';
import { RowError, shorten } from './row.js';
import { checkTurns, hasContent } from './turns.js';
/** Names of columns, in order of preference. */
const PATHS = ['file_name', 'file_names', 'image_path', 'image_file', 'img_path', 'filename', 'filepath', 'img', 'path'];
const QUESTIONS = ['question', 'query', 'prompt', 'instruction'];
const ANSWERS = ['multiple_choice_answer', 'answer', 'answers', 'response', 'output'];
const CAPTIONS = ['caption', 'captions', 'text', 'description', 'sentences'];
const LABELS = ['label', 'class', 'category'];
const CHOICES = ['choices', 'options'];
/** What an instruction is about, on lines of its own behind it (Alpaca, Dolly). */
const INPUTS = ['input', 'context'];
const present = (record, keys) => keys.find((key) => hasContent(record[key]));
/** What the columns of a record are, undefined for none of the known ones. Text without an image or a question is not a caption. */
export function columnsKind(record) {
    const has = (keys) => keys.some((key) => key in record);
    const media = has(['image', 'images', 'video', 'videos', ...PATHS]);
    if (has(QUESTIONS) && (has(ANSWERS) || (media && has([...CAPTIONS, ...LABELS]))))
        return media || has(['question', 'instruction', 'query']) ? 'question' : undefined;
    if (media && has(CAPTIONS))
        return 'caption';
    return media && has(LABELS) ? 'label' : undefined;
}
/** Questions of rows that have none. */
const PROMPTS = { caption: 'Describe the image.', label: 'What is in the image?' };
/**
 * Reads `image` (or `file_name`, …) with `question` and `answer` (or `answers`: the most frequent one), with `caption` (or `text`, …: of
 * several, the first), or with `label`. `choices` become lettered lines of the question. Media stand before the question unless it has
 * marks. Throws `RowError`.
 */
export function readColumns(record, context, options = {}) {
    const { at } = context;
    const bad = (key, expected, got) => new RowError(at, key, `malformed "${key}"`, { expected, got: shorten(got) });
    const path = present(record, PATHS);
    const hasMedia = ['image', 'images', 'video', 'videos'].some((key) => hasContent(record[key]));
    const isMany = path === 'file_names';
    const beside = mediaBeside(!hasMedia && path ? { [isMany ? 'images' : 'image']: record[path] } : record, context);
    if (!hasMedia && path)
        for (const named of beside)
            for (const entry of named.entries)
                entry.key = isMany ? entry.key.replace('images', path) : path;
    const questionKey = present(record, QUESTIONS);
    const answerKey = present(record, questionKey ? [...ANSWERS, ...CAPTIONS, ...LABELS] : [...CAPTIONS, ...LABELS, ...ANSWERS]);
    const kind = answerKey !== undefined && LABELS.includes(answerKey) ? 'label' : 'caption';
    if (answerKey === undefined) {
        const key = [...ANSWERS, ...CAPTIONS, ...LABELS].find((name) => name in record) ?? 'answer';
        throw new RowError(at, key, 'an empty reply', { expected: 'text for the model to learn', got: shorten(record[key]) });
    }
    const question = questionKey === undefined ? (options.prompt ?? PROMPTS[kind]) : record[questionKey];
    if (typeof question !== 'string')
        throw bad(questionKey, 'a string', question);
    const lettered = questionKey === undefined ? [] : letteredChoices(record, record[answerKey]);
    const choiceKey = lettered.length > 0 ? undefined : present(record, CHOICES);
    const choices = lettered.length > 0 ? lettered : choiceKey === undefined ? undefined : choiceList(record[choiceKey]);
    const isChoice = questionKey !== undefined && Array.isArray(choices) && choices.every((choice) => typeof choice === 'string');
    if (questionKey !== undefined && typeof choices === 'string')
        throw bad(choiceKey, 'a list of choices', choices);
    const answer = isChoice ? choiceAnswer(record[answerKey], choices) : textAnswer(record[answerKey]);
    if (answer === undefined)
        throw bad(answerKey, isChoice ? `a choice of ${choices.length}` : 'a string, a number or a list of them', record[answerKey]);
    const inputKey = questionKey === 'instruction' ? present(record, INPUTS) : undefined;
    const about = inputKey === undefined ? undefined : record[inputKey];
    const turns = [
        ...historyOf(record.history, bad),
        {
            role: 'user',
            pieces: [
                { type: 'text', text: isChoice ? withChoices(question, choices) : typeof about === 'string' ? `${question}\n${about}` : question },
            ],
            key: questionKey ?? 'prompt',
            rest: {},
        },
        { role: 'assistant', pieces: [{ type: 'text', text: answer }], key: answerKey, rest: {} },
    ];
    const { system } = record;
    if (typeof system === 'string' && system)
        turns.unshift({ role: 'system', pieces: [{ type: 'text', text: system }], key: 'system', rest: {} });
    checkTurns(turns, answerKey, context, record[answerKey]);
    const used = new Set(['id', 'system', 'image', 'images', 'video', 'videos', ...(hasMedia || !path ? [] : [path])]);
    for (const key of [questionKey, isChoice ? choiceKey : undefined])
        if (key)
            used.add(key);
    lettered.forEach((_, i) => void used.add(letter(i)));
    if (questionKey === 'instruction')
        for (const key of INPUTS)
            if (key === inputKey || !hasContent(record[key]))
                used.add(key);
    used.add('history');
    // Of several answers one is learned: the others stay beside the conversation.
    if (!Array.isArray(record[answerKey]))
        used.add(answerKey);
    const messages = placeMedia(turns, beside, questionKey ?? 'prompt', context, { unmarked: undefined });
    return { id: idOf(record, context), messages, ...extraOf(record, used), at };
}
/** Earlier questions and replies, as pairs (Alpaca, ms-swift). */
function historyOf(history, bad) {
    if (!hasContent(history))
        return [];
    const isPair = (pair) => Array.isArray(pair) && pair.length === 2 && pair.every((text) => typeof text === 'string');
    if (!Array.isArray(history) || !history.every(isPair))
        throw bad('history', 'pairs of a question and a reply', history);
    const turn = (role, text, key) => ({
        role,
        pieces: [{ type: 'text', text }],
        key,
        rest: {},
    });
    return history.flatMap(([q, a], i) => [turn('user', q, `history[${i}][0]`), turn('assistant', a, `history[${i}][1]`)]);
}
const letter = (i) => String.fromCharCode(65 + i);
/** The choices of a table that has a column for each, `A`, `B` and so on, where the answer is one of them; none otherwise (MMBench). */
function letteredChoices(record, answer) {
    const choices = [];
    for (let i = 0; hasContent(record[letter(i)]); i++)
        choices.push(String(record[letter(i)]));
    return choices.length > 1 && choiceAnswer(answer, choices) !== undefined ? choices : [];
}
/** A list of choices, also one that was written as text, in JSON or as Python prints it (MMMU). */
function choiceList(given) {
    if (typeof given !== 'string' || !/^\s*\[.*\]\s*$/s.test(given))
        return given;
    const texts = [...given.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g)];
    const between = given.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g, '').replace(/[\s,[\]]/g, '');
    return between === '' && texts.length > 0 ? texts.map(([, one, two]) => (one ?? two ?? '').replace(/\\(.)/g, '$1')) : given;
}
const withChoices = (question, choices) => [question, ...choices.map((choice, i) => `${letter(i)}. ${choice}`)].join('\n');
/** The letter of the right choice, given by number from 0, by letter or in full. */
function choiceAnswer(answer, choices) {
    const given = typeof answer === 'bigint' ? Number(answer) : answer;
    if (typeof given === 'number')
        return Number.isInteger(given) && given >= 0 && given < choices.length ? letter(given) : undefined;
    if (typeof given !== 'string')
        return undefined;
    const text = given.trim();
    const i = choices.indexOf(given) >= 0 ? choices.indexOf(given) : choices.map((_, k) => letter(k)).indexOf(text.toUpperCase());
    if (i >= 0)
        return letter(i);
    return /^\d+$/.test(text) ? choiceAnswer(Number(text), choices) : undefined;
}
/** A reply in words; of a list, the most frequent entry, the first of equals (VQA gives ten answers to a question). */
function textAnswer(answer) {
    if (typeof answer === 'string')
        return answer;
    if (typeof answer === 'number' || typeof answer === 'bigint' || typeof answer === 'boolean')
        return String(answer);
    if (!Array.isArray(answer))
        return undefined;
    const texts = answer.map((entry) => {
        const { answer: inner, raw, caption } = (typeof entry === 'object' && entry !== null ? entry : {});
        return textAnswer(inner ?? raw ?? caption ?? (typeof entry === 'object' ? undefined : entry));
    });
    if (texts.some((text) => text === undefined))
        return undefined;
    const counts = new Map();
    for (const text of texts)
        counts.set(text, (counts.get(text) ?? 0) + 1);
    const most = Math.max(...counts.values());
    return [...counts].find(([, n]) => n === most)?.[0];
}
//# sourceMappingURL=columns.js.map