// What a file is by its first bytes, never by its name: images, sounds and videos, and what is often found in their place.
import { isoMediaType } from './iso-media.js';
import { TAGS, tagNumber, tiffTags } from './tiff-tags.js';
/** Bytes that tell what a file is. */
export const FILE_HEAD = 4096;
const image = (name, read, hint) => ({ name, kind: 'image', read, hint });
const sound = (name, container) => ({ name, kind: 'sound', container });
const video = (name, container) => ({ name, kind: 'video', container });
const other = (name, hint) => ({ name, kind: 'other', hint });
const RAW = 'Develop it to JPEG or TIFF first';
const DOWNLOAD = 'The download went wrong: fetch the file itself';
/** Latin-1 text at a byte, and the type of files that have it there. The first match counts. */
const SIGNATURES = [
    [0, '\x89PNG', image('a PNG image', 'sharp')],
    [0, '\xff\xd8\xff', image('a JPEG image', 'sharp')],
    [0, 'GIF8', image('a GIF image', 'sharp')],
    [8, 'WEBP', image('a WebP image', 'sharp')], // behind RIFF, see below
    [8, 'WAVE', sound('a WAV sound')],
    [8, 'AVI ', video('an AVI video', 'avi')],
    [8, 'AIFF', sound('an AIFF sound')],
    [8, 'AIFC', sound('an AIFF sound')],
    [0, 'fLaC', sound('a FLAC sound')],
    [0, 'OggS', sound('an Ogg file')],
    [0, 'ID3', sound('an MP3 sound')],
    [0, 'RF64', sound('an RF64 sound')],
    [0, 'caff', sound('a CAF sound')],
    [0, '#!AMR', sound('an AMR sound')],
    [0, '.snd', sound('an AU sound')],
    [0, 'MThd', sound('a MIDI file')],
    [0, '\0\0\0\x0cjP  ', image('a JPEG 2000 image')],
    [0, '\xff\x4f\xff\x51', image('a JPEG 2000 image')],
    [0, '\0\0\0\x0cJXL ', image('a JPEG XL image')],
    [0, '\xff\x0a', image('a JPEG XL image')],
    [0, '8BPS', image('a Photoshop image (PSD)')],
    [0, 'gimp xcf', image('a GIMP image (XCF)')],
    [0, 'FUJIFILMCCD-RAW', image('a raw photograph (RAF)', undefined, RAW)],
    [0, 'IIRO', image('a raw photograph (ORF)', undefined, RAW)],
    [0, 'IIRS', image('a raw photograph (ORF)', undefined, RAW)],
    [0, 'MMOR', image('a raw photograph (ORF)', undefined, RAW)],
    [0, 'IIU\0', image('a raw photograph (RW2)', undefined, RAW)],
    [8, 'CR\x02', image('a raw photograph (CR2)', undefined, RAW)], // behind II*, see below
    [6, 'HEAPCCDR', image('a raw photograph (CRW)', undefined, RAW)],
    [0, 'FOVb', image('a raw photograph (X3F)', undefined, RAW)],
    [0, 'DDS ', image('a DDS texture')],
    [0, '\x76\x2f\x31\x01', image('an OpenEXR image')],
    [0, '#?RADIANCE', image('a Radiance HDR image')],
    [0, 'qoif', image('a QOI image')],
    [0, 'SIMPLE  =', image('a FITS image')],
    [128, 'DICM', image('a DICOM image')],
    [0, '\xd7\xcd\xc6\x9a', image('a Windows metafile (WMF)')],
    [40, ' EMF', image('a Windows metafile (EMF)')],
    [0, '\x1a\x45\xdf\xa3', video('a Matroska video', 'matroska')],
    [0, 'FLV\x01', video('a Flash video (FLV)')],
    [0, '\x30\x26\xb2\x75\x8e\x66\xcf\x11', video('a Windows Media file')],
    [0, '\0\0\x01\xba', video('an MPEG video')],
    [0, '\0\0\x01\xb3', video('an MPEG video')],
    [0, '%PDF-', other('a PDF document', 'Export its page as PNG or JPEG first')],
    [0, '%!PS', other('a PostScript file', 'Export its page as PNG or JPEG first')],
    [0, 'PK\x03\x04', other('a ZIP archive', 'Unpack it first')],
    [0, 'Rar!', other('a RAR archive', 'Unpack it first')],
    [0, '7z\xbc\xaf\x27\x1c', other('a 7z archive', 'Unpack it first')],
    [0, '\x1f\x8b', other('a gzip file', 'Unpack it first')],
    [257, 'ustar', other('a tar archive', 'Unpack it first')],
    [0, '\0\x05\x16\x07', other('an AppleDouble file (metadata of macOS)', 'Name the file without ._ at the front')],
    [0, '\0\x05\x16\0', other('an AppleSingle file (metadata of macOS)')],
    [0, '\x93NUMPY', other('a NumPy array')],
    [0, 'version https://git-lfs.github.com/spec/', other('a Git LFS pointer, not the file itself', 'Fetch the file with: git lfs pull')],
    [0, '/annex/objects/', other('a git-annex pointer, not the file itself', 'Fetch the file with: git annex get')],
];
/** Signatures that count only behind another one. */
const BEHIND = {
    WEBP: ['RIFF'],
    WAVE: ['RIFF', 'RIFX'],
    'AVI ': ['RIFF'],
    AIFF: ['FORM'],
    AIFC: ['FORM'],
    'CR\x02': ['II*\0'],
};
/**
 * The type of a file by its bytes, or by the first `FILE_HEAD` of them, which do not always tell a raw photograph from TIFF. undefined for
 * what is not recognized.
 */
