// Sound files in: the format told by the content, bounded before and while it is decoded, channels averaged into one.
import { defineJob, runJob } from '../util/jobs.js';
import { damagedFile, runFfmpeg, withFile } from './ffmpeg.js';
import { describeFile, fileType } from './file-type.js';
import { isMp3 } from './mp3.js';
import { decodeFlac, decodeMp3, decodeOgg } from './sound-decoders.js';
import { unreadSound } from './sound-errors.js';
import { readSource } from './source.js';
import { decodeWav } from './wav.js';
const EXPECTED = 'a WAV, MP3, FLAC, Ogg (Vorbis, Opus, FLAC), M4A, AAC or WebM file';
/** Smaller files are decoded where they are, in some milliseconds. */
const SMALL = 64 * 1024;
/** Seconds that decoding may take, in a thread or by ffmpeg. */
const MOST_SECONDS = 300;
/** The reader for a file that begins so; undefined for what ffmpeg reads, or nobody. */
function readerOf(bytes) {
    const type = fileType(bytes);
    if (type?.name === 'a WAV sound')
        return decodeWav;
    if (type?.name === 'a FLAC sound')
        return decodeFlac;
    if (type?.name.startsWith('an Ogg'))
        return decodeOgg;
    return isMp3(bytes) ? decodeMp3 : undefined;
}
/** Decodes a file of a format that `readerOf` knows: the work of a thread. */
export async function readSound({ bytes, ...bounds }, signal) {
    return readerOf(bytes)(bytes, { ...bounds, signal });
}
const job = defineJob(import.meta.url, readSound);
/** The same, of a large file in a worker thread. */
function decoded(sound, signal) {
    const { bytes } = sound;
    if (bytes.length < SMALL)
        return readSound(sound, signal);
    // A view of a larger buffer would be sent with all of it.
    const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
    return runJob(job, { ...sound, bytes: own }, { signal, timeoutMs: MOST_SECONDS * 1000 });
}
/** The first sound of a container, or a stream of AAC, with ffmpeg: there is no decoder of AAC whose licence goes with ours. */
async function containerSound(bytes, { format, place, maxSamples, signal }) {
    const output = ['-map', '0:a:0', '-ac', '1', '-c:a', 'pcm_f32le', '-f', 'wav'];
    const maxOutput = maxSamples * 4 + 4096; // samples and the header of a WAV file
    return withFile(bytes, async (file) => {
        const run = { file, format, place, kind: 'sound', output, maxOutput, maxTime: MOST_SECONDS, signal };
        const result = await runFfmpeg(run);
        if (result.complaints !== '')
            throw damagedFile(run, result.complaints);
        return decoded({ bytes: result.output, place, maxSamples }, signal);
    });
}
/**
 * Decodes a sound file to one channel at the file's own rate: WAV, MP3, FLAC, or Ogg with Vorbis, Opus or FLAC in it; M4A, AAC, WebM and
 * the sound of a video with the program ffmpeg. The content tells the format, not the name. The file's size and the length that it states
 * are checked before anything is decoded, and the length again while it is. Large files are decoded in a worker thread, for at most five
 * minutes. Errors: `media.file`, `media.limit`, `media.format`, `media.damaged`, `media.program` without ffmpeg; each names the file.
 * `job.time` for one that takes too long.
 * @example resampleSound(await decodeSound('speech.mp3'), 16000)
 */
export async function decodeSound(source, limits = {}) {
    const { maxBytes = 200 * 2 ** 20, maxSamples = 100e6, signal } = limits;
    const { bytes, place } = await readSource(source, { kind: 'sound', expected: EXPECTED, maxBytes, smaller: 'Cut it' });
    signal?.throwIfAborted();
    if (readerOf(bytes))
        return decoded({ bytes, place, maxSamples }, signal);
    const format = fileType(bytes)?.container;
    if (!format)
        throw unreadSound(place, { expected: EXPECTED, got: describeFile(bytes) });
    return containerSound(bytes, { format, place, maxSamples, signal });
}
//# sourceMappingURL=decode-sound.js.map