// Files of the ISO base media format (MP4 and its relatives, AVIF, HEIC), told apart by the brands of their `ftyp` box (ISO/IEC 14496-12).
const HEVC = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs'];
const IPHONE = 'Convert it to JPEG first; iPhones save JPEG with Settings, Camera, Formats, Most Compatible';
const AVIF = { name: 'an AVIF image', kind: 'image', read: 'sharp' };
const HEIC = { name: 'a HEIC image', kind: 'image', hint: IPHONE };
const HEIF = { name: 'a HEIF image', kind: 'image', hint: 'Convert it to JPEG first' };
/** First match of a brand, by how it begins. */
const BRANDS = [
    [['avif', 'avis', 'MA1A', 'MA1B'], AVIF],
    [HEVC, HEIC],
    [['avci', 'avcs', 'vvic', 'jpeg', 'jpgs', 'j2ki', 'j2is'], HEIF],
    [['crx '], { name: 'a raw photograph (CR3)', kind: 'image' }],
    [['M4A ', 'M4B ', 'M4P ', 'F4A ', 'F4B '], { name: 'an M4A sound', kind: 'sound', container: 'mov' }],
    [['qt  '], { name: 'a QuickTime video', kind: 'video', container: 'mov' }],
    [['3gp', '3gr', '3gs', '3ge', '3gg', '3g2'], { name: 'a 3GP video', kind: 'video', container: 'mov' }],
    [['jp2', 'jpx', 'jpm', 'mjp2'], { name: 'a JPEG 2000 image', kind: 'image' }],
    [['jxl '], { name: 'a JPEG XL image', kind: 'image' }],
];
/** Brands of images that leave the codec to the compatible brands. */
const GENERIC = ['mif1', 'mif2', 'msf1', 'miaf', 'MiHE', 'MiHB', 'MiPr', '1pic'];
/** Brands of films. */
const FILM = /^(iso[m\d]|mp[47]\d|avc1|M4V|dash|cmf|f4v|MSNV)/;
const typeOf = (brand) => BRANDS.find(([brands]) => brands.some((b) => brand.startsWith(b)))?.[1];
/** The type of a file that begins with an `ftyp` box, of which `head` holds the beginning. */
export function isoMediaType(head) {
    const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1');
    const size = new DataView(head.buffer, head.byteOffset).getUint32(0);
    const major = text.slice(8, 12);
    const compatible = [];
    for (let at = 16; at + 4 <= Math.min(size, text.length); at += 4)
        compatible.push(text.slice(at, at + 4));
    const own = typeOf(major);
    if (own)
        return own;
    // A film may be compatible with a still image of its own, but an image says by its major brand that it is one.
    const isImage = GENERIC.includes(major) || !(FILM.test(major) || compatible.some((brand) => FILM.test(brand)));
    const still = isImage ? compatible.map(typeOf).find((type) => type?.kind === 'image') : undefined;
    if (still)
        return still;
    if (GENERIC.includes(major))
        return HEIF;
    return { name: 'an MP4 video', kind: 'video', container: 'mov' };
}
//# sourceMappingURL=iso-media.js.map