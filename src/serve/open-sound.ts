// Sound files of requests: decoded one at a time within the server's bounds, their samples counted for as long as the request lasts.

import type { Context } from 'hono';
import { decodeSound, type Sound } from '../media/index.js';
import { SensoriumError } from '../util/errors.js';
import type { AppEnv, ServerContext } from './context.js';
import { type ApiError, badRequest } from './errors.js';
import { Turns } from './turns.js';

/** Files that are decoded at the same time: each may be a hundred megabytes of samples. */
const decoding = new Turns(1);
let heard = 0;

/** Bytes of the samples that are in memory, of all requests of this process. */
export function soundBytes(): number {
  return heard;
}

/** Samples of a second at most, for the bound on what is decoded; the length is checked by the file's own rate afterwards. */
const MOST_RATE = 48_000;

/** The sound of a file, within the server's bounds. Throws `ApiError` 400 with the field `param`. */
export async function openSound(c: Context<AppEnv>, { limits }: ServerContext, bytes: Uint8Array, param = 'file'): Promise<Sound> {
  const { maxAudio, maxAudioSeconds: most, ffmpeg } = limits;
  const signal = c.get('signal');
  const turn = await decoding.take(signal, c.get('client'));
  let sound: Sound;
  try {
    sound = await decodeSound(bytes, { maxBytes: maxAudio, maxSamples: most * MOST_RATE, containers: ffmpeg, signal });
  } catch (error) {
    throw signal.aborted ? error : aboutSound(error, most, param);
  } finally {
    turn();
  }
  if (sound.samples.length === 0) throw badRequest('The sound is empty', param, { code: 'invalid_audio' });
  const seconds = sound.samples.length / sound.sampleRate;
  if (seconds > most) throw tooLong(most, param, `${seconds.toFixed(1)} s`);
  const size = sound.samples.byteLength;
  heard += size;
  c.get('leave').push(() => {
    heard -= size;
  });
  return sound;
}

const tooLong = (most: number, param: string, got?: string): ApiError =>
  badRequest('The sound is too long', param, { code: 'audio_too_long', expected: `at most ${most} s`, got });

/** What is wrong with a file, in words for who sent it. */
function aboutSound(error: unknown, most: number, param: string): unknown {
  if (!(error instanceof SensoriumError)) return error;
  const { code, expected, got } = error;
  const invalid = (summary: string, more: { expected?: string; got?: string; hint?: string } = {}): ApiError =>
    badRequest(summary, param, { code: 'invalid_audio', ...more, cause: error });
  switch (code) {
    case 'media.limit':
      return tooLong(most, param);
    case 'media.format':
      return invalid('Sound files of this kind are not read', { expected, got, hint: 'Send WAV, MP3, FLAC or Ogg.' });
    case 'media.program':
      return invalid('This server cannot read such files', { hint: 'Send WAV, MP3, FLAC or Ogg.' });
    case 'media.damaged':
    case 'media.sound':
    case 'media.file':
      return invalid('The sound file is empty, cut off or damaged', { expected, got });
    case 'job.time':
    case 'job.memory':
      return badRequest('The sound takes too much work to decode', param, { code: 'too_much_work', cause: error });
    default:
      return error;
  }
}
