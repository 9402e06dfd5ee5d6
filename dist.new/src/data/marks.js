// Messages as text with `<image>` and `<video>` where media stand, as LLaVA, ShareGPT and ms-swift write them.
import { mediaOf } from './dataset.js';
import { MARKS } from './dialogue.js';
import { RowError } from './row.js';
const isMedia = (part) => part.type !== 'text';
/**
 * The text of a message with its marks. White space around marks is that of the data set it came from; where that had none, a mark in front
 * of the words gets a line of its own.
 */
export function markedText({ content }) {
    if (!Array.isArray(content))
        return content ?? '';
    const parts = content;
    return parts
        .map((part, i) => {
        if (!isMedia(part))
            return part.text;
        const { before, after } = part.origin;
        const leads = i < parts.length - 1 && parts.slice(0, i).every(isMedia);
        return `${before ?? ''}${MARKS[part.type]}${after ?? (leads ? '\n' : '')}`;
    })
        .join('');
}
/** Throws `RowError` where a text spells a mark, so that places of media could not be told from words. */
export function checkMarks(conversation) {
    const media = mediaOf(conversation);
    for (const type of ['image', 'video']) {
        const placed = media.filter((part) => part.type === type).length;
        const count = (messages) => messages.reduce((n, message) => n + markedText(message).split(MARKS[type]).length - 1, 0);
        const users = conversation.messages.filter(({ role }) => role === 'user');
        const placedByUsers = mediaOf({ messages: users }).filter((part) => part.type === type).length;
        // What `readDialogue` finds: marks in the turns of the user, or in all turns where only that fits.
        const found = count(users) === placed ? placedByUsers === placed : count(conversation.messages) === placed;
        if (!found)
            throw new RowError(conversation.at, undefined, 'the media of a conversation and their places do not agree', {
                expected: `${placed} times ${MARKS[type]}`,
                got: `${count(conversation.messages)} times`,
                hint: `A text spells ${MARKS[type]}, which this format keeps for the places of ${type}s`,
            });
    }
}
/** The text with marks as places of media, the same for formats that have them. */
export function textOnly(conversation, format) {
    for (const message of conversation.messages)
        if (message.role === 'tool' || message.tool_calls !== undefined)
            throw new RowError(conversation.at, undefined, `${format} has no place for calls of tools`, {
                hint: 'Write it as openai or sharegpt',
            });
}
//# sourceMappingURL=marks.js.map