// Zero-shot classification with an image-text encoder pair (CLIP, Radford et al. 2021): nearest class prompt by cosine.
import { SensoriumError } from '../../util/errors.js';
import { proportion } from '../wilson.js';
/** Number of rows; throws when `data` is not whole rows or holds a value that is not finite. */
export function rowsOf(embeddings, place) {
    const { data, width } = embeddings;
    if (!Number.isInteger(width) || width < 1 || data.length % width !== 0)
        throw new SensoriumError('evaluate.embeddings', 'not a whole number of embeddings', {
            place,
            expected: 'rows × width floats',
            got: `${data.length} floats for width ${width}`,
        });
    if (!data.every(Number.isFinite))
        throw new SensoriumError('evaluate.embeddings', 'an embedding holds NaN or infinity', { place });
    return data.length / width;
}
/** Unit-length copy; a zero row stays zero. */
export function normalizeRows({ data, width }) {
    const out = new Float32Array(data.length);
    for (let row = 0; row < data.length; row += width) {
        let sum = 0;
        for (let i = row; i < row + width; i++)
            sum += data[i] ** 2;
        const scale = sum > 0 ? 1 / Math.sqrt(sum) : 0;
        for (let i = row; i < row + width; i++)
            out[i] = data[i] * scale;
    }
    return out;
}
/** Cosine of every row of `a` with every row of `b`, as a row-major [rows(a), rows(b)] matrix. */
export function cosines(a, b) {
    const rows = rowsOf(a, 'first embeddings');
    const columns = rowsOf(b, 'second embeddings');
    if (a.width !== b.width)
        throw new SensoriumError('evaluate.embeddings', 'the two sides differ in width', { expected: String(a.width), got: String(b.width) });
    const x = normalizeRows(a);
    const y = normalizeRows(b);
    const matrix = new Float64Array(rows * columns);
    for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) {
            let dot = 0;
            for (let k = 0; k < a.width; k++)
                dot += x[i * a.width + k] * y[j * a.width + k];
            matrix[i * columns + j] = dot;
        }
    return { matrix, rows, columns };
}
/**
 * One embedding per class out of `perClass` prompt embeddings each (rows class by class): each prompt normalized, then averaged,
 * CLIP's prompt ensembling.
 */
export function classEmbeddings(prompts, perClass) {
    const rows = rowsOf(prompts, 'prompts');
    if (!Number.isInteger(perClass) || perClass < 1 || rows % perClass !== 0)
        throw new SensoriumError('evaluate.embeddings', 'prompts do not divide into classes', {
            expected: `a multiple of ${perClass} rows`,
            got: String(rows),
        });
    const { width } = prompts;
    const unit = normalizeRows(prompts);
    const data = new Float32Array((rows / perClass) * width);
    for (let row = 0; row < rows; row++)
        for (let k = 0; k < width; k++) {
            const at = Math.floor(row / perClass) * width + k;
            data[at] = data[at] + unit[row * width + k] / perClass;
        }
    return { data, width };
}
/** Top-1 and top-k accuracy and the predicted classes; a tie with a wrong class counts as wrong. */
export function zeroShot(images, classes, labels, k = 5) {
    const { matrix, rows, columns } = cosines(images, classes);
    if (labels.length !== rows)
        throw new SensoriumError('evaluate.labels', 'labels and images differ in number', {
            expected: String(rows),
            got: String(labels.length),
        });
    const predictions = new Int32Array(rows);
    let first = 0;
    let within = 0;
    for (let i = 0; i < rows; i++) {
        const label = labels[i];
        if (!Number.isInteger(label) || label < 0 || label >= columns)
            throw new SensoriumError('evaluate.labels', 'a label names no class', {
                place: `image ${i}`,
                expected: `0..${columns - 1}`,
                got: String(label),
            });
        const row = matrix.subarray(i * columns, (i + 1) * columns);
        const rank = pessimisticRank(row, label);
        if (rank === 0)
            first++;
        if (rank < k)
            within++;
        predictions[i] = row.reduce((best, value, j) => (value > row[best] ? j : best), 0);
    }
    return { top1: proportion(first, rows), topK: proportion(within, rows), k, predictions };
}
/** How many other scores are at least as high as that of `target`: ties count against it. */
export function pessimisticRank(scores, target) {
    let rank = 0;
    for (let j = 0; j < scores.length; j++)
        if (j !== target && scores[j] >= scores[target])
            rank++;
    return rank;
}
//# sourceMappingURL=zero-shot.js.map