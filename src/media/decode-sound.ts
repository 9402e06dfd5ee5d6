// Sound files in: the format told by the content, bounded before and while it is decoded, channels averaged into one.

import { defineJob, runJob } from '../util/jobs.js';
import { damagedFile, runFfmpeg, withFile } from './ffmpeg.js';
import { describeFile, fileType } from './file-type.js';
import { isMp3 } from './mp3.js';
import type { Sound } from './sound.js';
import { type DecodeBounds, decodeFlac, decodeMp3, decodeOgg } from './sound-decoders.js';
import { unreadSound } from './sound-errors.js';
import { type MediaSource, readSource } from './source.js';
import { decodeWav } from './wav.js';

/** Bounds of one sound file. */
export interface SoundLimits {
  /** Largest file, in bytes. Default 200 MiB. */
  maxBytes?: number;
  /** Longest sound, in samples of one channel. Default 100 million: 37 minutes at 44.1 kHz. */
  maxSamples?: number;
  /** Whether the program ffmpeg may read M4A, AAC, WebM and videos. Default true. */
  containers?: boolean;
  signal?: AbortSignal;
}

const PLAIN = 'a WAV, MP3, FLAC or Ogg (Vorbis, Opus, FLAC) file';
const EXPECTED = 'a WAV, MP3, FLAC, Ogg (Vorbis, Opus, FLAC), M4A, AAC or WebM file';
/** Smaller files are decoded where they are, in some milliseconds. */
const SMALL = 64 * 1024;
/** Seconds that decoding may take, in a thread or by ffmpeg. */
const MOST_SECONDS = 300;

/** A file that is decoded without another program. */
interface EncodedSound extends Omit<DecodeBounds, 'signal'> {
  bytes: Uint8Array;
}

/** The reader for a file that begins so; undefined for what ffmpeg reads, or nobody. */
function readerOf(bytes: Uint8Array): ((bytes: Uint8Array, bounds: DecodeBounds) => Sound | Promise<Sound>) | undefined {
  const type = fileType(bytes);
  if (type?.name === 'a WAV sound') return decodeWav;
  if (type?.name === 'a FLAC sound') return decodeFlac;
  if (type?.name.startsWith('an Ogg')) return decodeOgg;
  return isMp3(bytes) ? decodeMp3 : undefined;
}

/** Decodes a file of a format that `readerOf` knows: the work of a thread. */
export async function readSound({ bytes, ...bounds }: EncodedSound, signal?: AbortSignal): Promise<Sound> {
  return (readerOf(bytes) as NonNullable<ReturnType<typeof readerOf>>)(bytes, { ...bounds, signal });
}

const job = defineJob(import.meta.url, readSound);

/** The same, of a large file in a worker thread. */
function decoded(sound: EncodedSound, signal: AbortSignal | undefined): Promise<Sound> {
  const { bytes } = sound;
  if (bytes.length < SMALL) return readSound(sound, signal);
  // A view of a larger buffer would be sent with all of it.
  const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
  return runJob(job, { ...sound, bytes: own }, { signal, timeoutMs: MOST_SECONDS * 1000 });
}

/** The first sound of a container, or a stream of AAC, with ffmpeg: there is no decoder of AAC whose licence goes with ours. */
async function containerSound(bytes: Uint8Array, { format, place, maxSamples, signal }: DecodeBounds & { format: string }): Promise<Sound> {
  const output = ['-map', '0:a:0', '-ac', '1', '-c:a', 'pcm_f32le', '-f', 'wav'];
  const maxOutput = maxSamples * 4 + 4096; // samples and the header of a WAV file
  return withFile(bytes, async (file) => {
    const run = { file, format, place, kind: 'sound', output, maxOutput, maxTime: MOST_SECONDS, signal } as const;
    const result = await runFfmpeg(run);
    if (result.complaints !== '') throw damagedFile(run, result.complaints);
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
export async function decodeSound(source: MediaSource, limits: SoundLimits = {}): Promise<Sound> {
  const { maxBytes = 200 * 2 ** 20, maxSamples = 100e6, containers = true, signal } = limits;
  const expected = containers ? EXPECTED : PLAIN;
  const { bytes, place } = await readSource(source, { kind: 'sound', expected, maxBytes, smaller: 'Cut it' });
  signal?.throwIfAborted();
  if (readerOf(bytes)) return decoded({ bytes, place, maxSamples }, signal);
  const format = fileType(bytes)?.container;
  if (!format || !containers) throw unreadSound(place, { expected, got: describeFile(bytes) });
  return containerSound(bytes, { format, place, maxSamples, signal });
}
