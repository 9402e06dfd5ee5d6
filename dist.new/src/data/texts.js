// The columns of The Cauldron and FineVision as a conversation: images, and texts as pairs of user and assistant.
import { extraOf, idOf, mediaBeside, placeMedia } from './dialogue.js';
import { RowError, shorten } from './row.js';
import { checkTurns } from './turns.js';
/** Reads `images` and `texts: [{user, assistant}]`. Images stand where `<image>` does, or all before the first question. Throws `RowError`. */
export function readTexts(record, context) {
    const bad = (key, expected, got) => new RowError(context.at, key, `malformed "${key}"`, { expected, got: shorten(got) });
    const texts = record.texts;
    if (texts.length === 0)
        throw bad('texts', 'a non-empty list of {user, assistant}', texts);
    const turns = texts.flatMap((raw, i) => {
        const { user, assistant } = (raw ?? {});
        if (typeof user !== 'string' || typeof assistant !== 'string')
            throw bad(`texts[${i}]`, 'the strings user and assistant', raw);
        return [
            { role: 'user', pieces: [{ type: 'text', text: user }], key: `texts[${i}].user`, rest: {} },
            { role: 'assistant', pieces: [{ type: 'text', text: assistant }], key: `texts[${i}].assistant`, rest: {} },
        ];
    });
    checkTurns(turns, 'texts', context, texts);
    const beside = mediaBeside(record, context);
    const [first] = beside.flatMap(({ entries }) => entries);
    const name = first?.entry.name?.replace(/^.*\//, '').replace(/\.\w+$/, '');
    const id = record.id === undefined || record.id === null ? (name ?? '') || String(context.at.row) : idOf(record, context);
    const messages = placeMedia(turns, beside, 'texts', context, { unmarked: '\n' });
    return { id, messages, ...extraOf(record, new Set(['id', 'images', 'image', 'videos', 'video', 'texts'])), at: context.at };
}
//# sourceMappingURL=texts.js.map