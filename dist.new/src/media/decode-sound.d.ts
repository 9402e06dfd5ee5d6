import type { Sound } from './sound.js';
import { type DecodeBounds } from './sound-decoders.js';
import { type MediaSource } from './source.js';
/** Bounds of one sound file. */
export interface SoundLimits {
    /** Largest file, in bytes. Default 200 MiB. */
    maxBytes?: number;
    /** Longest sound, in samples of one channel. Default 100 million: 37 minutes at 44.1 kHz. */
    maxSamples?: number;
    signal?: AbortSignal;
}
/** A file that is decoded without another program. */
interface EncodedSound extends Omit<DecodeBounds, 'signal'> {
    bytes: Uint8Array;
}
/** Decodes a file of a format that `readerOf` knows: the work of a thread. */
export declare function readSound({ bytes, ...bounds }: EncodedSound, signal?: AbortSignal): Promise<Sound>;
/**
 * Decodes a sound file to one channel at the file's own rate: WAV, MP3, FLAC, or Ogg with Vorbis, Opus or FLAC in it; M4A, AAC, WebM and
 * the sound of a video with the program ffmpeg. The content tells the format, not the name. The file's size and the length that it states
 * are checked before anything is decoded, and the length again while it is. Large files are decoded in a worker thread, for at most five
 * minutes. Errors: `media.file`, `media.limit`, `media.format`, `media.damaged`, `media.program` without ffmpeg; each names the file.
 * `job.time` for one that takes too long.
 * @example resampleSound(await decodeSound('speech.mp3'), 16000)
 */
export declare function decodeSound(source: MediaSource, limits?: SoundLimits): Promise<Sound>;
export {};
