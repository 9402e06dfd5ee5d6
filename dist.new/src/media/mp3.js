// The frames of an MP3 file, walked by their headers without decoding: what is not MP3, cut off or too long is told at once.
import { damagedSound } from './sound-errors.js';
/** Bit rates in kbit/s by version (1; 2 and 2.5) and layer. */
const RATES = {
    '1/1': [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    '1/2': [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    '1/3': [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    '2/1': [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    '2/2': [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    '2/3': [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
};
/** The frame whose header is at a byte; undefined where there is none. */
function frameAt(bytes, at) {
    if (at + 4 > bytes.length)
        return undefined;
    const [a, b, c, d] = bytes.subarray(at, at + 4);
    if (a !== 0xff || b < 0xe0)
        return undefined;
    const id = (b >> 3) & 3; // 0: version 2.5, 2: 2, 3: 1
    const layer = 4 - ((b >> 1) & 3);
    const rate = (c >> 2) & 3;
    const version = id === 3 ? 1 : 2;
    const kilobits = RATES[`${version}/${layer}`]?.[(c >> 4) - 1];
    if (id === 1 || layer === 4 || rate === 3 || kilobits === undefined)
        return undefined;
    const sampleRate = [44100, 48000, 32000][rate] >> (id === 3 ? 0 : id === 2 ? 1 : 2);
    const samples = layer === 1 ? 384 : layer === 3 && version === 2 ? 576 : 1152;
    const slot = layer === 1 ? 4 : 1;
    const length = (Math.floor((samples * kilobits * 125) / (sampleRate * slot)) + ((c >> 1) & 1)) * slot;
    const side = d >> 6 === 3 ? (version === 1 ? 17 : 9) : version === 1 ? 32 : 17;
    return { length, samples, sampleRate, side, kind: `${id}/${layer}/${sampleRate}` };
}
const isText = (bytes, at, text) => [...text].every((letter, i) => bytes[at + i] === letter.charCodeAt(0));
/** Where tags that begin at a byte (ID3v2) end, and zeros behind them; the byte itself where there are none. */
function behindTags(bytes, at) {
    let end = at;
    while (isText(bytes, end, 'ID3') && end + 10 <= bytes.length) {
        const size = bytes.subarray(end + 6, end + 10).reduce((sum, byte) => sum * 128 + (byte & 127), 0);
        end += 10 + size + (bytes[end + 5] & 16 ? 10 : 0);
        while (bytes[end] === 0)
            end++;
    }
    return end;
}
/** Whether a file is MP3 (MPEG layers I to III): two frames follow each other at its beginning, or behind its tag. */
export function isMp3(bytes) {
    const from = behindTags(bytes, 0);
    const first = frameAt(bytes, from);
    if (!first)
        return false;
    const next = from + first.length;
    return next >= bytes.length || frameAt(bytes, next)?.kind === first.kind;
}
/** Walks the frames of a file of which `isMp3` is true. Errors: `media.damaged` for frames that are cut off, missing or broken. */
export function mp3Frames(bytes, place) {
    const from = behindTags(bytes, 0);
    const first = frameAt(bytes, from);
    const wrong = (got) => damagedSound(place, 'MP3', got);
    let [at, count] = [from, 0];
    while (at < bytes.length) {
        const frame = frameAt(bytes, at);
        if (frame?.kind === first.kind) {
            if (at + frame.length > bytes.length)
                throw wrong(`half a frame at byte ${at} of ${bytes.length}`);
            at += frame.length;
            count++;
            continue;
        }
        const next = behindTags(bytes, at); // files that were put one behind the other
        if (next === at)
            break;
        at = next;
    }
    const isTrailer = ['TAG', 'APETAGEX', 'LYRICS'].some((tag) => isText(bytes, at, tag));
    if (at < bytes.length && !isTrailer && !bytes.subarray(at).every((byte) => byte === 0))
        throw wrong(`no frame at byte ${at} of ${bytes.length}`);
    const announced = announcedFrames(bytes, from, first);
    if (announced !== undefined && count - 1 < announced)
        throw wrong(`${Math.max(0, count - 1)} of ${announced} frames`);
    return { from, to: Math.min(at, bytes.length), samples: count * first.samples };
}
/** Frames that the first one announces (Xing's header), itself not counted. */
function announcedFrames(bytes, from, { side }) {
    const at = from + 4 + side;
    if (!isText(bytes, at, 'Xing') && !isText(bytes, at, 'Info'))
        return undefined;
    if (at + 12 > bytes.length || !(bytes[at + 7] & 1))
        return undefined;
    return new DataView(bytes.buffer, bytes.byteOffset + at + 8, 4).getUint32(0);
}
//# sourceMappingURL=mp3.js.map