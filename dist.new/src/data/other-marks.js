// Places of images as other tools write them into texts: refused by name, since they would be learned as words.
import { MARKS } from './dialogue.js';
import { RowError } from './row.js';
/** Throws `RowError` for a file that is named in the words of a user (Qwen-VL's first form): it would be learned as text. */
export function assertNoName(turns, media, at) {
    if (media !== 'image')
        return;
    for (const { role, pieces, key } of turns)
        for (const piece of pieces ?? []) {
            const [name] = (role === 'user' && piece.type === 'text' && /<img>[^<\n]+<\/img>/.exec(piece.text)) || [];
            if (name !== undefined)
                throw new RowError(at, key, 'an image is named within the text', {
                    expected: `${MARKS.image} in the text, and the file under "images"`,
                    got: name,
                    hint: 'Write these rows anew: the names as a list under "images", in the order of their marks',
                });
        }
}
/** Marks of other tools, with a number or without. */
const OTHER_MARKS = {
    image: /<(?:\|?(?:image|img)(?:_pad|_placeholder|_token)?[ _-]?\d*\|?|ImageHere)>|<\|vision_start\|>|\[IMG\]/i,
    video: /<\|?video(?:_pad|_placeholder|_token)?[ _-]?\d*\|?>/i,
};
/** Throws `RowError` for another mark in the words of a user: the files would stand elsewhere, and the mark would be learned as text. */
export function assertNoOtherMark(turns, media, at) {
    for (const { role, pieces, key } of turns)
        for (const piece of pieces ?? []) {
            const [mark] = (role === 'user' && piece.type === 'text' && OTHER_MARKS[media].exec(piece.text)) || [];
            if (mark !== undefined)
                throw new RowError(at, key, `a mark of another kind for the place of the ${media}`, {
                    expected: `${MARKS[media]} where each ${media} stands, or no mark at all`,
                    got: mark,
                    hint: `Write ${MARKS[media]} in its place`,
                });
        }
}
//# sourceMappingURL=other-marks.js.map