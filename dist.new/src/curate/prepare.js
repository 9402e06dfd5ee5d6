// One row made ready for its filters: read, its image decoded once and no larger than they need, its faults named.
import { mediaEnding } from '../data/media-writer.js';
import { readImageFile, reducedImage } from '../media/reduced-image.js';
import { SensoriumError } from '../util/errors.js';
import { pHash } from './image-hash.js';
import { pairAt } from './pair.js';
import { cleanCaption, wordsOf } from './text.js';
/** The reason of an error in one line. */
const reasonOf = ({ summary, expected, got, key }) => [key === undefined ? summary : `${key}: ${summary}`, expected && `expected ${expected}`, got && `got ${got}`]
    .filter(Boolean)
    .join(', ')
    .replace(/\s+/g, ' ')
    .slice(0, 300);
/** Runs the filters of a need; adds their reasons and says whether the row goes on. */
export function judge(prepared, need, { filters, explain }) {
    const { candidate, why } = prepared;
    if (!candidate)
        return false;
    for (const filter of filters) {
        if (filter.needs !== need || (why.length > 0 && !explain))
            continue;
        const reason = filter.why(candidate);
        if (reason !== undefined)
            why.push({ filter: filter.name, why: reason });
    }
    return why.length === 0 || explain;
}
/** Reads row `index` and runs the filters of its text, header and pixels. Throws what is not a fault of the row. */
export async function prepareRow({ table, root, start, ordinal }, index, options) {
    const prepared = { id: String(table.at(index).row), row: table.at(index).row, why: [] };
    const fault = (filter, error) => {
        if (!(error instanceof SensoriumError))
            throw error;
        prepared.why.push({ filter, why: reasonOf(error) });
        prepared.file = undefined;
        return prepared;
    };
    let pair;
    try {
        pair = await pairAt(table, index, root);
    }
    catch (error) {
        return fault('row', error);
    }
    prepared.id = pair.id;
    const caption = cleanCaption(pair.caption ?? '');
    prepared.candidate = { pair, caption, words: wordsOf(caption), labels: pair.labels };
    if (caption === '' && options.needs.caption)
        prepared.why.push({ filter: 'caption', why: pair.caption === undefined ? 'it has none' : 'it is empty' });
    if (!pair.image && options.needs.image)
        prepared.why.push({ filter: 'image', why: 'it has none' });
    if (prepared.why.length > 0)
        return prepared;
    const look = options.look?.(ordinal + index - start) ?? 'decode';
    if (!judge(prepared, 'text', options) || !pair.image || look === 'leave')
        return prepared;
    try {
        await openImageOf(prepared, pair, { ...options, decode: look === 'decode' });
    }
    catch (error) {
        return fault('image', error);
    }
    judge(prepared, 'header', options);
    judge(prepared, 'pixels', options);
    if (prepared.why.length > 0)
        prepared.file = undefined;
    if (!options.keepImage || (prepared.why.length > 0 && !options.explain))
        prepared.image = undefined;
    return prepared;
}
async function openImageOf(prepared, { image }, { side, maxBytes, maxPixels, filters, decode }) {
    if (!image || !prepared.candidate)
        return;
    const { source, name } = image;
    const bytes = await readImageFile(source, { maxBytes });
    const ending = mediaEnding(name, bytes);
    prepared.file = { bytes, ending, name: name ?? `${prepared.id}${ending}` };
    if (!decode)
        return;
    const { image: pixels, ...header } = await reducedImage(bytes, { side, maxPixels, place: name ?? 'embedded image' });
    prepared.candidate.header = header;
    if (filters.some((filter) => filter.hash))
        prepared.candidate.pHash = pHash(pixels);
    prepared.image = pixels;
}
//# sourceMappingURL=prepare.js.map