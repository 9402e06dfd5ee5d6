// LLaVA: rows of `image` and `conversations: [{from, value}]`, `<image>` where the image stands.
import { mediaKeys, writeJsonFolder } from '../json-writer.js';
import { checkMarks } from '../marks.js';
import { openRows } from './json-rows.js';
import { fromValueTurns } from './turns.js';
/** LLaVA JSON. */
export const llava = {
    name: 'llava',
    summary: 'LLaVA JSON or JSON lines: image, conversations [{from, value}]',
    target: 'folder',
    detect: ({ first }) => Array.isArray(first?.conversations) && !('images' in first || 'videos' in first || 'tools' in first),
    open: openRows,
    write: (dir, conversations, options) => writeJsonFolder(dir, conversations, options, {
        file: 'data.json',
        media: 'images',
        check: checkMarks,
        toRow: (conversation, names) => {
            const { id, tools, extra } = conversation;
            return {
                row: {
                    id,
                    ...extra,
                    ...mediaKeys(conversation, names),
                    ...(tools ? { tools } : {}),
                    conversations: fromValueTurns(conversation),
                },
            };
        },
    }),
};
//# sourceMappingURL=llava.js.map