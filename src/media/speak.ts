// Speech out of the program espeak-ng: a text in, a sound out, by a list of arguments and without a shell.

import { spawn } from 'node:child_process';
import { SensoriumError } from '../util/errors.js';
import { findProgram } from '../util/programs.js';
import type { Sound } from './sound.js';
import { decodeWav } from './wav.js';

/** The path of espeak-ng: what SENSORIUM_ESPEAK names, or the first in PATH. */
export function findEspeak(): string | undefined {
  return process.env.SENSORIUM_ESPEAK || findProgram('espeak-ng');
}

/** Longest text that is spoken at once, in characters: some ten minutes. */
export const MAX_SPOKEN = 10_000;

/** How a text is spoken. */
export interface SpeakOptions {
  /** A voice of `espeak-ng --voices`, such as `en`, `en-us`, `cmn`. Default: `cmn` for a text that is mostly Chinese, else `en`. */
  voice?: string;
  /** Words a minute, 80 to 450. Default 170. */
  speed?: number;
  /** 0 to 99. Default 50. */
  pitch?: number;
  signal?: AbortSignal;
}

/** Longest time that a text may take to speak, in seconds: espeak-ng is a thousand times faster than speech. */
const MAX_TIME = 60;

/** Throws `media.speech` for what is not spoken. */
function checked(text: string, { voice, speed = 170, pitch = 50 }: SpeakOptions): { voice: string; speed: number; pitch: number } {
  const wrong = (place: string, expected: string, got: string): SensoriumError =>
    new SensoriumError('media.speech', 'this cannot be spoken', { place, expected, got });
  if (text.trim() === '') throw wrong('text', 'words', 'an empty text');
  if (text.length > MAX_SPOKEN) throw wrong('text', `at most ${MAX_SPOKEN} characters`, `${text.length}`);
  if (!Number.isInteger(speed) || speed < 80 || speed > 450)
    throw wrong('speed', 'a whole number of words a minute from 80 to 450', String(speed));
  if (!Number.isInteger(pitch) || pitch < 0 || pitch > 99) throw wrong('pitch', 'a whole number from 0 to 99', String(pitch));
  const name = voice ?? (/^[^a-z]*\p{Script=Han}/iu.test(text) ? 'cmn' : 'en');
  if (!/^[a-z]{2,}[\w+-]*$/i.test(name)) throw wrong('voice', "the name of a voice, such as 'en' (espeak-ng --voices lists them)", name);
  return { voice: name, speed, pitch };
}

/** A text as a WAV file's bytes. Errors: `media.speech`; `media.program` where there is no espeak-ng; `media.damaged` where it fails. */
export async function speakWav(text: string, options: SpeakOptions = {}): Promise<Buffer> {
  const { voice, speed, pitch } = checked(text, options);
  const { signal } = options;
  const program = findEspeak();
  if (program === undefined) throw missing();
  signal?.throwIfAborted();
  // The text goes in by standard input: nothing in it can be taken for an option.
  const child = spawn(program, ['-v', voice, '-s', String(speed), '-p', String(pitch), '--stdin', '--stdout'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const parts: Buffer[] = [];
  let complaints = '';
  let stopped: unknown;
  const stop = (reason: unknown): void => {
    stopped ??= reason;
    child.kill('SIGKILL');
  };
  const late = (): void =>
    stop(
      new SensoriumError('media.limit', 'the text takes too long to speak', {
        place: 'espeak-ng',
        expected: `at most ${MAX_TIME} seconds`,
      }),
    );
  const timer = setTimeout(late, MAX_TIME * 1000);
  const abort = (): void => stop(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  child.stdout.on('data', (data: Buffer) => void parts.push(data));
  child.stderr.setEncoding('utf8').on('data', (data: string) => {
    if (complaints.length < 4000) complaints += data;
  });
  // A program that ends before it has read its input says why by itself.
  let unread = '';
  child.stdin.on('error', (error: Error) => {
    unread = error.message;
  });
  child.stdin.end(text);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject).on('close', resolve);
    }).catch((cause: unknown) => {
      throw missing(cause);
    });
    if (stopped !== undefined) throw stopped;
    const wav = Buffer.concat(parts);
    if (code !== 0 || wav.length <= 44)
      throw new SensoriumError('media.speech', 'espeak-ng could not speak this', {
        place: 'espeak-ng',
        expected: 'a voice that is installed (espeak-ng --voices lists them)',
        got: complaints.trim().split('\n')[0]?.slice(0, 200) || unread || `exit code ${code}`,
      });
    return wholeWav(wav);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/** A text as a sound, mono, at the rate of the voice (22,050 samples a second). Errors: those of `speakWav`. */
export async function speak(text: string, options: SpeakOptions = {}): Promise<Sound> {
  return decodeWav(await speakWav(text, options), { place: 'espeak-ng' });
}

/** Written to a pipe, the sizes in the header are not known yet: they are put right. */
function wholeWav(wav: Buffer): Buffer {
  const data = wav.indexOf('data', 12, 'latin1');
  if (wav.toString('latin1', 0, 4) !== 'RIFF' || data < 0)
    throw new SensoriumError('media.speech', 'espeak-ng wrote something that is not a WAV file', {
      place: 'espeak-ng',
      got: wav.toString('latin1', 0, 8),
    });
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.writeUInt32LE(wav.length - data - 8, data + 4);
  return wav;
}

function missing(cause?: unknown): SensoriumError {
  const named = process.env.SENSORIUM_ESPEAK;
  return new SensoriumError('media.program', 'speech is made by the program espeak-ng, which is not there', {
    place: 'espeak-ng',
    expected: 'espeak-ng in PATH, or its path in SENSORIUM_ESPEAK',
    got: named ? `SENSORIUM_ESPEAK=${named}, which does not start` : 'none',
    hint: 'Install it: node scripts/espeak.mjs (apt install espeak-ng, brew install espeak-ng)',
    cause,
  });
}
