// Writes rows of JSON beside a folder of media: one array, or JSON lines.
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfAborted } from '../util/errors.js';
import { mediaOf } from './dataset.js';
import { MediaWriter } from './media-writer.js';
import { writeDataFolder } from './target.js';
/** Names of the files that data sets of conversations are written to. */
export const DATA_FILES = ['data.json', 'data.jsonl', 'data.csv', 'data.tsv', 'metadata.jsonl', 'captions.json'];
const array = { start: '[\n', between: ',\n', end: '\n]\n', row: (row) => JSON.stringify(row) };
const lines = { start: '', between: '\n', end: '\n', row: (row) => JSON.stringify(row) };
/** Counts keys that a format has no place for. */
export class Lost {
    counts = {};
    add(keys = []) {
        for (const key of keys)
            this.counts[key] = (this.counts[key] ?? 0) + 1;
    }
}
/** Hands conversations to `write` one by one; one that throws `data.row` goes to `onBad` where there is one. Gives the number written. */
export async function eachConversation(conversations, options, write) {
    let written = 0;
    for await (const conversation of conversations) {
        throwIfAborted(options.signal);
        try {
            await write(conversation);
        }
        catch (error) {
            if (!options.onBad || error.code !== 'data.row')
                throw error;
            options.onBad(error, conversation);
            continue;
        }
        written++;
        options.onRow?.(written);
    }
    return written;
}
/** Writes a folder of rows and media. */
export function writeJsonFolder(dir, conversations, options, layout) {
    return writeDataFolder(dir, { force: options.force, marks: DATA_FILES }, async (temporary) => {
        const { start, between, end, row } = layout.text ?? (layout.file.endsWith('.json') ? array : lines);
        const handle = await open(join(temporary, layout.file), 'w');
        const writer = new MediaWriter(temporary, layout.media);
        const lost = new Lost();
        try {
            let isFirst = true;
            const rows = await eachConversation(conversations, options, async (conversation) => {
                layout.check?.(conversation);
                const media = mediaOf(conversation);
                const names = [];
                for (const [i, part] of media.entries())
                    names.push(await writer.add(part, conversation, i, media.length));
                const made = layout.toRow(conversation, names);
                lost.add(made.lost);
                await handle.write(`${isFirst ? start : between}${row(made.row)}`);
                isFirst = false;
            });
            await handle.write(isFirst ? `${start.trimEnd()}${end.trimStart()}` : end);
            return { rows, lost: lost.counts };
        }
        finally {
            await handle.close();
        }
    });
}
/** Names of images and of videos, each as one name or a list, under keys that LLaVA has for them. */
export function mediaKeys(conversation, names) {
    const of = (type) => mediaOf(conversation).flatMap((part, i) => (part.type === type ? [names[i]] : []));
    const [images, videos] = [of('image'), of('video')];
    const one = (list) => (list.length === 1 ? list[0] : list);
    return { ...(images.length ? { image: one(images) } : {}), ...(videos.length ? { video: one(videos) } : {}) };
}
//# sourceMappingURL=json-writer.js.map