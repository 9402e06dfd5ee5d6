// The threshold of a CLIP on a data set: images with their own captions against images with the captions of other rows.
import { readImageFile, reducedImage } from '../media/reduced-image.js';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { blocksOf, RowEstimate } from './blocks.js';
import { cosine } from './options.js';
import { pairAt } from './pair.js';
import { rocThreshold } from './roc.js';
import { openUnits } from './source.js';
import { cleanCaption, comparable } from './text.js';
const BATCH = 64;
/**
 * Finds the cosine at which captions of an image and captions of others are told apart best. Of each image the mismatched caption is that of
 * the next row with another text. Errors: `curate.calibrate` for fewer than 20 usable rows, those of the data set and of the model.
 */
export async function calibrateClip(path, embedder, options = {}) {
    const { n = 500, pass, signal, images } = options;
    const { units } = await openUnits(path, options);
    const estimate = new RowEstimate(units);
    const found = [];
    let broken = 0;
    let step = 0;
    let batch = [];
    const flush = async () => {
        if (batch.length === 0)
            return;
        const seen = (await embedder.images(batch.map(({ image }) => image), signal)).vectors;
        const said = (await embedder.texts(batch.map(({ caption }) => caption), signal, { truncate: true })).vectors;
        for (const [i, { caption }] of batch.entries())
            found.push({ image: seen[i], text: said[i], caption: comparable(caption) });
        batch = [];
        options.onProgress?.(found.length, n);
    };
    for await (const block of blocksOf(units, { images, onTable: (table, unit) => estimate.opened(unit, table.length) })) {
        // Evenly spread over what there is: every step-th row of all that are expected.
        step ||= Math.max(1, Math.floor(estimate.total / n));
        throwIfAborted(signal);
        for (let i = block.start; i < block.end && found.length + batch.length < n; i++) {
            if ((block.ordinal + i - block.start) % step !== 0)
                continue;
            try {
                const pair = await pairAt(block.table, i, block.root);
                const caption = cleanCaption(pair.caption ?? '');
                if (!pair.image || caption === '')
                    continue;
                const bytes = await readImageFile(pair.image.source);
                batch.push({ image: (await reducedImage(bytes, { side: 2 * embedder.side })).image, caption });
            }
            catch (error) {
                if (!(error instanceof SensoriumError))
                    throw error;
                broken++;
            }
            if (batch.length === BATCH)
                await flush();
        }
        block.release();
        if (found.length + batch.length >= n)
            break;
    }
    await flush();
    const matched = [];
    const mismatched = [];
    for (const [i, { image, text, caption }] of found.entries()) {
        matched.push(cosine(image, text));
        const other = [...found.slice(i + 1), ...found.slice(0, i)].find((row) => row.caption !== caption);
        if (other)
            mismatched.push(cosine(image, other.text));
    }
    if (matched.length < 20 || mismatched.length < 20)
        throw new SensoriumError('curate.calibrate', 'there are too few rows to find a threshold', {
            place: path,
            expected: 'at least 20 images with captions that differ',
            got: `${mismatched.length} (${broken} broken)`,
        });
    return { model: embedder.name, ...rocThreshold(matched, mismatched, pass), broken };
}
//# sourceMappingURL=calibrate.js.map