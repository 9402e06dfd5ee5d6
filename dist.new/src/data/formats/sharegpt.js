// ShareGPT as fine-tuning tools have it: rows of `conversations: [{from, value}]` with `system`, `tools`, `images`, `videos`.
import { mediaOf } from '../dataset.js';
import { writeJsonFolder } from '../json-writer.js';
import { checkMarks } from '../marks.js';
import { openRows } from './json-rows.js';
import { fromValueTurns } from './turns.js';
/** Names of images and videos as lists. */
export const mediaLists = (conversation, names) => {
    const of = (type) => mediaOf(conversation).flatMap((part, i) => (part.type === type ? [names[i]] : []));
    const [images, videos] = [of('image'), of('video')];
    return { ...(images.length ? { images } : {}), ...(videos.length ? { videos } : {}) };
};
/** ShareGPT. */
export const sharegpt = {
    name: 'sharegpt',
    summary: 'ShareGPT JSON or JSON lines: conversations [{from, value}], system, tools, images, videos',
    target: 'folder',
    detect: ({ first }) => Array.isArray(first?.conversations),
    open: openRows,
    write: (dir, conversations, options) => writeJsonFolder(dir, conversations, options, {
        file: 'data.json',
        media: 'images',
        check: checkMarks,
        toRow: (conversation, names) => {
            const { id, tools, extra } = conversation;
            const [first, ...rest] = fromValueTurns(conversation);
            const isSystem = first?.from === 'system' && first.value !== '' && Object.keys(first).length === 2;
            return {
                row: {
                    id,
                    ...extra,
                    ...(isSystem ? { system: first.value } : {}),
                    conversations: isSystem ? rest : [first, ...rest],
                    ...mediaLists(conversation, names),
                    ...(tools ? { tools: JSON.stringify(tools) } : {}),
                },
            };
        },
    }),
};
//# sourceMappingURL=sharegpt.js.map