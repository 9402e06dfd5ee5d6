// A record with turns as a conversation: LLaVA's keys and the names that other tools write for them.
import { mediaEntry } from './media-entry.js';
import { placeObjects } from './objects.js';
import { assertNoName, assertNoOtherMark } from './other-marks.js';
import { RowError, shorten } from './row.js';
import { badKey, checkTurns, hasContent, readTurn } from './turns.js';
/** Keys that hold the turns of a dialogue. */
export const DIALOGUE_KEYS = ['conversations', 'messages', 'conversation', 'dialogue'];
/** Other names of the keys `image` and `video`, where a row has neither nor a list. */
const OTHER_NAMES = {
    image: ['image_path', 'image_paths', 'image_file', 'img_path', 'img'],
    video: ['video_path', 'video_paths'],
};
/** Keys of files that are not read. */
const SOUNDS = ['audio', 'audios', 'sound'];
/** What stands in the text where a picture or video stands. */
export const MARKS = { image: '<image>', video: '<video>' };
/** The id of a row, or its number. */
export function idOf(record, context) {
    const { id } = record;
    if (id === undefined || id === null)
        return String(context.at.row);
    if (!['string', 'number', 'bigint'].includes(typeof id))
        throw badKey(context)('id', 'a string', id);
    return String(id);
}
/** The files that a row names beside its dialogue. Throws `RowError` for both of two keys, and for sounds. */
export function mediaBeside(record, context) {
    for (const key of SOUNDS)
        if (hasContent(record[key]))
            throw new RowError(context.at, key, `rows with "${key}" are not read`, {
                expected: 'text, images and videos',
                got: record[key],
                hint: 'Leave these rows out (--skip-bad)',
            });
    return ['image', 'video'].map((media) => {
        const [one, many] = [media, `${media}s`];
        const other = OTHER_NAMES[media].find((name) => hasContent(record[name]));
        if (hasContent(record[one]) && hasContent(record[many]) && shorten(record[one]) !== shorten(record[many]))
            throw badKey(context)(many, `either "${one}" or "${many}"`, record[many]);
        const key = hasContent(record[one]) ? one : hasContent(record[many]) ? many : (other ?? many);
        const value = record[key];
        const list = !hasContent(value) ? [] : Array.isArray(value) ? value : [value];
        const entries = list.map((given, i) => {
            const name = list.length > 1 || (key !== one && Array.isArray(value)) ? `${key}[${i}]` : key;
            return { key: name, entry: mediaEntry(given, media, name, context) };
        });
        return { media, key, entries };
    });
}
/**
 * Reads a record with turns: `conversations` (or `messages`) of `{from, value}` (or `{role, content}`), `image`, `images`, `video`, `videos`,
 * `id`, `system`, `tools`. `<image>` and `<video>` stand where the files stand, in the turns of the user, or in all turns where the numbers
 * say so. Throws `RowError` with file, row and key. Files are not looked up.
 */
