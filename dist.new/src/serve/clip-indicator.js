// How well images and replies fit together by CLIP, as an indicator of the quality of rows, and the features that rows are clustered by.
import { mediaOf, pairsOf } from '../data/index.js';
import { isRgbImage, openImage } from '../media/index.js';
/** Rows that are embedded together. */
const ROWS = 64;
/** The cosine of the first image and all replies of a row. Rows without an image score 0, with a zero vector in place of the image. */
export function clipIndicator(embedder) {
    let features = [];
    return {
        name: 'clip',
        get features() {
            return features;
        },
        async scores(rows, signal) {
            features = [];
            const scores = new Float64Array(rows.length);
            for (let at = 0; at < rows.length; at += ROWS) {
                const part = rows.slice(at, at + ROWS);
                const pictures = await Promise.all(part.map(pictureOf));
                const shown = pictures.flatMap((picture) => (picture ? [picture] : []));
                const images = shown.length > 0 ? (await embedder.images(shown, signal)).vectors : [];
                const texts = await embedder.texts(part.map((row) => pairsOf(row)
                    .map(({ answer }) => answer)
                    .join(' ')), signal, { truncate: true });
                let next = 0;
                for (const [i, picture] of pictures.entries()) {
                    const image = picture ? unit(images[next++]) : new Float32Array(embedder.width);
                    const text = unit(texts.vectors[i]);
                    scores[at + i] = image.reduce((sum, x, k) => sum + x * text[k], 0);
                    features.push(Float32Array.from([...image, ...text]));
                }
            }
            return scores;
        },
    };
}
function unit(vector) {
    const length = Math.hypot(...vector);
    return length > 0 ? vector.map((x) => x / length) : vector;
}
async function pictureOf(row) {
    const [first] = mediaOf(row);
    if (first?.type !== 'image' || first.source === undefined)
        return undefined;
    return isRgbImage(first.source) ? first.source : openImage(first.source);
}
//# sourceMappingURL=clip-indicator.js.map