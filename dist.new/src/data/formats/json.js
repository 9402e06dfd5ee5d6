// JSON rows of plain columns: an image with a question and its answer, a caption or a label.
import { mediaKeys, writeJsonFolder } from '../json-writer.js';
import { checkMarks } from '../marks.js';
import { openRows } from './json-rows.js';
import { fromValueTurns, plainPair } from './turns.js';
/** JSON rows of plain columns. */
export const json = {
    name: 'json',
    summary: 'JSON or JSON lines of plain columns: image with question and answer, caption or label',
    target: 'folder',
    detect: ({ kind }) => kind === 'json',
    open: openRows,
    write: (dir, conversations, options) => writeJsonFolder(dir, conversations, options, {
        file: 'data.jsonl',
        media: 'images',
        check: (conversation) => void (plainPair(conversation) ?? checkMarks(conversation)),
        toRow: (conversation, names) => {
            const { id, tools, extra } = conversation;
            const text = plainPair(conversation) ?? { conversations: fromValueTurns(conversation) };
            return { row: { id, ...extra, ...mediaKeys(conversation, names), ...text, ...(tools ? { tools } : {}) } };
        },
    }),
};
//# sourceMappingURL=json.js.map