// ms-swift: JSON lines of `messages` with marks, `images`, `videos`, and `objects` for `<ref-object>` and `<bbox>`.
import { mediaOf } from '../dataset.js';
import { writeJsonFolder } from '../json-writer.js';
import { checkMarks, markedText } from '../marks.js';
import { openRows } from './json-rows.js';
import { mediaLists } from './sharegpt.js';
import { turnsOf } from './turns.js';
const ROLES = { tool: 'tool_response' };
/** ms-swift. */
export const swift = {
    name: 'swift',
    summary: 'ms-swift JSON lines: messages with <image>, images, videos, objects {ref, bbox}',
    target: 'folder',
    detect: ({ first }) => Array.isArray(first?.messages) &&
        (first.objects !== undefined || 'images' in first || 'videos' in first) &&
        first.messages.every((message) => typeof message?.content === 'string'),
    open: openRows,
    write: (dir, conversations, options) => writeJsonFolder(dir, conversations, options, {
        file: 'data.jsonl',
        media: 'images',
        check: checkMarks,
        toRow: (conversation, names) => {
            const { id, tools, extra, at } = conversation;
            // Marks of boxes are written again where they were read; media are then where the row had them.
            const text = (message) => typeof message.marked === 'string' ? message.marked : markedText(message);
            const messages = turnsOf(conversation, { keys: ['role', 'content'], names: ROLES, call: 'tool_call', text });
            return {
                row: {
                    ...(id === String(at.row) ? {} : { id }),
                    messages,
                    ...(mediaOf(conversation).length ? mediaLists(conversation, names) : {}),
                    ...(tools ? { tools: JSON.stringify(tools) } : {}),
                    ...extra,
                },
            };
        },
    }),
};
//# sourceMappingURL=swift.js.map