// The chat API: JSON lines of `messages: [{role, content}]` and `tools`; pictures are parts of the content.
import { writeJsonFolder } from '../json-writer.js';
import { openRows } from './json-rows.js';
/** A part as the chat API has it. */
function toPart(part, names) {
    if (part.type === 'text')
        return part;
    const { type, source: _, origin: __, ...rest } = part;
    return { type: `${type}_url`, [`${type}_url`]: { url: names.shift(), ...rest } };
}
/** Messages of the chat API. */
export const openai = {
    name: 'openai',
    summary: 'OpenAI chat messages in JSON lines: messages [{role, content}], tools; pictures as parts',
    target: 'folder',
    detect: ({ first }) => Array.isArray(first?.messages),
    open: openRows,
    write: (dir, conversations, options) => writeJsonFolder(dir, conversations, options, {
        file: 'data.jsonl',
        media: 'images',
        toRow: ({ id, messages, tools, extra, at }, names) => {
            const left = [...names];
            const written = messages.map(({ content, marked: _, ...rest }) => ({
                ...rest,
                content: Array.isArray(content) ? content.map((part) => toPart(part, left)) : content,
            }));
            return { row: { ...(id === String(at.row) ? {} : { id }), messages: written, ...(tools ? { tools } : {}), ...extra } };
        },
    }),
};
//# sourceMappingURL=openai.js.map