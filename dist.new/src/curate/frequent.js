// Captions that stand too often in a data set: one look at all captions before the rows are filtered.
import { join } from 'node:path';
import { ifThere, SensoriumError, throwIfAborted } from '../util/errors.js';
import { readJson, writeAtomic } from '../util/fs.js';
import { blocksOf, RowEstimate } from './blocks.js';
import { HashCounts } from './hash-counts.js';
import { bitsToHex } from './image-hash.js';
import { readPair } from './pair.js';
import { STATE_FOLDER } from './run-folder.js';
import { cleanCaption, hash64 } from './text.js';
/** Whether a caption stands more than `most` times in a data set, in the form that filters see. Rows that cannot be read are not counted. */
export async function frequentCaptions(units, most, options) {
    const file = join(options.dir, STATE_FOLDER, 'frequent.json');
    const known = await ifThere(() => readJson(file));
    const hashes = new Set(known ?? (await countCaptions(units, most, options)));
    if (!known)
        await writeAtomic(file, JSON.stringify([...hashes]));
    return (caption) => hashes.has(bitsToHex(hash64(caption)));
}
async function countCaptions(units, most, { limit, signal, onProgress }) {
    const counts = new HashCounts();
    const estimate = new RowEstimate(units, limit);
    let done = 0;
    for await (const block of blocksOf(units, { limit, onTable: (table, unit) => estimate.opened(unit, table.length) })) {
        throwIfAborted(signal);
        for (let i = block.start; i < block.end; i++) {
            const caption = await captionAt(block.table, i, block.root);
            if (caption)
                counts.add(hash64(caption));
        }
        block.release();
        done += block.end - block.start;
        onProgress?.(done, estimate.total);
    }
    return [...counts.above(most)].map(bitsToHex).sort();
}
async function captionAt(table, index, root) {
    try {
        const pair = readPair(await table.record(index), { at: table.at(index), root });
        return cleanCaption(pair.caption ?? '');
    }
    catch (error) {
        if (error instanceof SensoriumError)
            return undefined; // named when the row is filtered
        throw error;
    }
}
//# sourceMappingURL=frequent.js.map