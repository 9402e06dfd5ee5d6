// The smallest PNG writer: RGB pixels to a file that every browser shows, without a native library.
import { crc32, deflateSync } from 'node:zlib';
import { SensoriumError } from '../../util/errors.js';
function chunk(type, data) {
    const out = Buffer.alloc(12 + data.length);
    out.writeUInt32BE(data.length, 0);
    out.write(type, 4, 'latin1');
    out.set(data, 8);
    out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
    return out;
}
/** An 8-bit RGB PNG of `pixels` (height × width × 3 bytes, row by row). */
export function encodePng(pixels, width, height) {
    if (pixels.length !== width * height * 3)
        throw new SensoriumError('evaluate.png', 'pixels do not fill the image', {
            expected: `${width * height * 3} bytes for ${width}x${height} RGB`,
            got: String(pixels.length),
        });
    const header = Buffer.alloc(13);
    header.writeUInt32BE(width, 0);
    header.writeUInt32BE(height, 4);
    header.set([8, 2, 0, 0, 0], 8); // 8 bits, RGB, default compression and filters, not interlaced
    const rows = Buffer.alloc(height * (width * 3 + 1)); // every row starts with its filter: 0, none
    for (let y = 0; y < height; y++)
        rows.set(pixels.subarray(y * width * 3, (y + 1) * width * 3), y * (width * 3 + 1) + 1);
    return Buffer.concat([
        Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
        chunk('IHDR', header),
        chunk('IDAT', deflateSync(rows, { level: 9 })),
        chunk('IEND', Buffer.alloc(0)),
    ]);
}
/** The same as a data URL. */
export function pngUrl(pixels, width, height) {
    return `data:image/png;base64,${encodePng(pixels, width, height).toString('base64')}`;
}
//# sourceMappingURL=png.js.map