// Sound files in: the format told by the content, bounded before and while it is decoded, channels averaged into one.

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
  signal?: AbortSignal;
}

const EXPECTED = 'a WAV, MP3, FLAC, Ogg (Vorbis, Opus, FLAC), M4A, AAC or WebM file';

/** The reader for a file that begins so. */
function readerOf(bytes: Uint8Array): ((bytes: Uint8Array, bounds: DecodeBounds) => Sound | Promise<Sound>) | undefined {
  const type = fileType(bytes);
  if (type?.name === 'a WAV sound') return decodeWav;
  if (type?.name === 'a FLAC sound') return decodeFlac;
  if (type?.name.startsWith('an Ogg')) return decodeOgg;
  if (isMp3(bytes)) return decodeMp3;
  const format = type?.container;
  return format && ((all, bounds) => containerSound(all, { ...bounds, format }));
}

/** The first sound of a container, or a stream of AAC, with ffmpeg: there is no decoder of AAC whose licence goes with ours. */
async function containerSound(bytes: Uint8Array, { format, place, maxSamples, signal }: DecodeBounds & { format: string }): Promise<Sound> {
  const output = ['-map', '0:a:0', '-ac', '1', '-c:a', 'pcm_f32le', '-f', 'wav'];
  const maxOutput = maxSamples * 4 + 4096; // samples and the header of a WAV file
  return withFile(bytes, async (file) => {
    const run = { file, format, place, kind: 'sound', output, maxOutput, maxTime: 300, signal } as const;
    const result = await runFfmpeg(run);
    if (result.complaints !== '') throw damagedFile(run, result.complaints);
    return decodeWav(result.output, { place, maxSamples });
  });
}

/**
 * Decodes a sound file to one channel at the file's own rate: WAV, MP3, FLAC, or Ogg with Vorbis, Opus or FLAC in it; M4A, AAC, WebM and
 * the sound of a video with the program ffmpeg. The content tells the format, not the name. The file's size and the length that it states
 * are checked before anything is decoded, and the length again while it is.
 * Errors: `media.file`, `media.limit`, `media.format`, `media.damaged`, `media.program` without ffmpeg; each names the file.
 * @example resampleSound(await decodeSound('speech.mp3'), 16000)
 */
export async function decodeSound(source: MediaSource, limits: SoundLimits = {}): Promise<Sound> {
  const { maxBytes = 200 * 2 ** 20, maxSamples = 100e6, signal } = limits;
  const { bytes, place } = await readSource(source, { kind: 'sound', expected: EXPECTED, maxBytes, smaller: 'Cut it' });
  signal?.throwIfAborted();
  const read = readerOf(bytes);
  if (!read) throw unreadSound(place, { expected: EXPECTED, got: describeFile(bytes) });
  return read(bytes, { place, maxSamples, signal });
}
