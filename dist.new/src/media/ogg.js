// Ogg files to packets (RFC 3533): every page is checked, so that a damaged or cut file is told before a decoder sees it.
import { damagedSound, unreadSound } from './sound-errors.js';
const HEADER = 27;
const CONTINUED = 1;
const LAST = 4;
/** Table of Ogg's CRC-32: polynomial 04c11db7, not reflected, beginning with 0. */
const CRC = Uint32Array.from({ length: 256 }, (_, i) => {
    let r = i << 24;
    for (let bit = 0; bit < 8; bit++)
        r = r & 0x80000000 ? (r << 1) ^ 0x04c11db7 : r << 1;
    return r >>> 0;
});
/** CRC of a page, whose own field (bytes 22 to 25) counts as zeros. */
function pageCrc(page) {
    let crc = 0;
    for (let i = 0; i < page.length; i++) {
        const byte = i >= 22 && i < 26 ? 0 : page[i];
        crc = (crc << 8) ^ CRC[((crc >>> 24) ^ byte) & 255];
    }
    return crc >>> 0;
}
/** Reads all pages of an Ogg file of one stream. Errors: `media.damaged`; `media.format` for several streams. */
export function readOgg(bytes, place) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const packets = [];
    let open = []; // pieces of a packet that goes on
    let [end, serial, done] = [0, -1, false];
    for (let at = 0, number = 0; at < bytes.length; number++) {
        const wrong = (got) => damagedSound(place, 'Ogg', `${got} at byte ${at} of ${bytes.length}`);
        if (bytes.length - at < HEADER || view.getUint32(at) !== 0x4f676753)
            throw wrong('no page');
        const segments = bytes[at + 26];
        const body = at + HEADER + segments;
        const table = bytes.subarray(at + HEADER, body);
        const next = body + table.reduce((sum, n) => sum + n, 0);
        if (body > bytes.length || next > bytes.length)
            throw wrong('half a page');
        if (pageCrc(bytes.subarray(at, next)) !== view.getUint32(at + 22, true))
            throw wrong('a page with a wrong checksum');
        const own = view.getUint32(at + 14, true);
        if (number > 0 && own !== serial)
            throw unreadSound(place, { expected: 'an Ogg file of one stream', got: 'several streams', hint: 'Take the sound out of it first' });
        serial = own;
        const flags = bytes[at + 5];
        if (done || view.getUint32(at + 18, true) !== number || open.length > 0 !== Boolean(flags & CONTINUED))
            throw wrong('a page is missing');
        let [from, to] = [body, body];
        for (const n of table) {
            to += n;
            if (n === 255)
                continue; // the packet goes on
            const piece = bytes.subarray(from, to);
            packets.push(open.length > 0 ? Buffer.concat([...open, piece]) : piece);
            open = [];
            from = to;
        }
        if (to > from)
            open.push(bytes.subarray(from, to));
        const granule = view.getBigInt64(at + 6, true);
        if (granule >= 0n)
            end = Number(granule);
        done = Boolean(flags & LAST);
        at = next;
    }
    if (!done)
        throw damagedSound(place, 'Ogg', 'no last page');
    return { packets, end };
}
//# sourceMappingURL=ogg.js.map