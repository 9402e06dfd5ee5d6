// Checks a whole data set before training: every row is read, every image of it decoded, and all faults are reported.
import { conversations } from './conversations.js';
import { mediaOf } from './dataset.js';
import { scanRows } from './scan.js';
/** Reads every row of a data set and decodes every image as training does. Throws `data.read` only for what cannot be read as a data set at all. */
export async function checkData(path, options = {}) {
    const { keep = 0, parallel, onRow, signal, ...reading } = options;
    const set = await conversations(path, reading).open(signal);
    try {
        const found = { format: set.format, samples: 0, images: 0, videos: 0, bare: 0, turns: 0, bad: [], badRows: 0, first: [] };
        for await (const { row, conversation, faults = [] } of scanRows(set, { parallel, signal })) {
            found.bad.push(...faults);
            if (conversation) {
                const media = mediaOf(conversation);
                found.samples++;
                if (media.length === 0)
                    found.bare++;
                found.images += media.filter(({ type }) => type === 'image').length;
                found.videos += media.filter(({ type }) => type === 'video').length;
                found.turns += conversation.messages.filter(({ role }) => role === 'assistant').length;
                if (found.first.length < keep)
                    found.first.push(conversation);
            }
            else
                found.badRows++;
            onRow?.(row + 1, found.bad.length);
        }
        return found;
    }
    finally {
        set.dispose();
    }
}
//# sourceMappingURL=check.js.map