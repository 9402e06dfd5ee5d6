// Which rows are nearly the same: exact texts, near texts (MinHash bands, then Jaccard over all shingles), near images (Hamming distance).
import { groupsByKey, RowSets } from './groups.js';
import { nearHashes } from './hamming-index.js';
import { jaccard, shinglesOf } from './minhash.js';
/** What makes two rows the same: the image, the text, either of them, both at once. */
export const DUPLICATE_BY = ['image', 'text', 'either', 'pair'];
/** Most texts that a text is compared with in one band. */
const MOST_COMPARED = 1000;
/**
 * Sets of rows that are nearly the same, directly or through others; the first of each leads it. A pair is joined only if its similarity was
 * computed: of texts over all shingles, of images over all bits. Images are compared exhaustively; of texts at the threshold fewer
 * than one pair in a thousand is missed, of nearer ones far fewer.
 */
export async function findDuplicates(rows, options) {
    const sets = new RowSets(rows.length);
    const all = Uint32Array.from({ length: rows.length }, (_, i) => i);
    const steps = options.by === 'text' ? 1 + options.bands.bands : options.by === 'either' ? 2 + options.bands.bands : 1;
    let done = 0;
    const step = async (name) => options.onStep?.(name, done++, steps);
    const finder = new TextFinder(rows, options);
    if (options.by !== 'text') {
        await step('images');
        const pictures = all.filter((row) => rows.hasImage(row));
        const isSame = options.by === 'pair' ? (a, b) => finder.similar(a, b) : () => true;
        joinImages(rows, pictures, { sets, distance: options.distance, isSame });
    }
    if (options.by === 'text' || options.by === 'either') {
        await step('equal texts');
        const texts = all.filter((row) => rows.hasText(row));
        const different = joinEqual(rows, texts, sets);
        for (let band = 0; band < options.bands.bands; band++) {
            await step(`band ${band + 1}`);
            finder.joinBand(different, await rows.band(band), sets);
        }
    }
    return { sets, skipped: finder.skipped };
}
/** Joins pictures; those with one hash are compared once. */
function joinImages(rows, pictures, { sets, distance, isSame }) {
    const { high, low } = rows;
    nearHashes(pictures, {
        ...{ high, low, distance },
        skip: (a, b) => sets.leader(a) === sets.leader(b),
        near: (a, b) => {
            if (isSame(a, b))
                sets.join(a, b);
        },
    });
}
/** Joins rows of one text; gives the first row of every text. */
function joinEqual({ textHigh, textLow }, texts, sets) {
    const isRepeat = new Uint8Array(sets.length);
    for (const group of groupsByKey(texts, (row) => textHigh[row])) {
        const first = new Map();
        for (const row of group) {
            const known = first.get(textLow[row]);
            if (known === undefined)
                first.set(textLow[row], row);
            else {
                sets.join(known, row);
                isRepeat[row] = 1;
            }
        }
    }
    return texts.filter((row) => !isRepeat[row]);
}
/** Compares texts. */
class TextFinder {
    rows;
    options;
    skipped = 0;
    constructor(rows, options) {
        this.rows = rows;
        this.options = options;
    }
    /** Whether two rows have nearly the same text; rows without one have none in common. */
    similar(a, b) {
        const { rows, options } = this;
        if (!rows.hasText(a) || !rows.hasText(b))
            return false;
        if (rows.textHigh[a] === rows.textHigh[b] && rows.textLow[a] === rows.textLow[b])
            return true;
        return jaccard(shinglesOf(rows.textOf(a), options.shingle), shinglesOf(rows.textOf(b), options.shingle)) >= options.jaccard;
    }
    /** Joins texts that share a band and are nearly the same. */
    joinBand(texts, keys, sets) {
        const { shingle, jaccard: least } = this.options;
        for (const group of groupsByKey(texts, (row) => keys[row])) {
            const shingles = new Map();
            const of = (row) => {
                const known = shingles.get(row) ?? shinglesOf(this.rows.textOf(row), shingle);
                shingles.set(row, known);
                return known;
            };
            for (let i = 1; i < group.length; i++) {
                const row = group[i];
                let compared = 0;
                for (let k = 0; k < i; k++) {
                    const other = group[k];
                    if (sets.leader(other) === sets.leader(row))
                        continue;
                    if (++compared > MOST_COMPARED) {
                        this.skipped += i - k;
                        break;
                    }
                    if (jaccard(of(other), of(row)) >= least)
                        sets.join(other, row);
                }
            }
        }
    }
}
//# sourceMappingURL=duplicates.js.map