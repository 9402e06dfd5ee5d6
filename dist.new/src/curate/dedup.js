// Deduplication: every row is read once for its fingerprint, near rows are found, and the first of each set is written.
import { join } from 'node:path';
import { readImageFile, reducedImage } from '../media/reduced-image.js';
import { atOnce } from '../util/at-once.js';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { blocksOf, inOrder, RowEstimate } from './blocks.js';
import { curate } from './curate.js';
import { findDuplicates } from './duplicates.js';
import { Fingerprints, FingerprintWriter, storedHash } from './fingerprints.js';
import { pHash } from './image-hash.js';
import { bandsFor } from './minhash.js';
import { curateIdentity } from './options.js';
import { pairAt } from './pair.js';
import { RunFolder, STATE_FOLDER } from './run-folder.js';
import { openUnits } from './source.js';
import { comparable } from './text.js';
/** Blocks whose fingerprints are saved together. */
const SAVE_EVERY = 64;
const HASH_SIDE = 64;
/**
 * Removes rows that nearly repeat an earlier one: by image (pHash, default at most 4 of 64 bits apart), by text (MinHash, default a Jaccard
 * similarity of 0.8 of 5-character shingles), by either, or by both at once. Memory: about 50 bytes a row. Rows that
 * cannot be read are dropped, by name. Resumes; the same data give the same bytes. Errors: as `curate`.
 */
export async function dedup(path, options) {
    const { by = 'image', jaccard = 0.8, shingle = 5, distance = 4, onProgress, ...rest } = options;
    checkDedup({ jaccard, shingle, distance });
    const bands = bandsFor(jaccard);
    const about = { dedup: { by, jaccard, shingle, distance } };
    const scanned = join(options.out, STATE_FOLDER, 'fingerprints');
    // The folder is taken, and what is there is checked, before anything is read.
    const { sets, skipped, prints } = await withFolder(path, options, about, async (source) => {
        await fingerprint(source, scanned, { ...options, by, shingle, bands });
        const prints = await Fingerprints.open(scanned);
        try {
            checkRows(prints, by, path);
            const onStep = async (note, done, total) => {
                throwIfAborted(options.signal);
                onProgress?.({ stage: 'compare', done, total, note });
                await new Promise((resolve) => setImmediate(resolve));
            };
            return { ...(await findDuplicates(prints, { by, jaccard, shingle, distance, bands, onStep })), prints };
        }
        finally {
            await prints.close();
        }
    });
    const report = await curate(path, {
        ...rest,
        filters: [],
        about,
        leader: (ordinal) => sets.leader(ordinal),
        isWhole: (ordinal) => by !== 'text' && prints.hasImage(ordinal),
        resume: true,
        force: false,
        onProgress: ({ done, total }) => onProgress?.({ stage: 'rows', done, total }),
    });
    return { ...report, by, skipped, ...countSets(prints.length, (row) => sets.leader(row)) };
}
function countSets(rows, leader) {
    const sizes = new Map();
    let duplicates = 0;
    for (let row = 0; row < rows; row++) {
        const first = leader(row);
        if (first === row)
            continue;
        duplicates++;
        sizes.set(first, (sizes.get(first) ?? 1) + 1);
    }
    let largest = 1;
    for (const size of sizes.values())
        largest = Math.max(largest, size);
    return { duplicates, sets: sizes.size, largest };
}
function checkDedup({ jaccard, shingle, distance }) {
    const fail = (place, expected, got) => new SensoriumError('curate.option', 'an option of deduplication is out of range', { place, expected, got: String(got) });
    if (!(jaccard >= 0.3 && jaccard <= 1))
        throw fail('jaccard', 'from 0.3 to 1', jaccard);
    if (!(Number.isInteger(shingle) && shingle >= 1 && shingle <= 32))
        throw fail('shingle', '1 to 32 characters', shingle);
    if (!(Number.isInteger(distance) && distance >= 0 && distance <= 11))
        throw fail('distance', '0 to 11 bits', distance);
}
/** Throws `curate.images` where nothing can be compared. */
function checkRows(rows, by, place) {
    const has = (test) => {
        for (let row = 0; row < rows.length; row++)
            if (test(row))
                return true;
        return rows.length === 0;
    };
    if (by === 'text' ? has((row) => rows.hasText(row)) : has((row) => rows.hasImage(row)) || by === 'either')
        return;
    throw new SensoriumError('curate.images', by === 'text' ? 'the data set has no captions' : 'the data set has no images that can be read', {
        place,
        hint: by === 'text' ? 'Compare images: --by image' : 'Compare captions: --by text',
    });
}
/** Works in the folder of a run, which `curate` goes on with. */
async function withFolder(path, options, about, work) {
    const source = await openUnits(path, { format: options.format, signal: options.signal });
    const identity = curateIdentity(path, source, { ...options, filters: [], about });
    const folder = await RunFolder.open(options.out, { identity, resume: options.resume, force: options.force });
    try {
        return await work(source);
    }
    finally {
        await folder.close();
    }
}
/** Reads all rows that have no fingerprint yet. */
async function fingerprint(source, dir, options) {
    const { shingle, bands, signal, limit, images, concurrency = 8 } = options;
    const writer = await FingerprintWriter.open(dir, { bands, shingle });
    try {
        const estimate = new RowEstimate(source.units, limit);
        const onTable = (table, unit) => estimate.opened(unit, table.length);
        const blocks = blocksOf(source.units, { from: writer.next, limit, images, onTable });
        const ready = inOrder(blocks, 2, async (block) => {
            const indices = Array.from({ length: block.end - block.start }, (_, i) => block.start + i);
            try {
                return {
                    next: block.next,
                    rows: await atOnce(indices, concurrency, (index) => fingerprintOf(block, index, options), signal),
                };
            }
            finally {
                block.release();
            }
        });
        let [unsaved, last] = [0, writer.next];
        for await (const { next, rows } of ready) {
            throwIfAborted(signal);
            for (const row of rows)
                writer.add(row);
            last = next;
            if (++unsaved >= SAVE_EVERY) {
                await writer.save(next);
                unsaved = 0;
            }
            options.onProgress?.({ stage: 'fingerprints', done: writer.rows, total: Math.max(writer.rows, estimate.total) });
        }
        await writer.save(last);
    }
    finally {
        await writer.close();
    }
}
/** The fingerprint of a row; undefined for one that cannot be read, which is dropped by name when rows are written. */
async function fingerprintOf({ table, root }, index, { by, maxBytes, maxPixels }) {
    try {
        const { caption = '', image, rest } = await pairAt(table, index, root);
        const text = by === 'image' ? '' : comparable(caption);
        if (by === 'text')
            return { text };
        // A hash that stands in the row, as in COYO's tables, needs no picture.
        const known = image ? undefined : storedHash(rest.image_phash ?? rest.phash);
        if (known || !image)
            return { text, ...(known ? { pHash: known } : {}) };
        const bytes = await readImageFile(image.source, { maxBytes });
        return { text, pHash: pHash((await reducedImage(bytes, { side: HASH_SIDE, maxPixels })).image) };
    }
    catch (error) {
        if (error instanceof SensoriumError)
            return undefined;
        throw error;
    }
}
//# sourceMappingURL=dedup.js.map