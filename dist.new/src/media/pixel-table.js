// From bytes to the numbers of an encoder: rescaling and normalizing are one lookup, and its results are written where they belong.
/**
 * What byte v of channel c becomes, at [c * 256 + v]. numpy's arithmetic: rescale in double rounded to float32, then subtract and divide in
 * float32.
 */
export function pixelTable(config) {
    const table = new Float32Array(3 * 256);
    for (let c = 0; c < 3; c++) {
        const mean = Math.fround(config.image_mean[c]);
        const std = Math.fround(config.image_std[c]);
        for (let v = 0; v < 256; v++) {
            const x = config.do_rescale ? Math.fround(v * config.rescale_factor) : v;
            table[c * 256 + v] = config.do_normalize ? Math.fround(x - mean) / std : x;
        }
    }
    return table;
}
/** Writes the numbers of an image into planes. */
export function putPlanes({ width: across, height: down, data }, table, out, { width, height, left = 0, top = 0, offset = 0 }) {
    const n = width * height;
    for (let y = 0, p = 0; y < down; y++) {
        let o = offset + (y + top) * width + left;
        for (const end = o + across; o < end; o++, p += 3) {
            out[o] = table[data[p]];
            out[o + n] = table[256 + data[p + 1]];
            out[o + 2 * n] = table[512 + data[p + 2]];
        }
    }
}
/** One image as planes [3, height, width]. */
export function pixelPlanes(image, table) {
    const out = new Float32Array(3 * image.width * image.height);
    putPlanes(image, table, out, image);
    return out;
}
/** An image whose bytes are at hand: those of one that is drawn when they are read are read once. */
export const pixelsOf = ({ width, height, data }) => ({ width, height, data });
/** Writes the channels of a square of `side` pixels, each row by row, `step` positions apart from `at`. */
export function putPatch({ width, data }, { left, top, side, step }, table, out, at) {
    let o = at;
    for (let y = top; y < top + side; y++) {
        let p = (y * width + left) * 3;
        for (const end = o + side; o < end; o++, p += 3) {
            out[o] = table[data[p]];
            out[o + step] = table[256 + data[p + 1]];
            out[o + 2 * step] = table[512 + data[p + 2]];
        }
    }
}
/**
 * Square patches of an image, row by row: [(height / p)(width / p), 3 p p], channels first within a patch, written into `out` from `at`.
 * What is left over at the right and bottom is dropped.
 */
export function putPatches(picture, p, table, out, at) {
    const image = pixelsOf(picture);
    let o = at;
    for (let top = 0; top + p <= image.height; top += p)
        for (let left = 0; left + p <= image.width; left += p, o += 3 * p * p)
            putPatch(image, { left, top, side: p, step: p * p }, table, out, o);
}
//# sourceMappingURL=pixel-table.js.map