// The tags of a TIFF file's first picture: what kind of file it is, and how its colors are coded.
/** TIFF tags by their numbers (TIFF 6.0; DNG 1.7 for the last). */
export const TAGS = {
    newSubfileType: 254,
    compression: 259,
    photometric: 262,
    subIfds: 330,
    extraSamples: 338,
    chromaSubsampling: 530,
    dngVersion: 50706,
};
/** Bytes of one value, by field type. */
const SIZES = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4 };
/** No directory of a picture has more entries. */
const MOST_TAGS = 1000;
const MOST_VALUES = 16;
/** The tags of a TIFF file; undefined for anything else, and for a directory that lies beyond the bytes. */
export function tiffTags(bytes) {
    if (bytes.length < 8)
        return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const order = view.getUint16(0);
    if (order !== 0x4949 && order !== 0x4d4d)
        return undefined;
    const little = order === 0x4949;
    if (view.getUint16(2, little) !== 42)
        return undefined;
    const start = view.getUint32(4, little);
    if (start + 2 > bytes.length)
        return undefined;
    const count = Math.min(MOST_TAGS, view.getUint16(start, little));
    const tags = new Map();
    for (let i = 0, at = start + 2; i < count && at + 12 <= bytes.length; i++, at += 12) {
        const [tag, type, n] = [view.getUint16(at, little), view.getUint16(at + 2, little), view.getUint32(at + 4, little)];
        const size = SIZES[type];
        if (size === undefined || n === 0)
            continue;
        const from = size * n <= 4 ? at + 8 : view.getUint32(at + 8, little);
        const values = Math.min(n, MOST_VALUES);
        if (from + values * size > bytes.length)
            continue;
        const valueAt = (at) => {
            if (size === 1)
                return view.getUint8(at);
            if (size === 2)
                return view.getUint16(at, little);
            const [first, second] = [view.getUint32(at, little), size === 8 ? view.getUint32(at + 4, little) : 1];
            return type === 5 || type === 10 ? first / second : first;
        };
        tags.set(tag, { values: Array.from({ length: values }, (_, k) => valueAt(from + k * size)), at: from, size });
    }
    return tags;
}
/** The first value of a tag; undefined without it. */
export const tagNumber = (tags, tag) => tags?.get(tag)?.values[0];
const PHOTOMETRIC = { rgb: 2, ycbcr: 6, lab: 8, iccLab: 9 };
/** Compressions whose decoder makes RGB of YCbCr itself: JPEG, old and new. */
const JPEG = new Set([6, 7]);
/** The three bytes of a pixel where they are not RGB and no decoder makes them so. `chroma` is not stored for every pixel. */
export function tiffColors(tags) {
    const photometric = tagNumber(tags, TAGS.photometric);
    if (photometric === PHOTOMETRIC.lab)
        return 'lab';
    if (photometric === PHOTOMETRIC.iccLab)
        return 'iccLab';
    if (photometric !== PHOTOMETRIC.ycbcr || JPEG.has(tagNumber(tags, TAGS.compression) ?? 1))
        return undefined;
    const subsampling = tags?.get(TAGS.chromaSubsampling)?.values ?? [2, 2];
    return subsampling.every((n) => n === 1) ? 'ycbcr' : 'chroma';
}
/** Whether a fourth channel is said not to be transparency. */
export const hasPlainExtra = (tags) => tagNumber(tags, TAGS.extraSamples) === 0;
/** A copy of a TIFF file that calls its colors RGB, so that they are read as they are. */
export function asRgbTiff(bytes, tags) {
    const { at, size } = tags.get(TAGS.photometric) ?? { at: 0, size: 0 };
    const copy = new Uint8Array(bytes); // slice() of a Buffer would not copy
    const view = new DataView(copy.buffer);
    const little = view.getUint16(0) === 0x4949;
    if (size === 2)
        view.setUint16(at, PHOTOMETRIC.rgb, little);
    else
        view.setUint32(at, PHOTOMETRIC.rgb, little);
    return copy;
}
//# sourceMappingURL=tiff-tags.js.map