export function readDialogue(record, context) {
    const bad = badKey(context);
    const { at } = context;
    const id = idOf(record, context);
    const beside = mediaBeside(record, context);
    const list = DIALOGUE_KEYS.find((key) => record[key] !== undefined && record[key] !== null);
    if (list === undefined)
        throw new RowError(at, 'conversations', 'the row has nothing that can be asked and answered', {
            expected: 'turns in "conversations" or "messages", a prompt with its completion, a question with its answer, or an image with a caption or label',
            got: `the keys ${Object.keys(record).slice(0, 12).join(', ') || '(none)'}`,
            hint: 'Write each row as {"image": "a.png", "conversations": [{"from": "human", "value": "<image>\\n…"}, {"from": "gpt", "value": "…"}]}',
        });
    const given = turnList(record[list]);
    if (!Array.isArray(given) || given.length === 0)
        throw bad(list, 'a list of turns', given);
    const turns = given.map((turn, i) => readTurn(turn, `${list}[${i}]`, context));
    const { system } = record;
    if (typeof system === 'string' && system !== '')
        turns.unshift({ role: 'system', pieces: [{ type: 'text', text: system }], key: 'system', rest: {} });
    else if (hasContent(system))
        throw bad('system', 'a string', system);
    checkTurns(turns, list, context, given);
    const placed = placeObjects(turns, record.objects, context);
    const tools = toolsOf(record.tools, bad);
    const used = new Set([
        'id',
        'system',
        'tools',
        'image',
        'images',
        'video',
        'videos',
        ...SOUNDS,
        list,
        ...beside.map(({ key }) => key),
    ]);
    return {
        id,
        messages: placeMedia(placed, beside, list, context, list === 'messages' ? { unmarked: undefined } : undefined),
        ...(tools ? { tools } : {}),
        ...extraOf(record, used),
        at,
    };
}
/** Turns as they are, or the JSON of them: tables without lists have them as text. */
function turnList(given) {
    if (typeof given !== 'string' || !/^\s*\[/.test(given))
        return given;
    try {
        return JSON.parse(given);
    }
    catch {
        return given; // what stands there is named as it is
    }
}
/** The other keys of a record, for a conversation. */
export function extraOf(record, used) {
    const extra = Object.fromEntries(Object.entries(record).filter(([key]) => !used.has(key)));
    return Object.keys(extra).length > 0 ? { extra } : {};
}
/** Tools as a list, or as JSON of one. */
export function toolsOf(given, bad) {
    if (!hasContent(given))
        return undefined;
    let tools = given;
    if (typeof given === 'string')
        try {
            tools = JSON.parse(given);
        }
        catch {
            throw bad('tools', 'a list of tools, or JSON of one', given);
        }
    if (!Array.isArray(tools))
        throw bad('tools', 'a list of tools', given);
    return tools.length > 0 ? tools : undefined;
}
/**
 * Gives the files beside a dialogue their places in it. `list`: the key of the turns, for errors. Files without any mark are an error, unless
 * `placing` says that they stand before the first question.
 */
export function placeMedia(turns, beside, list, context, placing) {
    const pieces = turns.map((turn) => turn.pieces);
    for (const named of beside) {
        const placed = placeKind(turns, pieces, named, list, context, placing);
        pieces.splice(0, pieces.length, ...placed);
    }
    return turns.map(({ role, rest }, i) => ({ role, content: contentOf(pieces[i]), ...rest }));
}
const TEXT_MARKS = { image: /<image>/g, video: /<video>/g };
function placeKind(turns, pieces, { media, key, entries }, list, { at }, placing) {
    const inside = pieces.flat().find((piece) => piece?.type === 'media' && piece.media === media);
    if (inside && entries.length)
        throw new RowError(at, key, `malformed "${key}"`, {
            expected: `${media}s either in the turns or beside them`,
            got: shorten(entries.map(({ entry }) => entry.name)),
        });
    const count = (piece) => piece.type === 'mark' ? Number(piece.media === media) : piece.type === 'text' ? (piece.text.match(TEXT_MARKS[media])?.length ?? 0) : 0;
    const total = (user) => pieces.reduce((n, list, i) => n + (user && turns[i]?.role !== 'user' ? 0 : (list ?? []).reduce((m, piece) => m + count(piece), 0)), 0);
    const [users, all] = [total(true), total(false)];
    if (inside)
        return [...pieces];
    if (placing && all === 0 && entries.length > 0) {
        assertNoOtherMark(turns, media, at);
        const first = turns.findIndex((turn) => turn.role === 'user');
        const { unmarked } = placing;
        const rest = unmarked === undefined ? {} : { [SPACE_AFTER]: unmarked };
        const before = entries.map((entry) => ({ type: 'media', media, rest, ...entry }));
        return pieces.map((list, i) => (i === first ? [...before, ...(list ?? [])] : list));
    }
    if (users !== entries.length && all !== entries.length) {
        const turn = turns.find((turn, i) => turn.role === 'user' && pieces[i]?.some((piece) => count(piece) > 0));
        if (media === 'video' && entries.length === 0)
            throw new RowError(at, turn?.key ?? list, 'a mark for a video, but the row has none', {
                got: `${all} times ${MARKS.video}`,
                hint: 'Name the files under "video", or leave these rows out (--skip-bad)',
            });
        throw new RowError(at, list, `malformed "${list}"`, {
            expected: `${entries.length} times ${MARKS[media]}, one for each ${media}`,
            got: `${all} times`,
            hint: entries.length === 0
                ? `Name the files under "${media}", or remove ${MARKS[media]} from the text`
                : `Put ${MARKS[media]} where each ${media} stands`,
        });
    }
    if (entries.length === 0) {
        assertNoName(turns, media, at);
        return [...pieces];
    }
    const everywhere = users !== entries.length;
    let next = 0;
    const used = new Set();
    // A part may say which file it is; the others take the files in order.
    const take = ({ index, ...rest }) => {
        const chosen = typeof index === 'number' && index in entries ? index : next;
        const entry = entries[chosen];
        used.add(chosen);
        next++;
        return { type: 'media', media, rest, ...entry };
    };
    const placed = pieces.map((list, i) => turns[i]?.role !== 'user' && !everywhere
        ? list
        : list?.flatMap((piece) => {
            if (piece.type === 'mark' && piece.media === media)
                return [take(piece.rest)];
            if (piece.type !== 'text')
                return [piece];
            return piece.text
                .split(MARKS[media])
                .flatMap((text, k) => [...(k ? [take({ [TEXTUAL]: true })] : []), { type: 'text', text }]);
        }));
    if (used.size !== entries.length)
        throw new RowError(at, key, `malformed "${key}"`, {
            expected: `a place for each of ${entries.length} files`,
            got: `places for ${used.size}`,
        });
    return placed;
}
/** On media that a mark in the text stands for: white space around the mark is theirs. */
const TEXTUAL = Symbol('a mark in the text');
/** On media that a format puts before the text: the white space it writes between. */
const SPACE_AFTER = Symbol('white space after media');
/** The content of a message: a string where nothing but text stands in it. */
function contentOf(pieces) {
    if (!pieces)
        return null;
    const parts = [];
    for (const piece of pieces) {
        const last = parts.at(-1);
        if (piece.type === 'text' && last?.type === 'text')
            parts[parts.length - 1] = { type: 'text', text: last.text + piece.text };
        else if (piece.type !== 'text' || piece.text !== '')
            parts.push(piece);
    }
    if (!parts.some((piece) => piece.type === 'media'))
        return parts.map((piece) => (piece.type === 'text' ? piece.text : '')).join('');
    const spaces = takeSpaces(parts);
    return parts.flatMap((piece, i) => {
        if (piece.type === 'text')
            return piece.text === '' ? [] : [{ type: 'text', text: piece.text }];
        if (piece.type !== 'media')
            return [];
        const { source, name } = piece.entry;
        const { [TEXTUAL]: _, [SPACE_AFTER]: after, ...rest } = piece.rest;
        const space = typeof after === 'string' ? { before: '', after } : spaces[i];
        return [{ type: piece.media, source, origin: { ...(name === undefined ? {} : { name }), key: piece.key, ...space }, ...rest }];
    });
}
/**
 * White space between marks and words belongs to the marks where they begin or end a message: `<image>\nWhat?` is an image and "What?", as
 * somebody asks it. Shortens the texts; gives what each mark takes, undefined for media that are parts of their own.
 */
function takeSpaces(parts) {
    const isMark = (piece) => piece?.type === 'media' && TEXTUAL in piece.rest;
    const spaces = parts.map((piece) => (isMark(piece) ? { before: '', after: '' } : undefined));
    const take = (i, pattern) => {
        const piece = parts[i];
        const space = piece?.type === 'text' ? (pattern.exec(piece.text)?.[0] ?? '') : '';
        if (piece?.type === 'text')
            parts[i] = {
                type: 'text',
                text: pattern === LEADING ? piece.text.slice(space.length) : piece.text.slice(0, piece.text.length - space.length),
            };
        return space;
    };
    const isEmpty = (i) => parts[i]?.type === 'text' && parts[i].text === '';
    const isBlank = (i) => parts[i]?.type === 'text' && parts[i].text.trim() === '';
    let first = 0;
    if (isBlank(0) && isMark(parts[1]))
        Object.assign(spaces[1], { before: take(first++, LEADING) });
    while (isMark(parts[first])) {
        Object.assign(spaces[first++], { after: take(first, LEADING) });
        if (isEmpty(first))
            first++;
    }
    let last = parts.length - 1;
    if (last > first && isBlank(last) && isMark(parts[last - 1]))
        Object.assign(spaces[last - 1], { after: take(last--, TRAILING) });
    while (last > first && isMark(parts[last])) {
        Object.assign(spaces[last--], { before: take(last, TRAILING) });
        if (isEmpty(last))
            last--;
    }
    return spaces;
}
const LEADING = /^\s*/;
const TRAILING = /\s*$/;
//# sourceMappingURL=dialogue.js.map