// Filters of images: file and picture sizes, shape; and of both sides together: labels, CLIP, repeated pairs.
import { numberOf } from '../filter.js';
import { HashCounts } from '../hash-counts.js';
import { stem } from '../stem.js';
import { comparable, hash64 } from '../text.js';
/** Pixels of the shorter side and bytes of the file. COYO-700M: 200 pixels and 5 KB; CC3M and CC12M: more than 400 pixels on both sides. */
export const size = {
    name: 'size',
    about: 'the shorter side has enough pixels, the file enough bytes',
    needs: 'header',
    settings: { min: 200, bytes: 0, max: 0 },
    make: (settings) => ({
        why: ({ header }) => {
            if (!header)
                return undefined;
            const { width, height, bytes } = header;
            if (Math.min(width, height) < numberOf(settings, 'min'))
                return `${width}x${height}, a side below ${settings.min}`;
            if (bytes < numberOf(settings, 'bytes'))
                return `${bytes} bytes, fewer than ${settings.bytes}`;
            const most = numberOf(settings, 'max');
            return most > 0 && Math.max(width, height) > most ? `${width}x${height}, a side above ${most}` : undefined;
        },
    }),
};
/** Longer side by shorter side. CC3M 2, CC12M 2.5, COYO-700M 3. */
export const aspect = {
    name: 'aspect',
    about: 'longer side by shorter side',
    needs: 'header',
    settings: { max: 3 },
    make: (settings) => ({
        why: ({ header }) => {
            if (!header)
                return undefined;
            const ratio = Math.max(header.width, header.height) / Math.min(header.width, header.height);
            return ratio > numberOf(settings, 'max') ? `${header.width}x${header.height}, ${ratio.toFixed(2)} to 1` : undefined;
        },
    }),
};
/** The file's format: CC3M and CC12M take JPEG only. `allow`: names separated by `|`. */
export const format = {
    name: 'format',
    about: 'the image file is of one of the formats',
    needs: 'header',
    settings: { allow: 'jpeg' },
    make: (settings) => {
        const allowed = new Set(String(settings.allow).split('|'));
        return { why: ({ header }) => (header && !allowed.has(header.format) ? `a ${header.format}` : undefined) };
    },
};
/** CC3M and CC12M: words of the caption that are labels of the image too, by their stems; labels of the row, else of a detector. */
export const labels = {
    name: 'labels',
    about: 'the caption names a label of the image (its own labels, or those of a detector)',
    needs: 'labels',
    settings: { min: 1 },
    make: (settings) => ({
        why: ({ words, labels: found = [] }) => {
            const stems = new Set(words.map((word) => stem(word.toLowerCase())));
            const named = new Set(found.filter((label) => comparable(label)
                .split(' ')
                .every((word) => stems.has(stem(word)))));
            if (named.size >= numberOf(settings, 'min'))
                return undefined;
            return found.length === 0 ? 'the image has no label' : `none of ${found.slice(0, 5).join(', ')} in the caption`;
        },
    }),
};
/**
 * Cosine of image and caption. Thresholds belong to an encoder: LAION-400M took 0.3 of OpenAI's ViT-B/32, LAION-5B 0.28 for English and 0.26
 * for other languages (`other`; 0 for the same). That of another CLIP is found with `calibrateClip`.
 */
export const clip = {
    name: 'clip',
    about: 'cosine of image and caption in the space of a CLIP',
    needs: 'clip',
    settings: { min: 0.28, other: 0 },
    make: (settings, { languageOf }) => ({
        why: (row) => {
            if (row.clip === undefined)
                return undefined;
            const other = numberOf(settings, 'other');
            const isOther = other > 0 && !['en', ''].includes(languageOf(row.caption).language);
            const least = isOther ? other : numberOf(settings, 'min');
            return row.clip < least ? `${row.clip.toFixed(3)}, below ${least}` : undefined;
        },
    }),
};
/** Rows that repeat a kept one exactly: `by` pair (pHash and caption, COYO-700M), image or text. Near duplicates are for `dedup`. */
export const duplicate = {
    name: 'duplicate',
    about: 'no earlier row has the same pHash and caption (pair), pHash (image) or caption (text)',
    needs: 'order',
    hash: true,
    settings: { by: 'pair' },
    make: (settings) => {
        const seen = new HashCounts();
        const none = { high: 0, low: 0 };
        const keyOf = ({ caption, pHash = none }) => {
            const image = settings.by === 'text' ? none : pHash;
            const text = settings.by === 'image' ? none : hash64(comparable(caption));
            return hash64(`${image.high},${image.low},${text.high},${text.low}`);
        };
        return {
            why: (row) => seen.get(keyOf(row)) > 0 ? `an earlier row has its ${settings.by === 'pair' ? 'image and caption' : settings.by}` : undefined,
            kept: (row) => void seen.add(keyOf(row)),
        };
    },
};
//# sourceMappingURL=image.js.map