export function fileType(all) {
    const bytes = all.subarray(0, FILE_HEAD);
    if (bytes.length === 0)
        return undefined;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    if (text.startsWith('ftyp', 4) && text.length >= 12)
        return isoMediaType(bytes);
    const found = SIGNATURES.find(([at, signature]) => text.startsWith(signature, at) && (BEHIND[signature]?.some((first) => text.startsWith(first)) ?? true))?.[2];
    if (found?.container === 'matroska' && /webm/.test(text.slice(0, 64)))
        return video('a WebM video', 'matroska');
    if (found?.name === 'an Ogg file' && text.startsWith('\x80theora', 28))
        return video('an Ogg video');
    if (found)
        return found;
    if (/^(II[*+]\0|MM\0[*+])/.test(text))
        return tiffType(all);
    const icon = iconType(bytes);
    if (icon)
        return icon;
    if (isBmp(bytes))
        return image('a BMP image', 'bmp');
    // QuickTime before `ftyp`: one of its boxes comes first.
    if (/^(moov|mdat|wide|free|skip|pnot)$/.test(text.slice(4, 8)))
        return video('a QuickTime video', 'mov');
    if (isAdts(bytes))
        return sound('an AAC sound', 'aac');
    if (/^\xff[\xe2\xe3\xf2\xf3\xfa\xfb]/.test(text))
        return sound('an MP3 sound'); // layer III
    if (text.charCodeAt(0) === 0x47 && text.charCodeAt(188) === 0x47 && text.charCodeAt(376) === 0x47)
        return video('an MPEG transport stream');
    if (/^P[1-7]\s/.test(text))
        return image('a PNM image (PBM, PGM, PPM)');
    if (/^\0+$/.test(text))
        return other('nothing but zero bytes', 'Copy or download it again');
    return textType(bytes, text);
}
/** What a file is, for the words of errors: its type, or how it begins. */
export function describeFile(bytes) {
    return fileType(bytes)?.name ?? `${bytes.length} bytes that start with ${quoteStart(bytes)}`;
}
/** The beginning of a file in quotes. */
export function quoteStart(bytes) {
    return JSON.stringify(Buffer.from(bytes.subarray(0, 12)).toString('latin1'));
}
/** TIFF, and the raw photographs that are built like one: what comes first in them is a thumbnail. */
function tiffType(bytes) {
    const tags = tiffTags(bytes);
    if (tags?.has(TAGS.dngVersion))
        return image('a raw photograph (DNG)', undefined, RAW);
    const reduced = (tagNumber(tags, TAGS.newSubfileType) ?? 0) & 1;
    if (reduced && tags?.has(TAGS.subIfds))
        return image('a raw photograph (NEF, ARW or the like)', undefined, RAW);
    return image('a TIFF image', 'sharp');
}
/** BM, and the size of a header that there is: two letters alone begin many texts. */
function isBmp(bytes) {
    if (bytes.length < 18 || bytes[0] !== 0x42 || bytes[1] !== 0x4d)
        return false;
    const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(14, true);
    return [12, 16, 40, 52, 56, 64, 108, 124].includes(size);
}
/** Icons, cursors and TGA, which begin with zeros and small numbers instead of a signature. */
function iconType(bytes) {
    const [first, mapped = 0, type = 0, , count = 0] = bytes;
    if (bytes.length < 18 || first !== 0 || mapped > 1)
        return undefined;
    if (mapped === 0 && (type === 1 || type === 2) && bytes[3] === 0 && count > 0)
        return image(type === 1 ? 'an icon (ICO)' : 'a cursor (CUR)');
    const sides = (bytes[12] || bytes[13]) && (bytes[14] || bytes[15]);
    const isTga = [1, 2, 3, 9, 10, 11].includes(type) && mapped === Number((type & 7) === 1) && [8, 15, 16, 24, 32].includes(bytes[16] ?? 0);
    return isTga && sides ? image('a TGA image') : undefined;
}
/** A stream of AAC frames (ADTS): the sync word of MPEG audio with the layer that MP3 does not have. */
const isAdts = (head) => head[0] === 0xff && ((head[1] ?? 0) & 0xf6) === 0xf0;
/** Texts that are saved under the name of an image: drawings, web pages, messages of servers. */
function textType(bytes, latin1) {
    const utf16 = latin1.startsWith('\xff\xfe') || latin1.startsWith('\xfe\xff');
    const text = (utf16 ? latin1.replaceAll('\0', '') : latin1).replace(/^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)/, '').trimStart();
    const start = text.slice(0, 1024).toLowerCase();
    if (start.startsWith('<svg') || (/^<(\?xml|!doctype svg|!--)/.test(start) && start.includes('<svg')))
        return image('an SVG drawing', undefined, 'Convert it to PNG first');
    if (/^<(!doctype html|html|head|body|script|!--)/.test(start))
        return other('a web page (HTML)', DOWNLOAD);
    if (start.startsWith('<?xml'))
        return other('an XML file', DOWNLOAD);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence tells text from bytes
    if (!utf16 && (/[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]/.test(latin1) || !isUtf8(bytes)))
        return undefined;
    const quoted = JSON.stringify(Buffer.from(bytes.subarray(0, 200))
        .toString(utf16 ? 'utf16le' : 'utf8')
        .slice(0, 40));
    const what = /^[{[]/.test(start) ? 'JSON' : 'text';
    return other(`${what} that starts with ${quoted}`, what === 'JSON' ? DOWNLOAD : undefined);
}
/** Valid UTF-8, but for a character that is cut at the end. */
function isUtf8(bytes) {
    try {
        new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
        return true;
    }
    catch {
        return false;
    }
}
//# sourceMappingURL=file-type.js.map