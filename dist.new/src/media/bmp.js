// BMP files: palettes of 1, 2, 4 and 8 bits (run lengths included), 16, 24 and 32 bits with any masks. sharp does not read them.
import { SensoriumError } from '../util/errors.js';
import { checkPixels } from './image.js';
const [RAW, RLE8, RLE4, BITFIELDS, ALPHA_BITFIELDS] = [0, 1, 2, 3, 6];
/** What the header of a BMP file says of its size; 0x0 for one that is cut off. */
export function bmpSize(bytes) {
    if (bytes.byteLength < 26)
        return { width: 0, height: 0 };
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (view.getUint32(14, true) === 12)
        return { width: view.getUint16(18, true), height: view.getUint16(20, true) };
    return { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) };
}
/** Decodes a BMP file; alpha, where a mask for it gives any, lies on white. Errors: `media.format`, `media.limit`, `media.damaged`. */
export function decodeBmp(bytes, { place, maxPixels }) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const header = readHeader(view, place);
    const { width, height, bits, compression } = header;
    checkPixels({ width, height }, maxPixels, place);
    if (compression === RLE8 || compression === RLE4)
        return colored(runLengths(bytes, header, place), header);
    const stride = Math.ceil((width * bits) / 32) * 4;
    if (header.pixels + stride * (height - 1) + Math.ceil((width * bits) / 8) > bytes.length)
        throw damaged(place, `${bytes.length} bytes for ${width}x${height} pixels of ${bits} bits`);
    return bits <= 8 ? colored(indices(bytes, header, stride), header) : direct(view, header, stride);
}
function damaged(place, got) {
    return new SensoriumError('media.damaged', 'the image is damaged or cut short', {
        place,
        expected: 'a complete BMP file',
        got,
        hint: 'Download or export it again',
    });
}
function readHeader(view, place) {
    if (view.byteLength < 26)
        throw damaged(place, `${view.byteLength} bytes`);
    const size = view.getUint32(14, true);
    const old = size === 12; // OS/2 1
    if (14 + size > view.byteLength || size < 12)
        throw damaged(place, `a header of ${size} bytes in ${view.byteLength}`);
    const short = (at) => view.getUint16(at, true);
    const int = (at) => (at + 4 <= view.byteLength ? view.getUint32(at, true) : 0);
    const [width, rows] = old ? [short(18), short(20)] : [view.getInt32(18, true), view.getInt32(22, true)];
    const bits = short(old ? 24 : 28);
    const compression = !old && size >= 20 ? int(30) : RAW;
    const kinds = {
        [RAW]: [1, 2, 4, 8, 16, 24, 32],
        [RLE8]: [8],
        [RLE4]: [4],
        [BITFIELDS]: [16, 24, 32],
        [ALPHA_BITFIELDS]: [16, 32],
    };
    if (!kinds[compression]?.includes(bits))
        throw new SensoriumError('media.format', 'this kind of BMP is not read', {
            place,
            expected: '1, 2, 4, 8, 16, 24 or 32 bits, plain, with masks or run lengths',
            got: `${bits} bits, compression ${compression}`,
            hint: 'Convert it to PNG first',
        });
    if (width <= 0 || rows === 0)
        throw damaged(place, `${width}x${rows} pixels`);
    const masked = compression === BITFIELDS || compression === ALPHA_BITFIELDS;
    // Masks follow a header of 40 bytes; longer ones have them at the same place.
    const maskBytes = masked && size === 40 ? (compression === ALPHA_BITFIELDS ? 16 : 12) : 0;
    const given = [int(54), int(58), int(62), size >= 56 || compression === ALPHA_BITFIELDS ? int(66) : 0];
    const usual = bits === 16 ? [0x7c00, 0x3e0, 0x1f, 0] : [0xff0000, 0xff00, 0xff, 0];
    const masks = masked && given.some((mask) => mask !== 0) ? given : usual;
    const entry = old ? 3 : 4;
    const start = 14 + size + maskBytes;
    const pixels = int(10) || start;
    const room = Math.max(0, Math.min(view.byteLength, pixels > start ? pixels : view.byteLength) - start);
    const named = old || size < 36 ? 0 : int(46);
    const colors = bits > 8 ? 0 : Math.min(named || 2 ** bits, 2 ** bits, Math.floor(room / entry));
    const palette = new Uint8Array(256 * 3);
    for (let i = 0; i < colors; i++)
        for (let c = 0; c < 3; c++)
            palette[i * 3 + c] = view.getUint8(start + i * entry + 2 - c);
    return { width, height: Math.abs(rows), topDown: rows < 0, bits, compression, pixels, palette, masks };
}
/** The row of the image that row `y` of the file is. */
const rowOf = ({ topDown, height }, y) => (topDown ? y : height - 1 - y);
/** The index of every pixel, [height, width]. */
function indices(bytes, header, stride) {
    const { width, height, bits, pixels } = header;
    const out = new Uint8Array(width * height);
    const perByte = 8 / bits;
    const most = 2 ** bits - 1;
    for (let y = 0; y < height; y++) {
        const [from, to] = [pixels + y * stride, rowOf(header, y) * width];
        for (let x = 0; x < width; x++) {
            const shift = 8 - bits - (x % perByte) * bits;
            out[to + x] = (bytes[from + Math.floor(x / perByte)] >> shift) & most;
        }
    }
    return out;
}
/** The same of a file in run lengths. Pixels that it skips have index 0. */
function runLengths(bytes, header, place) {
    const { width, height, bits } = header;
    const out = new Uint8Array(width * height);
    let [x, y, at] = [0, 0, header.pixels];
    const put = (index) => {
        if (x < width && y < height)
            out[rowOf(header, y) * width + x] = index;
        x++;
    };
    const half = (byte, i) => (bits === 8 ? byte : i % 2 === 0 ? byte >> 4 : byte & 15);
    while (y < height) {
        const [count, value] = [bytes[at], bytes[at + 1]];
        if (count === undefined || value === undefined)
            throw damaged(place, `${y} of ${height} rows`);
        at += 2;
        if (count > 0)
            for (let i = 0; i < count; i++)
                put(half(value, i));
        else if (value === 0)
            [x, y] = [0, y + 1];
        else if (value === 1)
            break;
        else if (value === 2) {
            [x, y] = [x + (bytes[at] ?? 0), y + (bytes[at + 1] ?? 0)];
            at += 2;
        }
        else {
            const length = Math.ceil((value * bits) / 8);
            if (at + length > bytes.length)
                throw damaged(place, `${y} of ${height} rows`);
            for (let i = 0; i < value; i++)
                put(half(bytes[at + (bits === 8 ? i : i >> 1)], i));
            at += length + (length % 2);
        }
    }
    return out;
}
function colored(index, { width, height, palette }) {
    const data = new Uint8Array(index.length * 3);
    for (let i = 0, o = 0; i < index.length; i++)
        for (let c = 0, p = index[i] * 3; c < 3; c++, o++, p++)
            data[o] = palette[p];
    return { width, height, data };
}
/** Pixels of 16, 24 or 32 bits by their masks. */
function direct(view, header, stride) {
    const { width, height, bits, pixels } = header;
    const data = new Uint8Array(width * height * 3);
    // Where a channel begins, and the largest value it has.
    const fields = header.masks.map((mask) => {
        const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
        return { shift, mask, most: mask >>> shift };
    });
    const channel = (pixel, i) => {
        const { shift, mask, most } = fields[i];
        return most === 0 ? 0 : Math.trunc((((pixel & mask) >>> shift) * 255) / most);
    };
    const step = bits / 8;
    const alpha = fields[3]?.mask ? new Uint8Array(width * height) : undefined;
    const whole = fields.slice(0, 3).every(({ shift, most }) => most === 255 && shift % 8 === 0);
    if (bits >= 24 && whole && !alpha) {
        const [r, g, b] = fields.map(({ shift }) => shift / 8);
        for (let y = 0; y < height; y++)
            for (let o = rowOf(header, y) * width * 3, at = pixels + y * stride, end = o + width * 3; o < end; o += 3, at += step) {
                data[o] = view.getUint8(at + r);
                data[o + 1] = view.getUint8(at + g);
                data[o + 2] = view.getUint8(at + b);
            }
        return { width, height, data };
    }
    const pixelAt = (at) => bits === 32
        ? view.getUint32(at, true)
        : bits === 16
            ? view.getUint16(at, true)
            : view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    for (let y = 0; y < height; y++) {
        let at = pixels + y * stride;
        for (let i = rowOf(header, y) * width, end = i + width; i < end; i++, at += step) {
            const pixel = pixelAt(at);
            for (let c = 0; c < 3; c++)
                data[i * 3 + c] = channel(pixel, c);
            if (alpha)
                alpha[i] = channel(pixel, 3);
        }
    }
    // Writers that know nothing of alpha leave it at 0 everywhere.
    if (alpha?.some((a) => a > 0))
        for (let i = 0; i < data.length; i++) {
            const a = alpha[Math.trunc(i / 3)];
            data[i] = Math.round((data[i] * a + 255 * (255 - a)) / 255);
        }
    return { width, height, data };
}
//# sourceMappingURL=bmp.js.map