// Boxes and names of ms-swift rows: `<bbox>` and `<ref-object>` in the text stand for the entries of `objects`.
import { RowError, shorten } from './row.js';
const MARKS = /<ref-object>|<bbox>/g;
/**
 * Puts names and boxes where their marks stand: a box is written `[x1, y1, x2, y2]` with the numbers of the row. The text with its marks is
 * kept in the message as `marked`, so that it can be written again. Rows without marks stay as they are. Throws `RowError` where there are
 * not as many entries as marks.
 */
export function placeObjects(turns, objects, { at }) {
    if (typeof objects !== 'object' || objects === null || Array.isArray(objects))
        return [...turns];
    const { ref, bbox } = objects;
    const textOf = (turn) => (turn.pieces ?? []).map((piece) => (piece.type === 'text' ? piece.text : '')).join('');
    const found = turns.map(textOf).join('').match(MARKS) ?? [];
    if (found.length === 0)
        return [...turns];
    const names = list(ref, 'objects.ref', (name) => typeof name === 'string', 'a list of names', at);
    const boxes = list(bbox, 'objects.bbox', isBox, 'a list of boxes [x1, y1, x2, y2]', at);
    for (const [mark, entries, key] of [
        ['<ref-object>', names, 'objects.ref'],
        ['<bbox>', boxes, 'objects.bbox'],
    ]) {
        const marks = found.filter((given) => given === mark).length;
        if (marks !== entries.length)
            throw new RowError(at, key, 'wrong count of placeholders', {
                expected: `${entries.length} times ${mark}, one for each entry`,
                got: `${marks} times`,
            });
    }
    let [nextName, nextBox] = [0, 0];
    const put = (text) => text.replace(MARKS, (mark) => (mark === '<bbox>' ? `[${boxes[nextBox++].join(', ')}]` : names[nextName++]));
    return turns.map((turn) => {
        const marked = textOf(turn);
        if (!marked.match(MARKS))
            return turn;
        const pieces = turn.pieces?.map((piece) => (piece.type === 'text' ? { ...piece, text: put(piece.text) } : piece));
        return { ...turn, pieces, rest: { ...turn.rest, marked } };
    });
}
const isBox = (value) => Array.isArray(value) && value.length > 0 && value.every((n) => typeof n === 'number' && Number.isFinite(n));
function list(value, key, valid, expected, at) {
    if (value === undefined || value === null)
        return [];
    if (!Array.isArray(value) || !value.every(valid))
        throw new RowError(at, key, `malformed "${key}"`, { expected, got: shorten(value) });
    return value;
}
//# sourceMappingURL=objects.js.map