// Both passes of a resize as plain loops: what the kernel is measured by, and what runs where there is none.
import { PRECISION_BITS } from './taps.js';
const HALF = 2 ** (PRECISION_BITS - 1);
/** The rounded sum of bytes, each `step` after the one before, and of the one outside, by the taps of position i. */
function weighted(bytes, o, taps, i) {
    let sum = HALF + taps.outside[i] * o.outside;
    const count = taps.count[i];
    for (let k = 0; k < count; k++)
        sum += taps.weights[i * taps.width + k] * bytes[o.from + k * o.step];
    return Math.min(255, Math.max(0, sum >> PRECISION_BITS));
}
/** The same as `resample`. */
export function resamplePlainly({ image: { width, data }, rows, columns, across, down, color = [0, 0, 0] }, result) {
    const { row } = result;
    const height = rows[1] - rows[0];
    const blank = new Uint8Array(width * 3).map((_, i) => color[i % 3]);
    const narrow = new Uint8Array((height + 1) * row); // the last row is that of the color
    for (let y = 0; y <= height; y++) {
        const [source, start] = y < height ? [data, (rows[0] + y) * width * 3] : [blank, 0];
        for (let i = 0; i < row; i++) {
            const [x, c] = [Math.floor(i / 3), i % 3];
            const from = start + (across ? across.first[x] : columns[0] + x) * 3 + c;
            const outside = color[c];
            narrow[y * row + i] = across ? weighted(source, { from, step: 3, outside }, across, x) : source[from];
        }
    }
    const count = down?.first.length ?? height;
    for (let y = 0; y < count; y++)
        for (let i = 0; i < row; i++) {
            const from = (down ? down.first[y] - rows[0] : y) * row + i;
            const outside = narrow[height * row + i];
            result.data[result.at + y * result.step + i] = down
                ? weighted(narrow, { from, step: row, outside }, down, y)
                : narrow[from];
        }
}
//# sourceMappingURL=resample-plain.js.map